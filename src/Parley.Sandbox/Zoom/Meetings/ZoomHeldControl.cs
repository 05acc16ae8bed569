using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.Control;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>
/// The Zoom side of <c>/control/meetings/{id}/run</c> and <c>/control/sessions</c>. Webhooks tell of a run; of a past that is made up nobody
/// is told.
/// </summary>
internal sealed class ZoomHeldControl(SandboxAddress address)
{
    /// <summary>Null: there is no such meeting.</summary>
    public IResult? Run(World state, string id, PastSession past) =>
        Identifiers.Number(id) is { } number && MeetingStore.Live(state, number) is { } meeting
            ? ControlJson.Answer(
                ZoomControlJson.Run(state, Room(state).Record(meeting, past, told: true)),
                StatusCodes.Status201Created
            )
            : null;

    public IResult Fill(World state, string email, PastPlan? plan, IReadOnlyList<HeldEndpoints.Wanted>? wanted)
    {
        if (state.Zoom.UserByEmail(email) is not { } host)
        {
            return ControlProblem.NotFound($"There is no Zoom user {email}.");
        }

        ZoomRoom room = Room(state);
        if (plan is not null)
        {
            (IReadOnlyList<ZoomMeeting> meetings, IReadOnlyList<ZoomRun> runs) = ZoomHeld.Fill(state, room, host, plan);
            return Filled(state, meetings, runs);
        }

        string? stranger = wanted!
            .Select(one => one.MeetingId)
            .FirstOrDefault(id => id is not null && Known(state, id)?.HostId != host.Id);
        if (stranger is not null)
        {
            return ControlProblem.NotFound($"{email} has no Zoom meeting {stranger}.");
        }

        List<ZoomMeeting> made = [];
        List<ZoomRun> held = [];
        foreach (HeldEndpoints.Wanted one in wanted!)
        {
            PastSession past = one.Past(state.Now);
            ZoomMeeting? known = one.MeetingId is { } id ? Known(state, id) : null;
            ZoomMeeting meeting =
                known
                ?? ZoomHeld.Make(state, host, one.Subject, one.Type, past.StartedAt, (int)past.Length.TotalMinutes);
            if (known is null)
            {
                made.Add(meeting);
            }

            held.Add(room.Record(meeting, past, told: false));
        }

        return Filled(state, made, held);
    }

    public static IResult List(World state, string? organizer, string? meetingId) =>
        ControlJson.Items([
            .. state
                .ZoomMeetings.Runs.All.Where(run => meetingId is null || MeetingTables.Text(run.MeetingId) == meetingId)
                .Where(run => organizer is null || state.Zoom.UserByEmail(organizer)?.Id == run.HostId)
                .OrderBy(run => run.StartedAt)
                .Select(run => ZoomControlJson.Run(state, run)),
        ]);

    private static ZoomMeeting? Known(World state, string id) =>
        Identifiers.Number(id) is { } number ? MeetingStore.Any(state, number) : null;

    private ZoomRoom Room(World state) => new(state, new MeetingEvents(state, new MeetingLinks(address.BaseUrl)));

    private static IResult Filled(World state, IReadOnlyList<ZoomMeeting> meetings, IReadOnlyList<ZoomRun> runs) =>
        ControlJson.Answer(
            new JsonObject
            {
                ["sessions"] = runs.Count,
                ["attendees"] = runs.Sum(run => state.ZoomMeetings.StaysOf.Of(run.Uuid).Count),
                ["meetingIds"] = ControlJson.Texts(meetings.Select(meeting => MeetingTables.Text(meeting.Id))),
                ["sessionIds"] = ControlJson.Texts(runs.Select(run => run.Uuid)),
            },
            StatusCodes.Status201Created
        );
}
