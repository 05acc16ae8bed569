using NodaTime;

namespace Parley.Sandbox.Zoom.Meetings;

// What may be null is not required: the journal leaves nulls out, and a required one would be missed when it is read back.

/// <summary>
/// A meeting of the Zoom twin: the series, under its number. Each run of it has a <c>uuid</c> of its own; <see cref="Uuid"/> is that of the
/// run that comes next or goes on. Stays after deletion: for the bin, for the ground truth, for lists that lag.
/// </summary>
public sealed record ZoomMeeting
{
    public required long Id { get; init; }
    public required string Uuid { get; init; }
    public required string AccountId { get; init; }
    public required string HostId { get; init; }

    /// <summary>Who scheduled it, where that is not the host.</summary>
    public string? AssistantId { get; init; }
    public required string Topic { get; init; }

    /// <summary>1 instant, 2 scheduled, 3 recurring without a fixed time, 4 personal room, 8 recurring, 10 screen share only.</summary>
    public required int Type { get; init; }
    public string? Agenda { get; init; }

    /// <summary>Absent for instant meetings and recurring ones without a fixed time.</summary>
    public Instant? StartsAt { get; init; }
    public required int Minutes { get; init; }
    public required string TimeZone { get; init; }
    public string? Password { get; init; }

    /// <summary>The passcode as links carry it.</summary>
    public required string LinkSecret { get; init; }

    /// <summary>The settings as answered, a JSON object.</summary>
    public required string Settings { get; init; }
    public IReadOnlyList<ZoomTrackingField> TrackingFields { get; init; } = [];
    public ZoomRecurrence? Recurrence { get; init; }
    public IReadOnlyList<ZoomOccurrence> Occurrences { get; init; } = [];
    public string? TemplateId { get; init; }
    public bool PreSchedule { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }
    public Instant? DeletedAt { get; init; }

    /// <summary>Gone from the bin too: it cannot be recovered any more.</summary>
    public Instant? PurgedAt { get; init; }

    /// <summary>When its last run ended.</summary>
    public Instant? LastUsedAt { get; init; }
}

/// <summary>A field of the customer's own, as sent.</summary>
public sealed record ZoomTrackingField(string Field, string Value);

/// <summary>The rule of a type 8 (or 3) meeting, as sent (reference §2.1).</summary>
public sealed record ZoomRecurrence
{
    /// <summary>1 daily, 2 weekly, 3 monthly.</summary>
    public required int Type { get; init; }
    public required int Interval { get; init; }

    /// <summary>1 = Sunday.</summary>
    public IReadOnlyList<int> WeekDays { get; init; } = [];
    public int? MonthDay { get; init; }
    public int? MonthWeek { get; init; }
    public int? MonthWeekDay { get; init; }
    public int? EndTimes { get; init; }
    public Instant? EndsAt { get; init; }
}

/// <summary>One date of a series; <see cref="Id"/> is the planned start as epoch milliseconds and never changes.</summary>
public sealed record ZoomOccurrence(string Id, Instant StartsAt, int Minutes)
{
    public bool Deleted { get; init; }

    /// <summary>Changed on its own; a change of the series leaves it.</summary>
    public string? Agenda { get; init; }

    /// <summary>Settings of this date only, a JSON object.</summary>
    public string? Settings { get; init; }
}

/// <summary>One run of a meeting: an instance, by its <c>uuid</c>. What it was called is kept, for the meeting may change or go.</summary>
public sealed record ZoomRun
{
    public required string Uuid { get; init; }
    public required long MeetingId { get; init; }
    public required string AccountId { get; init; }
    public required string HostId { get; init; }
    public required string Topic { get; init; }
    public required int Type { get; init; }
    public required string TimeZone { get; init; }

    /// <summary>Planned length, minutes.</summary>
    public required int Minutes { get; init; }

    /// <summary>Planned start; null when there was none.</summary>
    public Instant? PlannedAt { get; init; }
    public IReadOnlyList<ZoomTrackingField> TrackingFields { get; init; } = [];
    public required Instant StartedAt { get; init; }
    public Instant? EndedAt { get; init; }
}

/// <summary>One stay in a run; somebody who comes back has another one.</summary>
public sealed record ZoomStay
{
    /// <summary>Number of the join within the run, as text; <c>user_id</c> on the wire.</summary>
    public required string JoinId { get; init; }
    public required string RunUuid { get; init; }
    public required string Name { get; init; }
    public string? Email { get; init; }

    /// <summary>Id of the user who was signed in; null for guests.</summary>
    public string? UserId { get; init; }

    /// <summary>Stays the same over the joins of one person.</summary>
    public required string PersonUuid { get; init; }
    public required bool Host { get; init; }
    public required Instant JoinedAt { get; init; }
    public Instant? LeftAt { get; init; }

    public string Key => $"{RunUuid} {JoinId}";
}
