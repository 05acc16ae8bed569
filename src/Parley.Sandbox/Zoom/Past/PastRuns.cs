using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Past;

/// <summary>A run that is over, and who was there.</summary>
internal sealed record HeldRun(ZoomRun Run, ZoomUser Host, Instant EndedAt, IReadOnlyList<ZoomStay> Stays, bool Settled)
{
    /// <summary>People, not joins.</summary>
    public int People => Stays.Select(stay => stay.PersonUuid).Distinct(StringComparer.Ordinal).Count();

    /// <summary>Rounded up, as people see it in reports.</summary>
    public int Minutes => (int)Math.Ceiling((EndedAt - Run.StartedAt).TotalMinutes);

    /// <summary>Sum of all stays, minutes.</summary>
    public int TotalMinutes =>
        Stays.Sum(stay => (int)Math.Ceiling(((stay.LeftAt ?? EndedAt) - stay.JoinedAt).TotalMinutes));
}

/// <summary>Looks runs up (reference §3).</summary>
internal static class PastRuns
{
    /// <summary>By uuid, that run; by number, the last one. Null: none, or it goes on.</summary>
    public static HeldRun? Find(World state, string idOrUuid)
    {
        ZoomRun? run = Identifiers.Number(idOrUuid) is { } id
            ? Of(state, id).MaxBy(run => run.StartedAt)
            : state.ZoomMeetings.Runs.Find(idOrUuid);
        return run is null ? null : Held(state, run);
    }

    /// <summary>Runs of a number that are over.</summary>
    public static IEnumerable<ZoomRun> Of(World state, long meetingId) =>
        state.ZoomMeetings.RunsOf.Of(MeetingTables.Text(meetingId)).Where(run => run.EndedAt is not null);

    /// <summary>Runs of a host that are over, oldest first.</summary>
    public static IEnumerable<HeldRun> OfHost(World state, ZoomUser host) =>
        state
            .ZoomMeetings.RunsOfHost.Of(host.Id)
            .Select(run => Held(state, run))
            .OfType<HeldRun>()
            .OrderBy(held => held.Run.StartedAt)
            .ThenBy(held => held.Run.Uuid, StringComparer.Ordinal);

    public static HeldRun? Held(World state, ZoomRun run) =>
        run.EndedAt is { } ended && state.Zoom.Users.Find(run.HostId) is { } host
            ? new HeldRun(
                run,
                host,
                ended,
                [
                    .. state
                        .ZoomMeetings.StaysOf.Of(run.Uuid)
                        .OrderBy(stay => stay.JoinedAt)
                        .ThenByDescending(stay => stay.Host)
                        .ThenBy(stay => stay.JoinId, StringComparer.Ordinal),
                ],
                ended + Duration.FromMinutes(state.ZoomMeetings.Switches.SettleMinutes) <= state.Now
            )
            : null;
}
