using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Pages;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>
/// The pretend meeting behind <c>join_url</c> and <c>start_url</c>. Opening a link changes nothing; the buttons do. Who waits in the waiting
/// room is let in at once.
/// </summary>
internal sealed class ZoomRoomEndpoints(World world, SandboxAddress address)
{
    private const int LongestName = 100;

    public static void Map(IEndpointRouteBuilder routes, ZoomRoomEndpoints endpoints)
    {
        routes.MapGet("/j/{id}", endpoints.Guest);
        routes.MapPost("/j/{id}", (Delegate)endpoints.JoinAsync);
        routes.MapPost("/j/{id}/leave", (Delegate)endpoints.LeaveAsync);
        routes.MapGet("/s/{id}", endpoints.Host);
        routes.MapPost("/s/{id}", (Delegate)endpoints.HostActsAsync);
    }

    private IResult Guest(HttpContext context, string id, string? me, string? pwd) =>
        world.Change(state =>
            Find(state, id) is var (meeting, host)
                ? Page(state, context, meeting, host, zak: null, me, pwd ?? "", problem: null)
                : Gone(context)
        );

    private async Task<IResult> JoinAsync(HttpContext context, string id)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        string name = form["name"].ToString().Trim();
        string email = form["email"].ToString().Trim();
        string pwd = form["pwd"].ToString();
        return world.Change(state =>
        {
            if (Find(state, id) is not var (meeting, host))
            {
                return Gone(context);
            }

            if (!Admitted(meeting, pwd, form["passcode"].ToString()))
            {
                return Page(
                    state,
                    context,
                    meeting,
                    host,
                    zak: null,
                    me: null,
                    pwd: "",
                    "This passcode is not the meeting's."
                );
            }

            ZoomRoom room = Room(state);
            ZoomRun? run = state.ZoomMeetings.Running(meeting.Id);
            if (name.Length is 0 or > LongestName || (run is null && !MayBeFirst(state, meeting)))
            {
                return Back(meeting, pwd, me: null);
            }

            ZoomStay stay = room.Join(
                run ?? room.Start(meeting, host: null),
                new Guest(name, email.Length == 0 ? null : email),
                isHost: false
            );
            return Back(meeting, pwd, stay.JoinId);
        });
    }

    private async Task<IResult> LeaveAsync(HttpContext context, string id)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        return world.Change(state =>
        {
            if (Find(state, id) is not var (meeting, _))
            {
                return Gone(context);
            }

            if (
                state.ZoomMeetings.Running(meeting.Id) is { } run
                && state.ZoomMeetings.Stays.Find($"{run.Uuid} {form["me"]}") is { } stay
            )
            {
                Room(state).Leave(run, stay);
            }

            return Back(meeting, "", me: null);
        });
    }

    private IResult Host(HttpContext context, string id, string? zak) =>
        world.Change(state =>
            Find(state, id) is var (meeting, host) && IsHost(state, host, zak)
                ? Page(state, context, meeting, host, zak, me: null, pwd: "", problem: null)
                : Gone(context)
        );

    private async Task<IResult> HostActsAsync(HttpContext context, string id)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        string zak = form["zak"].ToString();
        return world.Change(state =>
        {
            if (Find(state, id) is not var (meeting, host) || !IsHost(state, host, zak))
            {
                return Gone(context);
            }

            switch (form["deed"].ToString())
            {
                case "start":
                    Start(state, meeting, host);
                    break;
                case "end":
                    Room(state).End(meeting);
                    break;
            }

            return PageForms.SeeOther($"/s/{MeetingTables.Text(meeting.Id)}?zak={Uri.EscapeDataString(zak)}");
        });
    }

    /// <summary>The host comes into a run that guests began, or begins it.</summary>
    private void Start(World state, ZoomMeeting meeting, ZoomUser host)
    {
        ZoomRoom room = Room(state);
        if (state.ZoomMeetings.Running(meeting.Id) is not { } run)
        {
            room.Start(meeting, host);
        }
        else if (state.ZoomMeetings.StaysOf.Of(run.Uuid).All(stay => !stay.Host || stay.LeftAt is not null))
        {
            room.Join(run, new Guest(host.FullName, host.Email), isHost: true);
        }
    }

    private static bool IsHost(World state, ZoomUser host, string? zak) =>
        zak is { Length: > 0 } && ZoomZaks.Host(state, zak)?.Id == host.Id;

    private static bool Admitted(ZoomMeeting meeting, string pwd, string passcode) =>
        meeting.Password is not { } password
        || Secrets.Same(pwd, meeting.LinkSecret)
        || Secrets.Same(passcode, password);

    /// <summary>Whether guests may be in before the host, and it is not too early for that.</summary>
    private static bool MayBeFirst(World state, ZoomMeeting meeting)
    {
        System.Text.Json.Nodes.JsonObject settings = MeetingSettingsRules.Parse(meeting.Settings);
        int minutes = MeetingSettingsRules.Whole(settings, "jbh_time");
        return MeetingSettingsRules.Flag(settings, "join_before_host")
            && (
                minutes == 0 || meeting.StartsAt is not { } start || state.Now >= start - Duration.FromMinutes(minutes)
            );
    }

    private ZoomRoom Room(World state) => new(state, new MeetingEvents(state, new MeetingLinks(address.BaseUrl)));

    private static (ZoomMeeting Meeting, ZoomUser Host)? Find(World state, string id) =>
        Identifiers.Number(id) is { } number
        && MeetingStore.Live(state, number) is { } meeting
        && state.Zoom.Users.Find(meeting.HostId) is { } host
            ? (meeting, host)
            : null;

    private static IResult Page(
        World state,
        HttpContext context,
        ZoomMeeting meeting,
        ZoomUser host,
        string? zak,
        string? me,
        string pwd,
        string? problem
    )
    {
        ZoomRun? run = state.ZoomMeetings.Running(meeting.Id);
        IReadOnlyList<ZoomStay> here = run is null
            ? []
            :
            [
                .. state
                    .ZoomMeetings.StaysOf.Of(run.Uuid)
                    .Where(stay => stay.LeftAt is null)
                    .OrderBy(stay => stay.JoinedAt),
            ];
        return SandboxPage.Of<ZoomRoomPage>(
            context,
            new
            {
                Meeting = meeting,
                Host = host,
                Run = run,
                Earlier = state.ZoomMeetings.RunsOf.Of(MeetingTables.Text(meeting.Id)).Count - (run is null ? 0 : 1),
                Here = here,
                Zak = zak,
                Me = here.FirstOrDefault(stay => stay.JoinId == me),
                BeforeHost = MayBeFirst(state, meeting),
                Pwd = pwd,
                Problem = problem,
            },
            status: problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest
        );
    }

    private static IResult Gone(HttpContext context) =>
        SandboxPage.Of<MessagePage>(
            context,
            new
            {
                Title = "No such meeting",
                Text = "This meeting does not exist, was deleted, or the link is no longer valid.",
            },
            status: StatusCodes.Status404NotFound
        );

    private static IResult Back(ZoomMeeting meeting, string pwd, string? me)
    {
        List<string> query = [];
        if (pwd.Length > 0)
        {
            query.Add($"pwd={Uri.EscapeDataString(pwd)}");
        }

        if (me is not null)
        {
            query.Add($"me={Uri.EscapeDataString(me)}");
        }

        string path = $"/j/{MeetingTables.Text(meeting.Id)}";
        return PageForms.SeeOther(query.Count == 0 ? path : $"{path}?{string.Join('&', query)}");
    }
}
