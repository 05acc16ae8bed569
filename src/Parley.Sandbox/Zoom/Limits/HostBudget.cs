using Microsoft.AspNetCore.Http;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Limits;

/// <summary>
/// What a host has left of the day (reference §6): 100 creates and updates of meetings, counted on the host whoever calls, and 10 changes
/// of status. A request counts as soon as its host is known, also one that is refused afterwards.
/// </summary>
internal static class HostBudget
{
    public const int Writes = 100;
    public const int StatusChanges = 10;

    /// <summary>Null: counted.</summary>
    public static IResult? Write(ZoomRequest request, ZoomUser host) =>
        Take(request, $"{host.Id} write", Writes, "Meeting Create/Update");

    /// <summary>Deletions count only where the switch says so.</summary>
    public static IResult? Delete(ZoomRequest request, ZoomUser host) =>
        request.State.ZoomMeetings.Switches.CountDeletes ? Write(request, host) : null;

    public static IResult? Status(ZoomRequest request, ZoomUser host) =>
        Take(request, $"{host.Id} status", StatusChanges, "Meeting Status Update");

    /// <summary>Creates and updates of a host so far today.</summary>
    public static int Used(Parley.Sandbox.State.World state, string hostId) => DayCounts.Used(state, $"{hostId} write");

    private static IResult? Take(ZoomRequest request, string key, int most, string what)
    {
        ZoomMeetingSwitches switches = request.State.ZoomMeetings.Switches;
        return !switches.LimitsEnforced || DayCounts.TryTake(request.State, key, most)
            ? null
            : LimitRefusals.PerUser(request.Context.Response, switches, most, what, DayCounts.Reset(request.State));
    }
}
