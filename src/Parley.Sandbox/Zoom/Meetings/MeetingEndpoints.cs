using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.Limits;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Create, read, change, remove, end and recover a meeting (reference §2.1–2.3).</summary>
internal sealed class MeetingEndpoints(SandboxAddress address)
{
    public static void Map(IEndpointRouteBuilder routes, ZoomApi api, MeetingEndpoints endpoints)
    {
        api.Map(routes, ZoomOperations.MeetingsCreate, endpoints.Create);
        api.Map(routes, ZoomOperations.MeetingsGet, endpoints.Get);
        api.Map(routes, ZoomOperations.MeetingsUpdate, endpoints.Update);
        api.Map(routes, ZoomOperations.MeetingsDelete, endpoints.Delete);
        api.Map(routes, ZoomOperations.MeetingsStatus, endpoints.Status);
        api.Map(routes, ZoomOperations.MeetingsInvitation, endpoints.Invitation);
    }

    private IResult Create(ZoomRequest request)
    {
        MeetingCall call = new(request, address.BaseUrl);
        (ZoomUser? user, IResult? refusal) = request.User(request.Route("userId"));
        if (user is null)
        {
            return refusal!;
        }

        if (HostBudget.Write(request, user) is { } exhausted)
        {
            return exhausted;
        }

        (MeetingRequest? asked, refusal) = Read(call, create: true);
        if (asked is null)
        {
            return refusal!;
        }

        (ZoomMeeting? meeting, refusal) = new MeetingPlan(call).Create(user, asked);
        if (meeting is null)
        {
            return refusal!;
        }

        call.State.ZoomMeetings.Put(meeting);
        call.Events.Created(meeting, call.Actor);
        ZoomUser host = call.State.Zoom.Users.Find(meeting.HostId) ?? user;
        return MeetingCall.Ok(call.Replies.Whole(meeting, host), StatusCodes.Status201Created);
    }

    private IResult Get(ZoomRequest request)
    {
        MeetingCall call = new(request, address.BaseUrl);
        if (!call.TryMeeting(out ZoomMeeting? meeting, out ZoomUser? host, out IResult? refusal))
        {
            return refusal;
        }

        return call.TryDate(meeting, out ZoomOccurrence? date)
            ? MeetingCall.Ok(
                call.Replies.Whole(meeting, host, date, pastDates: request.Query("show_previous_occurrences") == "true")
            )
            : MeetingCall.NoSuchDate();
    }

    /// <summary>204, also when nothing came of it.</summary>
    private IResult Update(ZoomRequest request)
    {
        MeetingCall call = new(request, address.BaseUrl);
        if (!call.TryMeeting(out ZoomMeeting? meeting, out ZoomUser? host, out IResult? refusal))
        {
            return refusal;
        }

        if (HostBudget.Write(request, host) is { } exhausted)
        {
            return exhausted;
        }

        (MeetingRequest? asked, refusal) = Read(call, create: false);
        if (asked is null)
        {
            return refusal!;
        }

        if (!call.TryDate(meeting, out ZoomOccurrence? date))
        {
            return MeetingCall.NoSuchDate();
        }

        MeetingPlan plan = new(call);
        (ZoomMeeting? after, refusal) = date is null
            ? plan.Update(meeting, host, asked)
            : (plan.UpdateDate(meeting, date, host, asked), null);
        if (after is null)
        {
            return refusal!;
        }

        call.State.ZoomMeetings.Put(after);
        call.Events.Updated(meeting, after, call.Actor, date);
        return Results.NoContent();
    }

    private IResult Delete(ZoomRequest request)
    {
        MeetingCall call = new(request, address.BaseUrl);
        if (!call.TryMeeting(out ZoomMeeting? meeting, out ZoomUser? host, out IResult? refusal))
        {
            return refusal;
        }

        if (HostBudget.Delete(request, host) is { } exhausted)
        {
            return exhausted;
        }

        if (!call.TryDate(meeting, out ZoomOccurrence? date))
        {
            return MeetingCall.NoSuchDate();
        }

        switch (meeting.Type)
        {
            case MeetingStore.PersonalRoom:
                return Bad(3018, "Not allowed to delete PMI.");
            case MeetingStore.AudioConference:
                return Bad(3037, "Not allowed to delete PAC.");
        }

        if (date is null && call.State.ZoomMeetings.Running(meeting.Id) is not null)
        {
            return Bad(3002, "Sorry, you cannot delete this meeting since it's in progress.");
        }

        call.State.ZoomMeetings.Put(Removed(meeting, date, call));
        call.Events.Deleted(meeting, call.Actor, date);
        return Results.NoContent();
    }

    private IResult Status(ZoomRequest request)
    {
        MeetingCall call = new(request, address.BaseUrl);
        string? action = request.Body["action"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        if (action is not ("end" or "recover"))
        {
            return MeetingCall.Validation("action", "Invalid field. Allowed: end, recover.");
        }

        bool found = call.TryMeeting(
            action == "end"
                ? MeetingStore.Live
                : (state, id) => MeetingStore.InTrash(state, id) ?? MeetingStore.Live(state, id),
            out ZoomMeeting? meeting,
            out ZoomUser? host,
            out IResult? refusal
        );
        if (!found)
        {
            return refusal!;
        }

        if (HostBudget.Status(request, host!) is { } exhausted)
        {
            return exhausted;
        }

        if (action == "end")
        {
            if (call.State.ZoomMeetings.Running(meeting!.Id) is null)
            {
                return Bad(3007, "Meeting has already ended.");
            }

            call.Room.End(meeting);
        }
        else if (meeting!.DeletedAt is not null)
        {
            ZoomMeeting back = call.State.ZoomMeetings.Put(
                meeting with
                {
                    DeletedAt = null,
                    UpdatedAt = call.State.Now,
                }
            );
            call.Events.Recovered(back, call.Actor);
        }

        return Results.NoContent();
    }

    private IResult Invitation(ZoomRequest request)
    {
        MeetingCall call = new(request, address.BaseUrl);
        return call.TryMeeting(out ZoomMeeting? meeting, out ZoomUser? host, out IResult? refusal)
            ? MeetingCall.Ok(call.Replies.Invitation(meeting, host))
            : refusal;
    }

    private static ZoomMeeting Removed(ZoomMeeting meeting, ZoomOccurrence? date, MeetingCall call) =>
        date is null
            ? meeting with
            {
                DeletedAt = call.State.Now,
            }
            : meeting with
            {
                Occurrences =
                [
                    .. meeting.Occurrences.Select(one => one.Id == date.Id ? one with { Deleted = true } : one),
                ],
                UpdatedAt = call.State.Now,
            };

    private static (MeetingRequest? Asked, IResult? Refusal) Read(MeetingCall call, bool create)
    {
        string body = WireCall.Of(call.Request.Context).Body;
        if (MeetingRequest.Read(body, create, call.Switches.PasscodeMinLength) is not { } read)
        {
            return (null, Bad(300, "Request Body should be a valid JSON object."));
        }

        return read.Problems.Count == 0 ? (read.Request, null) : (null, MeetingCall.Validation(read.Problems));
    }

    private static IResult Bad(int code, string message) =>
        ZoomErrors.Of(StatusCodes.Status400BadRequest, code, message);
}
