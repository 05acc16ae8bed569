using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Control;

/// <summary><c>/control/meetings</c>: what is really there, and what the outside world does to it.</summary>
internal sealed class TruthEndpoints(World world, SandboxAddress address)
{
    public static void Map(IEndpointRouteBuilder routes, TruthEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/control");
        group.MapGet("/meetings", endpoints.Meetings);
        group.MapPost("/meetings/{id}/run", (Delegate)endpoints.RunAsync);
    }

    /// <summary>Meetings somebody made; personal rooms only on request, for nobody books those.</summary>
    private IResult Meetings(bool? includeDeleted, bool? includePersonalRooms) =>
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

    /// <summary>Lets a meeting have taken place.</summary>
    private async Task<IResult> RunAsync(HttpContext context, string id)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        Instant? startedAt = body.Time("startedAt");
        int minutes = body.Whole("minutes", 1, 24 * 60) ?? 30;
        IReadOnlyList<Guest> guests =
            body.Objects("attendees", inner => new Guest(inner.Text("name", required: true) ?? "", inner.Text("email")))
            ?? [];
        return body.Problem()
            ?? world.Change(state =>
                state.Meetings.Find(id) is { DeletedAt: null } meeting
                    ? ControlJson.Answer(
                        ControlJson.Session(
                            state,
                            MeetingRoom.Record(
                                state,
                                meeting,
                                startedAt ?? state.Now - Duration.FromMinutes(minutes),
                                Duration.FromMinutes(minutes),
                                guests
                            )
                        ),
                        StatusCodes.Status201Created
                    )
                    : ControlProblem.NotFound($"There is no meeting {id}.")
            );
    }
}
