using NodaTime;

namespace Parley.Conferencing;

/// <summary>
/// What was held and who was there, and what lies ahead of other organizers of the account. Reads only. A right that is
/// missing is <see cref="FailureKind.MissingScope"/> or <see cref="FailureCodes.NotAllowed"/>, never an empty list.
/// </summary>
public interface IMeetingRecords
{
    /// <summary>Meetings to come and in progress of another organizer of the account, complete. Takes an administrator's token.</summary>
    Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingOfAsync(
        ProviderAccess access,
        string organizerKey,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Hands every session that started within the query to <paramref name="visit"/>, one by one as the answer arrives: memory
    /// does not grow with the number of sessions. Sessions still running are left out. No session is visited twice, also
    /// where the provider makes us ask in pieces. After a failure the sessions visited so far are right, but not all.
    /// </summary>
    Task<ProviderResult<Nothing>> WalkHistoryAsync(
        ProviderAccess access,
        HistoryQuery query,
        Func<HeldSession, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    );

    /// <summary>Everybody who joined, of all sessions the meeting ever had, ordered by session and time of joining.</summary>
    Task<ProviderResult<IReadOnlyList<Attendance>>> ListAttendeesAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    );
}

/// <summary>Which sessions: those started at or after <see cref="From"/> and before <see cref="To"/>.</summary>
public sealed record HistoryQuery
{
    public required Instant From { get; init; }
    public required Instant To { get; init; }

    /// <summary>Null: the account's own organizer.</summary>
    public string? OrganizerKey { get; init; }
}

/// <summary>One actual run of a meeting that has ended. A meeting id may have many.</summary>
public sealed record HeldSession
{
    public required string MeetingId { get; init; }

    /// <summary>Null where the provider's list does not tell it.</summary>
    public string? SessionId { get; init; }

    /// <summary>As stored at the provider (unescaped), marker included.</summary>
    public required string Subject { get; init; }
    public required string SubjectWithoutMarker { get; init; }
    public string? MarkerCandidate { get; init; }
    public required Instant StartedAt { get; init; }
    public required Instant EndedAt { get; init; }
    public int? AttendeeCount { get; init; }
    public OrganizerIdentity? Organizer { get; init; }
    public Recording? Recording { get; init; }
}

/// <summary>Where a recording can be watched and fetched; either may be missing while the provider still works on it.</summary>
public sealed record Recording(string? ShareUrl, string? DownloadUrl);

/// <summary>One stay of one person in one session; who left and came back has two.</summary>
public sealed record Attendance
{
    /// <summary>Null: the provider did not tell (guests).</summary>
    public string? Name { get; init; }
    public string? Email { get; init; }
    public required Instant JoinedAt { get; init; }

    /// <summary>Null: still in the meeting.</summary>
    public Instant? LeftAt { get; init; }

    /// <summary>Tells sessions apart; not always the number <see cref="HeldSession.SessionId"/> tells.</summary>
    public string? SessionId { get; init; }

    /// <summary>Whose meeting it was; null where the provider does not tell.</summary>
    public string? OrganizerKey { get; init; }
}
