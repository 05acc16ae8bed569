using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Meetings;

namespace Parley.Sandbox.Control;

/// <summary><c>/control/meetings</c>: what is really there.</summary>
internal sealed class TruthEndpoints(World world, SandboxAddress address)
{
    public static void Map(IEndpointRouteBuilder routes, TruthEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/control");
        group.MapGet("/meetings", endpoints.Meetings);
    }

    /// <summary>Meetings somebody made; personal rooms only on request, for nobody books those.</summary>
    private IResult Meetings(string? provider, bool? includeDeleted, bool? includePersonalRooms) =>
        provider == ProviderField.Zoom
            ? ZoomMeetings(includeDeleted, includePersonalRooms)
            : GoToMeetings(includeDeleted, includePersonalRooms);

    private IResult ZoomMeetings(bool? includeDeleted, bool? includePersonalRooms) =>
        world.Read(state =>
            ControlJson.Items([
                .. state
                    .ZoomMeetings.Meetings.All.Where(meeting => includeDeleted is true || meeting.DeletedAt is null)
                    .Where(meeting => includePersonalRooms is true || meeting.Type != MeetingStore.PersonalRoom)
                    .OrderBy(meeting => meeting.CreatedAt)
                    .ThenBy(meeting => meeting.Id)
                    .Select(meeting => ZoomControlJson.Meeting(state, meeting, new MeetingLinks(address.BaseUrl))),
            ])
        );

    private IResult GoToMeetings(bool? includeDeleted, bool? includePersonalRooms) =>
        world.Read(state =>
            ControlJson.Items([
                .. state
                    .Meetings.All.Where(meeting => includeDeleted is true || meeting.DeletedAt is null)
                    .Where(meeting => includePersonalRooms is true || !meeting.PersonalRoom)
                    .OrderBy(meeting => meeting.CreatedAt)
                    .ThenBy(meeting => meeting.Id)
                    .Select(meeting => ControlJson.Meeting(state, meeting, address.BaseUrl)),
            ])
        );
}
