using NodaTime;

namespace Parley.Sandbox.State;

/// <summary>
/// What nobody outside knows about the live meeting API (reference §8), each a switch rather than an assumption of the product.
/// </summary>
public sealed record MeetingSwitches
{
    /// <summary>Widest range of dates a history call may ask for, in days; a wider one is a 400. Null: none.</summary>
    public int? HistoryWindowDays { get; init; }

    /// <summary>Whether a session's <c>sessionId</c> and <c>meetingInstanceKey</c> are one number or two.</summary>
    public bool SessionIdIsInstanceKey { get; init; } = true;

    /// <summary>
    /// Bodies of refusals: <c>g2m</c> {int_err_code, msg}, <c>g2w</c> {errorCode, description, incident}, <c>edge</c> {errorCode, message},
    /// <c>empty</c> or <c>html</c>. The refusal of an expired token is recorded and stays as it is.
    /// </summary>
    public string ErrorBody { get; init; } = "g2m";

    /// <summary>Answer to a start by someone of the account who is neither owner nor co-organizer: 404, 403 or 200.</summary>
    public int StartForOthers { get; init; } = 404;

    /// <summary>A co-organizer key that is nobody's of the account: <c>refused</c>, <c>ignored</c> or <c>kept</c>.</summary>
    public string BadCoOrganizer { get; init; } = "refused";

    /// <summary>The address of an attendee who told none: <c>empty</c> or <c>NA</c>.</summary>
    public string GuestEmail { get; init; } = "empty";

    /// <summary>
    /// How <c>upcomingMeetings</c> writes <c>meetingId</c>, <c>organizerKey</c> and <c>accountKey</c> in quirk mode: <c>strings</c>, as the
    /// published file declares, or <c>numbers</c>, as types derived from live replies have it.
    /// </summary>
    public string UpcomingKeys { get; init; } = "strings";

    /// <summary>Minutes from the end of a session until its recording is shown.</summary>
    public int RecordingDelayMinutes { get; init; } = 15;

    /// <summary>Whether <c>/</c> is spelled <c>\/</c>, as in older recordings.</summary>
    public bool EscapedSlashes { get; init; }

    /// <summary>
    /// Calls a second each of the meeting and the admin API takes before it answers 429, as the real service documents 10. Null: as the
    /// sandbox was started; 0: any number.
    /// </summary>
    public int? RateLimitPerSecond { get; init; }

    /// <summary>The limit that holds; null takes any number.</summary>
    /// <param name="usual">As the sandbox was started.</param>
    public int? RateLimit(int? usual) =>
        RateLimitPerSecond switch
        {
            null => usual,
            0 => null,
            { } set => set,
        };

    /// <summary><c>Retry-After</c> of such a 429, seconds; null sends none.</summary>
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>A recording of a session, shown from <see cref="ReadyAt"/> on.</summary>
public sealed record Recording(string Id, string Name, long FileSize, Instant ReadyAt)
{
    /// <summary>Whether the link to share it names the recording; without, it is the bare address of the transcripts site.</summary>
    public bool Shared { get; init; } = true;
}
