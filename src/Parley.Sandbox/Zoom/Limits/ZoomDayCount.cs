using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Meetings;

namespace Parley.Sandbox.Zoom.Limits;

/// <summary>How often something was done on a UTC day.</summary>
public sealed record ZoomDayCount(string Key, string Day, int Used);

/// <summary>Counts that begin anew at 00:00 UTC of the sandbox's clock; they outlive a restart.</summary>
internal static class DayCounts
{
    public static int Used(World state, string key) =>
        state.ZoomMeetings.DayCounts.Find(key) is { } count && count.Day == Today(state) ? count.Used : 0;

    /// <summary>Counts one more; false, and nothing counted, when there were <paramref name="most"/> already.</summary>
    public static bool TryTake(World state, string key, int most)
    {
        int used = Used(state, key);
        if (used >= most)
        {
            return false;
        }

        state.ZoomMeetings.DayCounts.Put(key, new ZoomDayCount(key, Today(state), used + 1));
        return true;
    }

    /// <summary>The next 00:00 UTC.</summary>
    public static Instant Reset(World state) => state.Now.InUtc().Date.PlusDays(1).AtMidnight().InUtc().ToInstant();

    private static string Today(World state) => MeetingTimes.Date(state.Now.InUtc().Date);
}
