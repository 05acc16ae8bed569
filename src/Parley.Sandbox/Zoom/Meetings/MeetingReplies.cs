using System.Text.Json.Nodes;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>How meetings are spelled on the wire (reference §2.2, §2.4). What a meeting does not have is absent, not null.</summary>
internal sealed class MeetingReplies(World state, MeetingLinks links)
{
    /// <summary>Lists cut the agenda.</summary>
    private const int ListedAgenda = 250;

    /// <summary>The answer to a create and to a get: a fresh host link each time.</summary>
    public JsonObject Whole(ZoomMeeting meeting, ZoomUser host, ZoomOccurrence? date = null, bool pastDates = true)
    {
        JsonObject settings = MeetingSettingsRules.Parse(date?.Settings ?? meeting.Settings);
        JsonObject reply = new()
        {
            ["uuid"] = meeting.Uuid,
            ["id"] = meeting.Id,
            ["host_id"] = meeting.HostId,
            ["host_email"] = host.Email,
            ["topic"] = meeting.Topic,
            ["type"] = meeting.Type,
            ["status"] = state.ZoomMeetings.Running(meeting.Id) is null ? "waiting" : "started",
        };
        if (meeting.AssistantId is not null)
        {
            reply["assistant_id"] = meeting.AssistantId;
        }

        if ((date?.StartsAt ?? meeting.StartsAt) is { } start)
        {
            reply["start_time"] = MeetingTimes.Text(start);
        }

        reply["duration"] = date?.Minutes ?? meeting.Minutes;
        reply["timezone"] = meeting.TimeZone;
        if ((date?.Agenda ?? meeting.Agenda) is { Length: > 0 } agenda)
        {
            reply["agenda"] = agenda;
        }

        reply["created_at"] = MeetingTimes.Text(meeting.CreatedAt);
        reply["start_url"] = links.Start(state, meeting, host);
        reply["join_url"] = links.Join(meeting, host);
        PutPassword(reply, meeting);
        if (MeetingSettingsRules.Flag(settings, "use_pmi") || meeting.Type == MeetingStore.PersonalRoom)
        {
            reply["pmi"] = MeetingTables.Text(host.Pmi);
        }

        if (meeting.TemplateId is not null)
        {
            reply["template_id"] = meeting.TemplateId;
        }

        if (meeting.TrackingFields.Count > 0)
        {
            reply["tracking_fields"] = Tracking(meeting.TrackingFields);
        }

        if (date is null && meeting.Recurrence is { } rule)
        {
            reply["recurrence"] = Rule(rule);
        }

        if (date is null && meeting.Occurrences.Count > 0)
        {
            reply["occurrences"] = Dates(meeting, pastDates);
        }

        settings["global_dial_in_numbers"] = DialIn();
        reply["settings"] = settings;
        if (MeetingSettingsRules.Whole(settings, "approval_type") is 0 or 1)
        {
            reply["registration_url"] = links
                .Join(meeting, host)
                .Replace("/j/", "/register/", StringComparison.Ordinal);
        }

        reply["pre_schedule"] = meeting.PreSchedule;
        reply["creation_source"] = meeting.Type == MeetingStore.PersonalRoom ? "web_portal" : "open_api";
        return reply;
    }

    /// <summary>A row of <c>GET /users/{id}/meetings</c>: no status, no passcode, no host link.</summary>
    public JsonObject Row(ZoomMeeting meeting, ZoomUser host)
    {
        JsonObject row = new()
        {
            ["uuid"] = meeting.Uuid,
            ["id"] = meeting.Id,
            ["host_id"] = meeting.HostId,
            ["topic"] = meeting.Topic,
            ["type"] = meeting.Type,
        };
        if (meeting.StartsAt is { } start)
        {
            row["start_time"] = MeetingTimes.Text(start);
        }

        row["duration"] = meeting.Minutes;
        row["timezone"] = meeting.TimeZone;
        if (meeting.Agenda is { Length: > 0 } agenda)
        {
            row["agenda"] = agenda.Length > ListedAgenda ? agenda[..ListedAgenda] : agenda;
        }

        row["created_at"] = MeetingTimes.Text(meeting.CreatedAt);
        row["join_url"] = links.Join(meeting, host);
        if (MeetingLinks.UsesPmi(meeting))
        {
            row["pmi"] = MeetingTables.Text(host.Pmi);
        }

        return row;
    }

