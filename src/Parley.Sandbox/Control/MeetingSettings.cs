using System.Text.Json.Nodes;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Control;

/// <summary>The switches of the meeting API among the fields of <c>/control/settings</c>. Where none is a value, null sets it.</summary>
internal static class MeetingSettings
{
    /// <summary>What a change of settings does to the switches; what it does not name stays.</summary>
    public static Func<MeetingSwitches, MeetingSwitches> Read(ControlBody body)
    {
        Func<int?, int?> window = WholeOrNone(body, "historyWindowDays", 3660);
        Func<int?, int?> rate = WholeOrNone(body, "rateLimitPerSecond", 100_000, none: 0);
        Func<int?, int?> retryAfter = WholeOrNone(body, "retryAfterSeconds", 3600);
        bool? oneKey = body.Flag("sessionIdIsInstanceKey");
        string? errorBody = body.Text("errorBody", oneOf: ["g2m", "g2w", "edge", "empty", "html"]);
        int? start = body.Whole("startForOthers", 200, 404);
        if (start is not (null or 200 or 403 or 404))
        {
            body.Refuse("startForOthers", "must be 200, 403 or 404");
        }

        string? badKey = body.Text("badCoOrganizer", oneOf: ["refused", "ignored", "kept"]);
        string? guest = body.Text("guestEmail", oneOf: ["empty", "NA"]);
        string? upcomingKeys = body.Text("upcomingKeys", oneOf: ["strings", "numbers"]);
        int? recording = body.Whole("recordingDelayMinutes", 0, 7 * 24 * 60);
        bool? slashes = body.Flag("escapedSlashes");
        return before =>
            before with
            {
                HistoryWindowDays = window(before.HistoryWindowDays),
                RateLimitPerSecond = rate(before.RateLimitPerSecond),
                RetryAfterSeconds = retryAfter(before.RetryAfterSeconds),
                SessionIdIsInstanceKey = oneKey ?? before.SessionIdIsInstanceKey,
                ErrorBody = errorBody ?? before.ErrorBody,
                StartForOthers = start ?? before.StartForOthers,
                BadCoOrganizer = badKey ?? before.BadCoOrganizer,
                UpcomingKeys = upcomingKeys ?? before.UpcomingKeys,
                GuestEmail = guest ?? before.GuestEmail,
                RecordingDelayMinutes = recording ?? before.RecordingDelayMinutes,
                EscapedSlashes = slashes ?? before.EscapedSlashes,
            };
    }

    /// <param name="usualRate">As the sandbox was started.</param>
    public static JsonObject Show(JsonObject settings, MeetingSwitches switches, int? usualRate)
    {
        settings["historyWindowDays"] = switches.HistoryWindowDays;
        settings["sessionIdIsInstanceKey"] = switches.SessionIdIsInstanceKey;
        settings["errorBody"] = switches.ErrorBody;
        settings["startForOthers"] = switches.StartForOthers;
        settings["badCoOrganizer"] = switches.BadCoOrganizer;
        settings["upcomingKeys"] = switches.UpcomingKeys;
        settings["guestEmail"] = switches.GuestEmail;
        settings["recordingDelayMinutes"] = switches.RecordingDelayMinutes;
        settings["escapedSlashes"] = switches.EscapedSlashes;
        settings["rateLimitPerSecond"] = switches.RateLimit(usualRate);
        settings["retryAfterSeconds"] = switches.RetryAfterSeconds;
        return settings;
    }

    /// <param name="none">How null is kept.</param>
    private static Func<int?, int?> WholeOrNone(ControlBody body, string name, int most, int? none = null)
    {
        bool isNone = body.IsNull(name);
        int? value = body.Whole(name, 1, most);
        return before => isNone ? none : value ?? before;
    }
}
