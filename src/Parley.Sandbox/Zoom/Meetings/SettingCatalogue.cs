using System.Text.Json.Nodes;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>How one member of <c>settings</c> is read.</summary>
internal enum SettingKind
{
    Flag,
    Whole,
    Word,
    Text,

    /// <summary>An object or an array, kept as sent.</summary>
    Object,
    List,
}

/// <summary>One member of <c>settings</c>.</summary>
internal sealed record SettingRule(string Name, SettingKind Kind)
{
    public IReadOnlyList<string> Words { get; init; } = [];
    public IReadOnlyList<int> Numbers { get; init; } = [];
    public int Longest { get; init; } = int.MaxValue;
}

/// <summary>What <c>settings</c> of a meeting may hold, after the published file. Anything else a call sends is passed over.</summary>
internal static class SettingCatalogue
{
    private static readonly string[] Flags =
    [
        "allow_multiple_devices",
        "alternative_hosts_email_notification",
        "alternative_host_update_polls",
        "alternative_host_manage_meeting_summary",
        "alternative_host_manage_cloud_recording",
        "close_registration",
        "cn_meeting",
        "email_notification",
        "focus_mode",
        "host_video",
        "in_meeting",
        "join_before_host",
        "meeting_authentication",
        "mute_upon_entry",
        "participant_video",
        "private_meeting",
        "registrants_confirmation_email",
        "registrants_email_notification",
        "show_share_button",
        "show_join_info",
        "use_pmi",
        "waiting_room",
        "watermark",
        "host_save_video_order",
        "internal_meeting",
        "participant_focused_meeting",
        "push_change_to_calendar",
        "auto_start_meeting_summary",
        "auto_start_ai_companion_questions",
        "device_testing",
        "request_permission_to_unmute_participants",
        "allow_host_control_participant_mute_state",
        "disable_participant_video",
        "email_in_attendee_report",
    ];

    private static readonly string[] Objects =
    [
        "approved_or_denied_countries_or_regions",
        "auto_add_recording_to_video_management",
        "breakout_room",
        "question_and_answer",
        "language_interpretation",
        "sign_language_interpretation",
        "waiting_room_options",
        "continuous_meeting_chat",
    ];

    private static readonly string[] Lists =
    [
        "additional_data_center_regions",
        "authentication_exception",
        "global_dial_in_countries",
        "meeting_invitees",
        "resources",
    ];

    private static readonly string[] Texts =
    [
        "alternative_hosts",
        "authentication_domains",
        "authentication_option",
        "contact_email",
        "contact_name",
        "summary_template_id",
    ];

    public static readonly IReadOnlyList<SettingRule> All =
    [
        .. Flags.Select(name => new SettingRule(name, SettingKind.Flag)),
        .. Objects.Select(name => new SettingRule(name, SettingKind.Object)),
        .. Lists.Select(name => new SettingRule(name, SettingKind.List)),
        .. Texts.Select(name => new SettingRule(name, SettingKind.Text)),
        new SettingRule("audio_conference_info", SettingKind.Text) { Longest = 2048 },
        new SettingRule("audio", SettingKind.Word) { Words = ["both", "telephony", "voip", "thirdParty"] },
        new SettingRule("auto_recording", SettingKind.Word) { Words = ["local", "cloud", "none"] },
        new SettingRule("encryption_type", SettingKind.Word) { Words = ["enhanced_encryption", "e2ee"] },
        new SettingRule("approval_type", SettingKind.Whole) { Numbers = [0, 1, 2] },
        new SettingRule("registration_type", SettingKind.Whole) { Numbers = [1, 2, 3] },
        new SettingRule("jbh_time", SettingKind.Whole) { Numbers = [0, 5, 10, 15] },
        new SettingRule("calendar_type", SettingKind.Whole) { Numbers = [1, 2] },
        new SettingRule("who_will_receive_summary", SettingKind.Whole) { Numbers = [1, 2, 3, 4] },
        new SettingRule("who_can_ask_questions", SettingKind.Whole) { Numbers = [1, 2, 3, 4, 5] },
    ];

    /// <summary>What an update of one date of a series can change (reference §2.3); the rest is passed over.</summary>
    public static readonly IReadOnlyList<string> OfOneDate =
    [
        "host_video",
        "participant_video",
        "join_before_host",
        "jbh_time",
        "mute_upon_entry",
        "waiting_room",
        "watermark",
        "auto_recording",
    ];

    /// <summary>The members a call sends, those that fit.</summary>
    public static JsonObject Read(FieldReader? fields)
    {
        JsonObject read = [];
        foreach (SettingRule rule in fields is null ? [] : All)
        {
            if (Value(fields!, rule) is { } value)
            {
                read[rule.Name] = value;
            }
        }

        return read;
    }

    private static JsonNode? Value(FieldReader fields, SettingRule rule)
    {
        switch (rule.Kind)
        {
            case SettingKind.Flag:
                return fields.Flag(rule.Name);
            case SettingKind.Whole:
                return fields.WholeOf(rule.Name, rule.Numbers);
            case SettingKind.Word:
                return fields.OneOf(rule.Name, rule.Words);
            case SettingKind.Text:
                return fields.Text(rule.Name, rule.Longest);
            default:
                System.Text.Json.JsonValueKind wanted =
                    rule.Kind == SettingKind.List
                        ? System.Text.Json.JsonValueKind.Array
                        : System.Text.Json.JsonValueKind.Object;
                if (fields.Find(rule.Name) is not { } value)
                {
                    return null;
                }

                if (value.ValueKind == wanted)
                {
                    return JsonNode.Parse(value.GetRawText());
                }

                fields.Refuse(rule.Name, "Invalid field.");
                return null;
        }
    }
}
