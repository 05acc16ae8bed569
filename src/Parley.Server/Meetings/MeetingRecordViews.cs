using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>Where a recording can be watched and fetched; either is null while the provider still works on it.</summary>
public sealed record RecordingView(string? ShareUrl, string? DownloadUrl);

/// <summary>One session that was held.</summary>
public sealed record HistoryItemView
{
    public required string MeetingId { get; init; }

    /// <summary>Null where the provider does not tell it.</summary>
    public required string? SessionId { get; init; }
    public required string Subject { get; init; }
    public required Instant StartedAt { get; init; }
    public required Instant EndedAt { get; init; }
    public required int DurationMinutes { get; init; }
    public required int? AttendeeCount { get; init; }
    public required OrganizerView? Organizer { get; init; }
    public required RecordingView? Recording { get; init; }
}

/// <summary>One stay of one person in one session.</summary>
/// <param name="Name">Null where the provider does not tell it (guests); <paramref name="Email"/> likewise.</param>
/// <param name="LeftAt">Null, as <paramref name="DurationMinutes"/>: still there.</param>
public sealed record AttendeeView(
    string? Name,
    string? Email,
    Instant JoinedAt,
    Instant? LeftAt,
    int? DurationMinutes,
    string? SessionId
);

/// <summary>Which sessions of whom, and which page of them.</summary>
/// <param name="Organizer">Key or e-mail address; null: the connection's own.</param>
public sealed record HistoryRequest(Instant From, Instant To, string? Organizer, Cursor After, int Limit)
{
    /// <summary>Counts everything the request walks over, which on a first page is everything there is; null: nobody wants to know.</summary>
    public HeldTally? Tally { get; init; }
}
