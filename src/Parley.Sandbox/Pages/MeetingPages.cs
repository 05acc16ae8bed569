using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.GoTo.Meetings;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Pages;

/// <summary>A meeting's own page: its sessions, and the form that adds one.</summary>
internal sealed class MeetingPages(World world)
{
    /// <summary>So many rows at most, the latest.</summary>
    public const int Shown = 200;

    public static void Map(IEndpointRouteBuilder routes, MeetingPages pages)
    {
        routes.MapGet("/meetings/{id}", pages.Show);
        routes.MapPost("/actions/meetings/{id}/run", (Delegate)pages.RunAsync);
    }

    private IResult Show(HttpContext context, string id) =>
        world.Read(state =>
            state.Meetings.Find(id) is { } meeting
                ? Page(state, context, meeting, RunForm.Planned(meeting), problem: null)
                : Gone(context)
        );

    private async Task<IResult> RunAsync(HttpContext context, string id)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        return world.Change(state =>
        {
            if (state.Meetings.Find(id) is not { DeletedAt: null } meeting)
            {
                return Gone(context);
            }

            RunForm sent = RunForm.Read(form, meeting);
            (PastSession? past, string? problem) = sent.ToSession();
            if (past is null)
            {
                return Page(state, context, meeting, sent, problem);
            }

            MeetingRoom.Record(state, meeting, past);
            return PageForms.SeeOther(form.ContainsKey("form") ? $"/meetings/{meeting.Id}" : "/");
        });
    }

    private static IResult Page(World state, HttpContext context, Meeting meeting, RunForm form, string? problem)
    {
        IReadOnlyCollection<Session> sessions = state.SessionsOf.Of(WireForm.Text(meeting.Id));
        return SandboxPage.Of<MeetingPage>(
            context,
            new
            {
                Meeting = meeting,
                Organizer = state.People.Find(meeting.OwnerKey),
                state.Now,
                Total = sessions.Count,
                Sessions = (IReadOnlyList<(Session, IReadOnlyList<Attendance>)>)
                    [
                        .. sessions
                            .OrderByDescending(session => session.StartedAt)
                            .Take(Shown)
                            .Select(session =>
                                (
                                    session,
                                    (IReadOnlyList<Attendance>)
                                        [
                                            .. state
                                                .AttendancesOf.Of(session.Id)
                                                .OrderByDescending(stay => stay.Host)
                                                .ThenBy(stay => stay.JoinedAt),
                                        ]
                                )
                            ),
                    ],
                Form = form,
                Problem = problem,
            },
            status: problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest
        );
    }

    private static IResult Gone(HttpContext context) =>
        SandboxPage.Of<MessagePage>(
            context,
            new { Title = "No such meeting", Text = "It was never made, or a reset took it." },
            status: StatusCodes.Status404NotFound
        );
}
