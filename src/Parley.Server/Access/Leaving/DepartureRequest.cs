using Parley.Server.Web;

namespace Parley.Server.Access.Leaving;

/// <summary>What is to become of the meetings to come.</summary>
/// <param name="Action"><c>reassign</c>, <c>cancel</c> or <c>keep</c>; needed where there are any.</param>
/// <param name="MemberId">With reassign: who hosts from now on.</param>
/// <param name="ConnectionId">With reassign: with which account; without it, the new host's own first that works.</param>
/// <param name="WhenNotFree">With reassign, for those that cannot move: <c>stop</c> (the usual: nothing is changed), <c>keep</c> or <c>cancel</c>.</param>
/// <param name="Reason">Told to the people of what is cancelled; at most 500 characters.</param>
public sealed record MeetingsChoice(
    string? Action = null,
    string? MemberId = null,
    string? ConnectionId = null,
    string? WhenNotFree = null,
    string? Reason = null
)
{
    internal const string Reassign = "reassign";
    internal const string Cancel = "cancel";
    internal const string Keep = "keep";
    internal const string Stop = "stop";

    /// <summary>Whether any may stay as they are.</summary>
    internal bool MayKeep => Action == Keep || (Action == Reassign && WhenNotFree == Keep);

    internal MeetingsChoice Check(FieldErrors errors, string field, int count, string leaver)
    {
        if (count == 0)
        {
            return this with { Action = Keep };
        }

        if (Action is not (Reassign or Cancel or Keep))
        {
            errors.Add($"{field}.action", $"must be reassign, cancel or keep; {count} are to come");
        }

        if (Action == Reassign && (string.IsNullOrEmpty(MemberId) || MemberId == leaver))
        {
            errors.Add($"{field}.memberId", "must be another active member");
        }

        if (WhenNotFree is not (null or "" or Stop or Keep or Cancel))
        {
            errors.Add($"{field}.whenNotFree", "must be stop, keep or cancel");
        }

        return this with
        {
            Reason = errors.Lines($"{field}.reason", Reason, 500),
        };
    }
}

/// <param name="Action"><c>pause</c> or <c>handOver</c>; needed where there are any.</param>
/// <param name="MemberId">With handOver: the new host.</param>
/// <param name="ConnectionId">With handOver: with which account; without it, the new host's own first that works.</param>
public sealed record PagesChoice(string? Action = null, string? MemberId = null, string? ConnectionId = null)
{
    internal const string Pause = "pause";
    internal const string HandOver = "handOver";
}

/// <param name="Action"><c>keep</c> or <c>disconnect</c>; needed where there are any.</param>
/// <param name="MemberId">With keep: the administrator in whose hands they are from now on; without it, the caller.</param>
public sealed record ConnectionsChoice(string? Action = null, string? MemberId = null)
{
    internal const string Keep = "keep";
    internal const string Disconnect = "disconnect";
}

/// <summary>What becomes of everything a member holds when they are deactivated. Their keys are revoked in any case.</summary>
public sealed record DepartureRequest
{
    public MeetingsChoice? Bookings { get; init; }
    public MeetingsChoice? Meetings { get; init; }
    public PagesChoice? BookingPages { get; init; }
    public ConnectionsChoice? Connections { get; init; }
}

/// <summary>A meeting that did not move, and why.</summary>
public sealed record NotMoved(
    string ArrangementId,
    string? BookingId,
    string Subject,
    NodaTime.Instant StartsAt,
    string Reason
);
