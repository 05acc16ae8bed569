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
    /// <param name="before">As they were: for a new meeting, the host's defaults.</param>
    /// <param name="asked">What the call sent.</param>
    /// <param name="host">The host's settings, the account's locks in them.</param>
    /// <param name="account">Whose locks.</param>
    public static JsonObject Apply(JsonObject before, JsonObject asked, ZoomUserSettings host, ZoomAccount account)
    {
        JsonObject after = (JsonObject)before.DeepClone();
        foreach ((string name, JsonNode? value) in asked)
        {
            if (Allowed(account, host, name, value))
            {
                after[name] = value?.DeepClone();
            }
        }

        JsonObject usual = Defaults(host);
        foreach ((string name, string locked) in Locks)
        {
            if (account.LockedSettings.Contains(locked, StringComparer.Ordinal))
            {
                after[name] = usual[name]?.DeepClone();
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

    /// <summary>What the account has switched off altogether goes the same silent way as what it has locked.</summary>
    private static bool Allowed(ZoomAccount account, ZoomUserSettings host, string name, JsonNode? value) =>
        name switch
        {
            "breakout_room" => host.BreakoutRoom
                && !account.LockedSettings.Contains(ZoomLocks.BreakoutRoom, StringComparer.Ordinal),
            "auto_recording" => host.CloudRecording || value?.GetValue<string>() != "cloud",
            _ => true,
        };

    /// <summary>Settings of a meeting, and the name of the lock that holds each.</summary>
    private static readonly (string Name, string Lock)[] Locks =
    [
        ("waiting_room", ZoomLocks.WaitingRoom),
        ("join_before_host", ZoomLocks.JoinBeforeHost),
        ("auto_recording", ZoomLocks.AutoRecording),
        ("mute_upon_entry", ZoomLocks.MuteUponEntry),
        ("host_video", ZoomLocks.HostVideo),
        ("participant_video", ZoomLocks.ParticipantVideo),
        ("audio", ZoomLocks.AudioType),
    ];
}
