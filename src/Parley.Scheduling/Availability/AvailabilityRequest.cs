using NodaTime;

namespace Parley.Scheduling.Availability;

/// <summary>Everything the answer depends on: the engine has no clock and no memory of its own.</summary>
public sealed record AvailabilityRequest
{
    public required Instant Now { get; init; }
    public AvailabilityMode Mode { get; init; }
    public required PageRules Page { get; init; }

    /// <summary>At least one; <see cref="AvailabilityMode.Single"/> looks at the first only.</summary>
    public required IReadOnlyList<AvailabilityHost> Hosts { get; init; }
    public required AvailabilityQuery Query { get; init; }
}

public enum AvailabilityMode
{
    /// <summary>One host.</summary>
    Single,

    /// <summary>All hosts, free for the whole slot.</summary>
    Collective,

    /// <summary>All fixed hosts and at least one that is not fixed, free for the whole slot.</summary>
    RoundRobin,
}

/// <summary>One person's hours and what already occupies them.</summary>
public sealed record AvailabilityHost
{
    public required Schedule Schedule { get; init; }

    /// <summary>In any order; ordered by start is fastest.</summary>
    public IReadOnlyList<BusyItem> Busy { get; init; } = [];

    /// <summary>Only read in <see cref="AvailabilityMode.RoundRobin"/>.</summary>
    public bool Fixed { get; init; }
}

/// <summary>One thing in a host's way, [<see cref="StartsAt"/>, <see cref="EndsAt"/>).</summary>
public sealed record BusyItem
{
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }
    public BusyStatus Status { get; init; }

    /// <summary>Whether a <see cref="BusyStatus.Pending"/> item holds its time.</summary>
    public bool PendingBlocks { get; init; }
    public string? Uid { get; init; }

    /// <summary>The page it was booked on, for limits.</summary>
    public string? PageId { get; init; }
    public Buffers Buffers { get; init; } = Buffers.None;
}

public enum BusyStatus
{
    Confirmed,
    Pending,
    Rejected,
    Cancelled,
}

/// <summary>Which starts are asked for: <see cref="From"/> ≤ start &lt; <see cref="To"/>.</summary>
public sealed record AvailabilityQuery
{
    public required Instant From { get; init; }
    public required Instant To { get; init; }

    /// <summary>The booker's zone.</summary>
    public required DateTimeZone TimeZone { get; init; }

    /// <summary>Uid of the booking being moved; it neither blocks nor counts.</summary>
    public string? Rescheduling { get; init; }
}
