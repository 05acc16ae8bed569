using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.Control;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>
/// <c>POST /control/zoom/meetings/{id}</c>: what the host does in Zoom's own web portal or app, past the API. It costs no budget, and
/// webhooks tell of it with the host as the operator.
/// </summary>
internal sealed class PortalEndpoints(World world, SandboxAddress address)
{
    private static readonly string[] Deeds = ["start", "end", "delete", "purge", "recover", "change"];

    public static void Map(IEndpointRouteBuilder routes, PortalEndpoints endpoints) =>
        routes.MapPost("/control/zoom/meetings/{id}", (Delegate)endpoints.ActAsync);

    private async Task<IResult> ActAsync(HttpContext context, string id)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        string? deed = body.Text("deed", required: true, oneOf: Deeds);
        string? topic = body.Text("topic");
        NodaTime.Instant? startsAt = body.Time("startsAt");
        int? minutes = body.Whole("minutes", 1, 24 * 60);
        if (deed == "change" == (topic is null && startsAt is null && minutes is null))
        {
            body.Refuse("topic", "startsAt and minutes: at least one for change, none for anything else");
        }

        return body.Problem() ?? world.Change(state => Act(state, id, deed!, topic, startsAt, minutes));
    }

    private IResult Act(World state, string id, string deed, string? topic, NodaTime.Instant? startsAt, int? minutes)
    {
        if (
            Identifiers.Number(id) is not { } number
            || MeetingStore.Any(state, number) is not { PurgedAt: null } meeting
            || state.Zoom.Users.Find(meeting.HostId) is not { } host
            || meeting.DeletedAt is not null != deed is "purge" or "recover"
        )
        {
            return ControlProblem.NotFound($"There is no Zoom meeting {id} to {deed}.");
        }

        MeetingLinks links = new(address.BaseUrl);
        MeetingEvents events = new(state, links);
        ZoomRoom room = new(state, events);
        switch (deed)
        {
            case "start":
                room.Start(meeting, host);
                break;
            case "end":
                room.End(meeting);
                break;
            case "delete":
                state.ZoomMeetings.Put(meeting with { DeletedAt = state.Now });
                events.Deleted(meeting, host);
                break;
            case "purge":
                state.ZoomMeetings.Put(meeting with { PurgedAt = state.Now });
                events.Purged(meeting, host);
                break;
            case "recover":
                state.ZoomMeetings.Put(meeting with { DeletedAt = null, UpdatedAt = state.Now });
                events.Recovered(meeting, host);
                break;
            default:
                ZoomMeeting after = meeting with
                {
                    Topic = topic ?? meeting.Topic,
                    StartsAt = startsAt ?? meeting.StartsAt,
                    Minutes = minutes ?? meeting.Minutes,
                    UpdatedAt = state.Now,
                };
                state.ZoomMeetings.Put(after);
                events.Updated(meeting, after, host);
                break;
        }

        return ControlJson.Answer(ZoomControlJson.Meeting(state, state.ZoomMeetings.Find(number) ?? meeting, links));
    }
}
