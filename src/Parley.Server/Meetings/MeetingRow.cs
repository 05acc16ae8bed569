using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Provisioning;

namespace Parley.Server.Meetings;

/// <summary>One meeting of ours as a member sees it, and what that member may do with it.</summary>
public sealed record MeetingRow
{
    public required Arrangement Arrangement { get; init; }
    public required MeetingView View { get; init; }

    /// <summary>Null when this server no longer carries the provider.</summary>
    public required ConnectionEntry? Connection { get; init; }

    /// <summary>The other side of a booking, by name.</summary>
    public required string? Customer { get; init; }

    /// <summary>Its session was ended although there was time left: it can be started again.</summary>
    public bool EndedEarly { get; init; }

    /// <summary>Cancelled, and gone at the provider.</summary>
    public bool IsRemoved => !Arrangement.IsPresent && Arrangement.AppliedVersion >= Arrangement.Version;

    /// <summary>The provider has still to agree; the pages look again by themselves.</summary>
    public bool IsMoving => View.Status is MeetingStatus.Provisioning or MeetingStatus.Removing && !IsRemoved;

    /// <summary>Of <see cref="IsMoving"/>, whether looking again soon may show something new.</summary>
    public bool IsMovingSoon => IsMoving && View.QueuedUntil is null;

    public bool CanStart =>
        Arrangement is { IsPresent: true, ProviderMeetingId: not null }
        && (EndedEarly || View.Status != MeetingStatus.Ended);
    public bool CanCancel => Arrangement.IsPresent && View.Status != MeetingStatus.Ended;
    public string ProviderName => Connection?.Provider.Name ?? Arrangement.Provider;

    /// <summary>Host rights are the account owner's; owners and admins of the workspace answer for all accounts.</summary>
    public bool MayStart(Caller caller) =>
        caller.IsAdministrator || (Connection?.MemberId is { } owner && owner == caller.MemberId);
}

/// <summary>A line of the dashboard: one of ours, or a meeting made elsewhere, which is only shown.</summary>
public sealed record BoardEntry
{
    public required MeetingView View { get; init; }
    public required ConnectionEntry? Connection { get; init; }
    public required MeetingRow? Own { get; init; }
    public string ProviderName => Connection?.Provider.Name ?? View.Provider;
}

/// <summary>What a list of meetings is narrowed to; it all stands in the address of the page.</summary>
/// <param name="Text">Part of a subject, or of a booking customer's name or address; null: any.</param>
/// <param name="Status">One of <see cref="Statuses"/>, or null.</param>
public sealed record MeetingFilter(string? Text, string? ConnectionId, string? Status)
{
    public static readonly string[] Statuses =
    [
        MeetingStatus.Scheduled,
        MeetingStatus.InProgress,
        MeetingStatus.Provisioning,
        MeetingStatus.Attention,
        MeetingStatus.Removing,
    ];

    public bool IsEmpty => this is { Text: null, ConnectionId: null, Status: null };

    /// <summary><c>q=…&amp;connection=…&amp;status=…</c>, encoded; empty when nothing is asked for.</summary>
    public string ToQuery(string? cursor = null) =>
        string.Join(
            '&',
            new[] { ("q", Text), ("connection", ConnectionId), ("status", Status), ("cursor", cursor) }
                .Where(part => part.Item2 is not null)
                .Select(part => $"{part.Item1}={Uri.EscapeDataString(part.Item2!)}")
        );
}
