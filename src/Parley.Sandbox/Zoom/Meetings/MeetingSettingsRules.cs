using System.Text.Json.Nodes;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>
/// What becomes of the <c>settings</c> a call asks for: the host's own defaults first, then what was asked, then the account's locks, which
/// win without a word (reference §2.1).
/// </summary>
internal static class MeetingSettingsRules
{
    public static JsonObject Defaults(ZoomUserSettings host) =>
        new()
        {
            ["host_video"] = host.HostVideo,
            ["participant_video"] = host.ParticipantVideo,
            ["cn_meeting"] = false,
            ["in_meeting"] = false,
            ["join_before_host"] = host.JoinBeforeHost,
            ["jbh_time"] = 0,
            ["mute_upon_entry"] = host.MuteUponEntry,
            ["watermark"] = false,
            ["use_pmi"] = false,
            ["approval_type"] = 2,
            ["registration_type"] = 1,
            ["audio"] = host.AudioType,
            ["auto_recording"] = host.AutoRecording,
            ["alternative_hosts"] = "",
            ["alternative_hosts_email_notification"] = true,
            ["close_registration"] = false,
            ["show_share_button"] = false,
            ["allow_multiple_devices"] = false,
            ["registrants_confirmation_email"] = true,
            ["registrants_email_notification"] = true,
            ["waiting_room"] = host.WaitingRoom,
            ["request_permission_to_unmute_participants"] = false,
            ["meeting_authentication"] = false,
            ["encryption_type"] = "enhanced_encryption",
            ["email_notification"] = true,
            ["private_meeting"] = false,
            ["host_save_video_order"] = false,
            ["meeting_invitees"] = new JsonArray(),
        };

    /// <summary>The settings after a call that asked for <paramref name="asked"/>.</summary>
    public static JsonObject Apply(JsonObject before, JsonObject asked, ZoomAccount account)
    {
        JsonObject after = (JsonObject)before.DeepClone();
        foreach ((string name, JsonNode? value) in asked)
        {
            if (Allowed(account, name, value))
            {
                after[name] = value?.DeepClone();
            }
        }

        foreach ((string name, JsonNode? value) in OfAccount(account.Settings))
        {
            if (account.LockedSettings.Contains(name, StringComparer.Ordinal))
            {
                after[name] = value?.DeepClone();
            }
        }

        // Who waits in the waiting room cannot be in before the host.
        if (Flag(after, "waiting_room"))
        {
            after["join_before_host"] = false;
        }

        return after;
    }

    public static bool Flag(JsonObject settings, string name) =>
        settings[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    public static string Text(JsonObject settings, string name) =>
        settings[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    public static int Whole(JsonObject settings, string name) =>
        settings[name] is JsonValue value && value.TryGetValue(out int number) ? number : 0;

    public static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;

    /// <summary>Locked is locked; what the account has switched off altogether goes the same silent way.</summary>
    private static bool Allowed(ZoomAccount account, string name, JsonNode? value) =>
        !account.LockedSettings.Contains(name, StringComparer.Ordinal)
        && name switch
        {
            "breakout_room" => account.Settings.BreakoutRoom,
            "auto_recording" => account.Settings.CloudRecording || value?.GetValue<string>() != "cloud",
            _ => true,
        };

    private static JsonObject OfAccount(ZoomUserSettings settings) =>
        new()
        {
            ["host_video"] = settings.HostVideo,
            ["participant_video"] = settings.ParticipantVideo,
            ["join_before_host"] = settings.JoinBeforeHost,
            ["mute_upon_entry"] = settings.MuteUponEntry,
            ["waiting_room"] = settings.WaitingRoom,
            ["auto_recording"] = settings.AutoRecording,
            ["audio"] = settings.AudioType,
        };
}
