using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.GoTo.Meetings;
using Parley.Sandbox.Pages;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Room;

/// <summary>The pretend meeting behind join and host links. Opening a link changes nothing; the buttons do.</summary>
internal sealed class RoomEndpoints(World world)
{
    private const int LongestName = 100;

    public static void Map(IEndpointRouteBuilder routes, RoomEndpoints endpoints)
    {
        routes.MapGet("/join/{id}", endpoints.Guest);
        routes.MapPost("/join/{id}", (Delegate)endpoints.JoinAsync);
        routes.MapPost("/join/{id}/leave", (Delegate)endpoints.LeaveAsync);
        routes.MapGet("/host/{id}", endpoints.Host);
        routes.MapPost("/host/{id}", (Delegate)endpoints.HostActsAsync);
    }

    private IResult Guest(HttpContext context, string id, string? me) =>
        world.Read(state =>
            Find(state, id) is { } meeting ? Page(state, context, meeting, hostToken: null, me) : Gone(context)
        );

    private async Task<IResult> JoinAsync(HttpContext context, string id)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        string name = form["name"].ToString().Trim();
        string email = form["email"].ToString().Trim();
        return world.Change(state =>
        {
            if (Find(state, id) is not { } meeting)
            {
                return Gone(context);
            }

            if (name.Length is 0 or > LongestName || MeetingRoom.Running(state, meeting.Id) is not { } session)
            {
                return Back($"/join/{id}");
            }

            Attendance attendance = MeetingRoom.Join(
                state,
                session,
                new Guest(name, email.Length == 0 ? null : email),
                isHost: false,
                state.Now
            );
            return Back($"/join/{id}?me={attendance.Id}");
        });
    }

    private async Task<IResult> LeaveAsync(HttpContext context, string id)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        return world.Change(state =>
        {
            if (Find(state, id) is null)
            {
                return Gone(context);
            }

            MeetingRoom.Leave(state, form["me"].ToString());
            return Back($"/join/{id}");
        });
    }

    private IResult Host(HttpContext context, string id, string? authenticationToken) =>
        world.Read(state =>
            Find(state, id) is { } meeting && HostOf(state, meeting, authenticationToken) is not null
                ? Page(state, context, meeting, authenticationToken, me: null)
                : Gone(context)
        );

    private async Task<IResult> HostActsAsync(HttpContext context, string id)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        string token = form["authenticationToken"].ToString();
        return world.Change(state =>
        {
            if (Find(state, id) is not { } meeting || HostOf(state, meeting, token) is not { } host)
            {
                return Gone(context);
            }

            switch (form["deed"].ToString())
            {
                case "start":
                    MeetingRoom.Start(state, meeting, host);
                    break;
                case "record":
                    MeetingRoom.StartRecording(state, meeting);
                    break;
                case "end":
                    MeetingRoom.End(state, meeting);
                    break;
            }

            return Back($"/host/{id}?authenticationToken={Uri.EscapeDataString(token)}");
        });
    }

    private static Person? HostOf(World state, Meeting meeting, string? token) =>
        token is { Length: > 0 }
        && state.HostKeys.Find(Secrets.Hash(token)) is { } key
        && key.MeetingId == meeting.Id
        && key.ExpiresAt > state.Now
            ? state.People.Find(key.PersonKey)
            : null;

    private static Meeting? Find(World state, string id) =>
        state.Meetings.Find(id) is { DeletedAt: null } meeting ? meeting : null;

    private static IResult Page(World state, HttpContext context, Meeting meeting, string? hostToken, string? me)
    {
        Session? session = MeetingRoom.Running(state, meeting.Id);
        IReadOnlyList<Attendance> here = session is null
            ? []
            :
            [
                .. state
                    .AttendancesOf.Of(session.Id)
                    .Where(attendance => attendance.LeftAt is null)
                    .OrderBy(attendance => attendance.JoinedAt),
            ];
        return SandboxPage.Of<RoomPage>(
            context,
            new
            {
                Meeting = meeting,
                Organizer = state.People.Find(meeting.OwnerKey),
                Session = session,
                Earlier = state.SessionsOf.Of(WireForm.Text(meeting.Id)).Count - (session is null ? 0 : 1),
                Here = here,
                HostToken = hostToken,
                Me = here.FirstOrDefault(attendance => attendance.Id == me),
            }
        );
    }

    private static IResult Gone(HttpContext context) =>
        SandboxPage.Of<MessagePage>(
            context,
            new
            {
                Title = "No such meeting",
                Text = "This meeting does not exist, was cancelled, or the link is no longer valid.",
            },
            status: StatusCodes.Status404NotFound
        );

    private static IResult Back(string location) => PageForms.SeeOther(location);
}
