using System.Text.Json.Nodes;
using Parley.Sandbox.Control;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>The switches of meetings, reports and limits among the Zoom fields of <c>/control/settings</c>. Where none is a value, null sets it.</summary>
internal static class MeetingFields
{
    private const int Decade = 3660;

    /// <summary>What a change does to the world; what it does not name stays.</summary>
    public static Action<World> Read(ControlBody body)
    {
        Func<ZoomMeetingSwitches, ZoomMeetingSwitches> change = Fields(body);
        return state => state.ZoomMeetings.Switches = change(state.ZoomMeetings.Switches);
    }

    public static JsonObject With(JsonObject settings, World state)
    {
        ZoomMeetingSwitches switches = state.ZoomMeetings.Switches;
        settings["limitsEnforced"] = switches.LimitsEnforced;
        settings["rateLimitHeaders"] = switches.RateLimitHeaders;
        settings["perSecondCode"] = switches.PerSecondCode;
        settings["countDeletes"] = switches.CountDeletes;
        settings["concurrentCalls"] = switches.ConcurrentCalls;
        settings["settleMinutes"] = switches.SettleMinutes;
        settings["meetingExpiryDays"] = switches.MeetingExpiryDays;
        settings["recurringExpiryDays"] = switches.RecurringExpiryDays;
        settings["trashDays"] = switches.TrashDays;
        settings["passcodeMinLength"] = switches.PasscodeMinLength;
        settings["activeNeedsTwo"] = switches.ActiveNeedsTwo;
        settings["uuids"] = switches.Uuids;
        return settings;
    }

    private static Func<ZoomMeetingSwitches, ZoomMeetingSwitches> Fields(ControlBody body)
    {
        bool? enforced = body.Flag("limitsEnforced");
        string? headers = body.Text("rateLimitHeaders", oneOf: ["category", "none", "full"]);
        int? code = body.Whole("perSecondCode", 429, 4001);
        if (code is not (null or 429 or 4001))
        {
            body.Refuse("perSecondCode", "must be 429 or 4001");
        }

        bool? deletes = body.Flag("countDeletes");
        bool anyNumber = body.IsNull("concurrentCalls");
        int? concurrent = body.Whole("concurrentCalls", 1, 1000);
        int? settle = body.Whole("settleMinutes", 0, 7 * 24 * 60);
        int? expiry = body.Whole("meetingExpiryDays", 0, Decade);
        int? recurring = body.Whole("recurringExpiryDays", 1, Decade);
        int? trash = body.Whole("trashDays", 0, Decade);
        int? shortest = body.Whole("passcodeMinLength", 0, 10);
        bool? two = body.Flag("activeNeedsTwo");
        string? uuids = body.Text("uuids", oneOf: ["mixed", "plain", "slashes"]);
        return before =>
            before with
            {
                LimitsEnforced = enforced ?? before.LimitsEnforced,
                RateLimitHeaders = headers ?? before.RateLimitHeaders,
                PerSecondCode = code ?? before.PerSecondCode,
                CountDeletes = deletes ?? before.CountDeletes,
                ConcurrentCalls = anyNumber ? null : concurrent ?? before.ConcurrentCalls,
                SettleMinutes = settle ?? before.SettleMinutes,
                MeetingExpiryDays = expiry ?? before.MeetingExpiryDays,
                RecurringExpiryDays = recurring ?? before.RecurringExpiryDays,
                TrashDays = trash ?? before.TrashDays,
                PasscodeMinLength = shortest ?? before.PasscodeMinLength,
                ActiveNeedsTwo = two ?? before.ActiveNeedsTwo,
                Uuids = uuids ?? before.Uuids,
            };
    }
}
