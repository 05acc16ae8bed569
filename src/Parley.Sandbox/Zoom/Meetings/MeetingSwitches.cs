namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>
/// Switches of meetings, reports and limits: what nobody outside knows for sure (reference §3, §6, §12), and what accounts differ in.
/// </summary>
public sealed record ZoomMeetingSwitches
{
    /// <summary>Whether the rate limits of the account's plan hold. The 100 a day per host hold as well.</summary>
    public bool LimitsEnforced { get; init; } = true;

    /// <summary>Rate-limit headers: <c>category</c> as measured, <c>none</c>, or <c>full</c> as once documented.</summary>
    public string RateLimitHeaders { get; init; } = "category";

    /// <summary><c>code</c> of the per-second refusal: 429 or 4001.</summary>
    public int PerSecondCode { get; init; } = 429;

    /// <summary>Whether deletions count to the 100 a day as well.</summary>
    public bool CountDeletes { get; init; }

    /// <summary>Calls at the API that may be under way at the same time; null: any number.</summary>
    public int? ConcurrentCalls { get; init; }

    /// <summary>Minutes from the end of a meeting until its figures and participants are there.</summary>
    public int SettleMinutes { get; init; }

    /// <summary>Days from the last use or planned end until a meeting's number lapses; 0: as soon as it has been held.</summary>
    public int MeetingExpiryDays { get; init; } = 30;

    /// <summary>The same for recurring meetings without a fixed time.</summary>
    public int RecurringExpiryDays { get; init; } = 365;

    /// <summary>Days a deleted meeting can be recovered.</summary>
    public int TrashDays { get; init; } = 30;

    /// <summary>Shortest passcode the account takes; 0: any.</summary>
    public int PasscodeMinLength { get; init; }

    /// <summary>Whether <c>report/users</c> counts only meetings with two participants, as the report of one user does.</summary>
    public bool ActiveNeedsTwo { get; init; }

    /// <summary>Instance ids: <c>mixed</c>, <c>plain</c> (no slash), or <c>slashes</c> (each begins with one and holds two in a row).</summary>
    public string Uuids { get; init; } = "mixed";
}