    /// <summary>A row of <c>GET /users/{id}/upcoming_meetings</c>, whose passcode is called otherwise.</summary>
    public JsonObject Upcoming(ZoomMeeting meeting, ZoomUser host, bool isHost)
    {
        JsonObject row = new()
        {
            ["id"] = meeting.Id,
            ["topic"] = meeting.Topic,
            ["type"] = meeting.Type,
        };
        if (meeting.StartsAt is { } start)
        {
            row["start_time"] = MeetingTimes.Text(start);
        }

        row["duration"] = meeting.Minutes;
        row["timezone"] = meeting.TimeZone;
        row["created_at"] = MeetingTimes.Text(meeting.CreatedAt);
        row["join_url"] = links.Join(meeting, host);
        if (meeting.Password is not null)
        {
            row["passcode"] = meeting.Password;
        }

        row["use_pmi"] = MeetingLinks.UsesPmi(meeting);
        row["is_host"] = isHost;
        return row;
    }

    /// <summary>The text people paste into mails.</summary>
    public JsonObject Invitation(ZoomMeeting meeting, ZoomUser host)
    {
        List<string> lines =
        [
            $"{host.FullName} is inviting you to a scheduled Zoom meeting.",
            "",
            $"Topic: {meeting.Topic}",
        ];
        if (meeting.StartsAt is { } start)
        {
            lines.Add($"Time: {MeetingTimes.Text(start)} ({meeting.TimeZone})");
        }

        lines.AddRange(["", "Join Zoom Meeting", links.Join(meeting, host), "", $"Meeting ID: {Spaced(meeting.Id)}"]);
        if (meeting.Password is { } password)
        {
            lines.Add($"Passcode: {password}");
        }

        lines.AddRange([
            "",
            "Dial by your location",
            .. Numbers.Select(one => $"{one.Number} {one.Country} ({one.City})"),
        ]);
        return new JsonObject
        {
            ["invitation"] = string.Join("\r\n", lines),
            ["sip_links"] = new JsonArray($"sip:{MeetingTables.Text(meeting.Id)}@sip.invalid"),
        };
    }

    public static JsonObject Rule(ZoomRecurrence rule)
    {
        JsonObject json = new() { ["type"] = rule.Type, ["repeat_interval"] = rule.Interval };
        if (rule.WeekDays.Count > 0)
        {
            json["weekly_days"] = string.Join(',', rule.WeekDays);
        }

        Put("monthly_day", rule.MonthDay);
        Put("monthly_week", rule.MonthWeek);
        Put("monthly_week_day", rule.MonthWeekDay);
        Put("end_times", rule.EndTimes);
        if (rule.EndsAt is { } end)
        {
            json["end_date_time"] = MeetingTimes.Text(end);
        }

        return json;

        void Put(string name, int? value)
        {
            if (value is not null)
            {
                json[name] = value;
            }
        }
    }

    public static bool Same(ZoomRecurrence? one, ZoomRecurrence? other) =>
        JsonNode.DeepEquals(one is null ? null : Rule(one), other is null ? null : Rule(other));

    public static JsonArray Tracking(IReadOnlyList<ZoomTrackingField> fields) =>
        [.. fields.Select(field => new JsonObject { ["field"] = field.Field, ["value"] = field.Value })];

    public static JsonObject Date(ZoomOccurrence date) =>
        new()
        {
            ["occurrence_id"] = date.Id,
            ["start_time"] = MeetingTimes.Text(date.StartsAt),
            ["duration"] = date.Minutes,
            ["status"] = date.Deleted ? "deleted" : "available",
        };

    /// <summary>Past dates only on request.</summary>
    private JsonArray Dates(ZoomMeeting meeting, bool past) =>
        [
            .. meeting
                .Occurrences.Where(date =>
                    past || date.StartsAt + NodaTime.Duration.FromMinutes(date.Minutes) >= state.Now
                )
                .Select(Date),
        ];

    private static void PutPassword(JsonObject reply, ZoomMeeting meeting)
    {
        if (meeting.Password is not { } password)
        {
            return;
        }

        string digits = string.Concat(password.Select(c => char.IsAsciiDigit(c) ? c : (char)('0' + (c % 10))));
        reply["password"] = password;
        reply["h323_password"] = digits;
        reply["pstn_password"] = digits;
        reply["encrypted_password"] = meeting.LinkSecret;
    }

    private static readonly (string Country, string Name, string City, string Number, string Type)[] Numbers =
    [
        ("US", "US", "New York", "+1 555 0100 123", "toll"),
        ("US", "US", "", "+1 800 555 0101", "tollfree"),
        ("DE", "Germany", "Frankfurt", "+49 30 5550 102", "toll"),
    ];

    private static JsonArray DialIn() =>
        [
            .. Numbers.Select(one => new JsonObject
            {
                ["country"] = one.Country,
                ["country_name"] = one.Name,
                ["city"] = one.City,
                ["number"] = one.Number,
                ["type"] = one.Type,
            }),
        ];

    private static string Spaced(long id)
    {
        string digits = MeetingTables.Text(id);
        return $"{digits[..3]} {digits[3..^4]} {digits[^4..]}";
    }
}
