using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Pages;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>A meeting on the sandbox's own overview.</summary>
public sealed record ZoomMeetingRow(ZoomMeeting Meeting, ZoomUser? Host, bool Running, int Runs, string JoinPath)
{
    public string Id => MeetingTables.Text(Meeting.Id);
}

/// <summary>Zoom meetings on the sandbox's own pages: the list, and the button that lets one have taken place as planned, with a guest.</summary>
internal sealed class ZoomMeetingPages(World world, SandboxAddress address)
{
    /// <summary>So many rows at most, the latest.</summary>
    private const int Shown = 200;

    public static void Map(IEndpointRouteBuilder routes, ZoomMeetingPages pages) =>
        routes.MapPost("/actions/zoom/meetings/{id}/run", pages.Run);

    /// <summary>Meetings somebody made and that are still there.</summary>
    public static IReadOnlyList<ZoomMeetingRow> Rows(World state) =>
        [
            .. state
                .ZoomMeetings.Meetings.All.Where(meeting =>
                    meeting.DeletedAt is null
                    && meeting.Type != MeetingStore.PersonalRoom
                    && !MeetingStore.Lapsed(state, meeting)
                )
                .OrderByDescending(meeting => meeting.StartsAt ?? meeting.CreatedAt)
                .Take(Shown)
                .Reverse()
                .Select(meeting => new ZoomMeetingRow(
                    meeting,
                    state.Zoom.Users.Find(meeting.HostId),
                    state.ZoomMeetings.Running(meeting.Id) is not null,
                    state.ZoomMeetings.RunsOf.Of(MeetingTables.Text(meeting.Id)).Count,
                    new MeetingLinks("").Join(meeting, state.Zoom.Users.Find(meeting.HostId))
                )),
        ];

    private IResult Run(string id) =>
        world.Change(state =>
        {
            if (Identifiers.Number(id) is { } number && MeetingStore.Live(state, number) is { } meeting)
            {
                Duration length = Duration.FromMinutes(meeting.Minutes);
                PastSession past = new(meeting.StartsAt ?? state.Now - length, length)
                {
                    Stays = [new PastStay(new Guest("Gus Guest", "gus@customer.example"))],
                };
                new ZoomRoom(state, new MeetingEvents(state, new MeetingLinks(address.BaseUrl))).Record(
                    meeting,
                    past,
                    told: true
                );
            }

            return PageForms.SeeOther("/");
        });
}
