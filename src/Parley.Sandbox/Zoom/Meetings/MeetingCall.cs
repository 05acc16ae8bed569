using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>What the endpoints of meetings share: finding the meeting a call means, and the words of the refusals.</summary>
internal sealed class MeetingCall
{
    public MeetingCall(ZoomRequest request, string baseUrl)
    {
        Request = request;
        Links = new MeetingLinks(baseUrl);
        Replies = new MeetingReplies(request.State, Links);
        Events = new MeetingEvents(request.State, Links);
        Room = new ZoomRoom(request.State, Events);
    }

    public ZoomRequest Request { get; }
    public MeetingLinks Links { get; }
    public MeetingReplies Replies { get; }
    public MeetingEvents Events { get; }
    public ZoomRoom Room { get; }
    public World State => Request.State;
    public ZoomMeetingSwitches Switches => State.ZoomMeetings.Switches;

    /// <summary>Who did it, as webhooks tell; null for account-level tokens.</summary>
    public ZoomUser? Actor => Request.Caller.User;

    /// <summary>How old a change must be for a list to show it.</summary>
    public Duration Lag => WireCall.Of(Request.Context).ListLag;

    /// <summary>The meeting of the path and its host. Somebody else's is not there, as far as the token does not reach.</summary>
    public bool TryMeeting(
        [NotNullWhen(true)] out ZoomMeeting? meeting,
        [NotNullWhen(true)] out ZoomUser? host,
        [NotNullWhen(false)] out IResult? refusal
    ) => TryMeeting(MeetingStore.Live, out meeting, out host, out refusal);

    public bool TryMeeting(
        Func<World, long, ZoomMeeting?> find,
        [NotNullWhen(true)] out ZoomMeeting? meeting,
        [NotNullWhen(true)] out ZoomUser? host,
        [NotNullWhen(false)] out IResult? refusal
    )
    {
        (meeting, host, refusal) = (null, null, null);
        string text = Identifiers.Decoded(Request.Route("meetingId"));
        if (Identifiers.Number(text) is not { } id)
        {
            refusal = Validation("meetingId", "Invalid meeting id.");
            return false;
        }

        meeting = find(State, id);
        host = meeting is null ? null : State.Zoom.Users.Find(meeting.HostId);
        if (meeting is null || host is null || !Request.Reaches(host))
        {
            refusal = ZoomErrors.MeetingUnknown(text);
            return false;
        }

        if (host.Status != ZoomUserStatus.Active)
        {
            refusal = NoHosting();
            return false;
        }

        return true;
    }

    /// <summary>The date of a series that the query names: null for none named, false for one that is not there.</summary>
    public bool TryDate(ZoomMeeting meeting, out ZoomOccurrence? date)
    {
        string? id = Request.Query("occurrence_id");
        date = id is null ? null : meeting.Occurrences.FirstOrDefault(one => one.Id == id && !one.Deleted);
        return id is null || date is not null;
    }

    public static IResult NoSuchDate() =>
        ZoomErrors.Of(StatusCodes.Status400BadRequest, 300, "Invalid parameter: occurrence_id.");

    public static IResult NoHosting() =>
        ZoomErrors.Of(
            StatusCodes.Status400BadRequest,
            3161,
            "Your user account is not allowed meeting hosting and scheduling capabilities."
        );

    public static IResult Validation(string field, string message) => ZoomErrors.Validation((field, message));

    public static IResult Validation(IReadOnlyList<FieldProblem> problems) =>
        ZoomErrors.Validation([.. problems.Select(problem => (problem.Field, problem.Message))]);

    public static IResult Ok(JsonObject body, int status = StatusCodes.Status200OK) => WireJson.Answer(status, body);
}
