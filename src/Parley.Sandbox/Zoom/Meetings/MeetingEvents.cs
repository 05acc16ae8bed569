using System.Text.Json.Nodes;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>
/// What webhooks tell of meetings (reference §7). The number of a meeting is a number when somebody changed it and text when somebody is
/// in it; that is how the real ones are.
/// </summary>
internal sealed class MeetingEvents(World state, MeetingLinks links)
{
    public void Created(ZoomMeeting meeting, ZoomUser? actor)
    {
        JsonObject settings = MeetingSettingsRules.Parse(meeting.Settings);
        JsonObject thing = Brief(meeting);
        thing["join_url"] = links.Join(meeting, Host(meeting));
        if (meeting.Password is { } password)
        {
            thing["password"] = password;
        }

        if (MeetingSettingsRules.Flag(settings, "use_pmi") && Host(meeting) is { } host)
        {
            thing["pmi"] = MeetingTables.Text(host.Pmi);
        }

        if (meeting.Occurrences.Count > 0)
        {
            thing["occurrences"] = Dates(meeting.Occurrences);
        }

        thing["settings"] = new JsonObject
        {
            ["use_pmi"] = MeetingSettingsRules.Flag(settings, "use_pmi"),
            ["alternative_hosts"] = MeetingSettingsRules.Text(settings, "alternative_hosts"),
            ["join_before_host"] = MeetingSettingsRules.Flag(settings, "join_before_host"),
            ["jbh_time"] = MeetingSettingsRules.Whole(settings, "jbh_time"),
            ["meeting_invitees"] = settings["meeting_invitees"]?.DeepClone() ?? new JsonArray(),
        };
        if (meeting.Recurrence is { } rule)
        {
            thing["recurrence"] = MeetingReplies.Rule(rule);
        }

        if (meeting.TrackingFields.Count > 0)
        {
            thing["tracking_fields"] = MeetingReplies.Tracking(meeting.TrackingFields);
        }

        JsonObject payload = ByActor(meeting, actor);
        payload["operation"] = "all";
        payload["object"] = thing;
        Raise("meeting.created", meeting.AccountId, payload);
    }

    /// <summary>Tells only what changed; nothing when nothing did.</summary>
    public void Updated(ZoomMeeting before, ZoomMeeting after, ZoomUser? actor, ZoomOccurrence? date = null)
    {
        JsonObject was = Told(before);
        JsonObject now = Told(after);
        List<string> changed =
        [
            .. was.Select(field => field.Key)
                .Union(now.Select(field => field.Key), StringComparer.Ordinal)
                .Where(name => !JsonNode.DeepEquals(was[name], now[name])),
        ];
        if (changed.Count == 0)
        {
            return;
        }

        JsonObject payload = ByActor(after, actor);
        payload["scope"] = date is null ? "all" : "single";
        payload["object"] = Only(after, now, changed);
        payload["old_object"] = Only(before, was, changed);
        payload["time_stamp"] = state.Now.ToUnixTimeMilliseconds();
        // The partial object does not say whose meeting it is.
        ZoomEvents.Raise(state, "meeting.updated", after.AccountId, payload, userId: after.HostId);
    }

    /// <summary>Told on paid plans only.</summary>
    public void Deleted(ZoomMeeting meeting, ZoomUser? actor, ZoomOccurrence? date = null)
    {
        if (state.Zoom.Accounts.Find(meeting.AccountId) is { Plan: "free" })
        {
            return;
        }

        Gone("meeting.deleted", meeting, actor, date);
    }

    public void Purged(ZoomMeeting meeting, ZoomUser? actor) =>
        Gone("meeting.permanently_deleted", meeting, actor, date: null);

    public void Recovered(ZoomMeeting meeting, ZoomUser? actor) =>
        Gone("meeting.recovered", meeting, actor, date: null);

    public void Started(ZoomRun run) => Raise("meeting.started", run.AccountId, OfRun(run), run.StartedAt);

    /// <summary><c>duration</c> is the planned one here too.</summary>
    public void Ended(ZoomRun run, Instant at)
    {
        JsonObject payload = OfRun(run);
        payload["object"]!["end_time"] = MeetingTimes.Text(at);
        Raise("meeting.ended", run.AccountId, payload, at);
    }

    public void Joined(ZoomRun run, ZoomStay stay)
    {
        JsonObject payload = OfRun(run);
        JsonObject person = Person(stay);
        person["join_time"] = MeetingTimes.Text(stay.JoinedAt);
        payload["object"]!["participant"] = person;
        Raise("meeting.participant_joined", run.AccountId, payload, stay.JoinedAt);
    }

    public void Left(ZoomRun run, ZoomStay stay, string reason)
    {
        JsonObject payload = OfRun(run);
        JsonObject person = Person(stay);
        person["leave_time"] = MeetingTimes.Text(stay.LeftAt ?? state.Now);
        person["leave_reason"] = $"{stay.Name} left the meeting.<br>Reason: {reason}";
        payload["object"]!["participant"] = person;
        Raise("meeting.participant_left", run.AccountId, payload, stay.LeftAt);
    }

    private void Gone(string name, ZoomMeeting meeting, ZoomUser? actor, ZoomOccurrence? date)
    {
        JsonObject thing = Brief(meeting);
        // These three are declared to have a start, whatever the meeting has.
        thing["start_time"] ??= MeetingTimes.Text(date?.StartsAt ?? meeting.CreatedAt);
        if (date is not null)
        {
            thing["occurrences"] = new JsonArray(
                new JsonObject { ["occurrence_id"] = date.Id, ["start_time"] = MeetingTimes.Text(date.StartsAt) }
            );
        }

        JsonObject payload = ByActor(meeting, actor);
        payload["operation"] = date is null ? "all" : "single";
        payload["object"] = thing;
        Raise(name, meeting.AccountId, payload);
    }

    private static JsonObject Brief(ZoomMeeting meeting)
    {
        JsonObject thing = new()
        {
            ["uuid"] = meeting.Uuid,
            ["id"] = meeting.Id,
            ["host_id"] = meeting.HostId,
            ["topic"] = meeting.Topic,
            ["type"] = meeting.Type,
        };
        if (meeting.StartsAt is { } start)
        {
            thing["start_time"] = MeetingTimes.Text(start);
        }

        thing["duration"] = meeting.Minutes;
        thing["timezone"] = meeting.TimeZone;
        return thing;
    }

    /// <summary>Everything an update can tell of.</summary>
    private static JsonObject Told(ZoomMeeting meeting)
    {
        JsonObject told = Brief(meeting);
        told["agenda"] = meeting.Agenda ?? "";
        told["password"] = meeting.Password ?? "";
        told["settings"] = new JsonObject(
            MeetingSettingsRules
                .Parse(meeting.Settings)
                .Where(setting => UpdatedSettings.Contains(setting.Key))
                .Select(setting => new KeyValuePair<string, JsonNode?>(setting.Key, setting.Value?.DeepClone()))
        );
        if (meeting.Recurrence is { } rule)
        {
            told["recurrence"] = MeetingReplies.Rule(rule);
        }

        if (meeting.Occurrences.Count > 0)
        {
            told["occurrences"] = Dates(meeting.Occurrences);
        }

        if (meeting.TrackingFields.Count > 0)
        {
            told["tracking_fields"] = MeetingReplies.Tracking(meeting.TrackingFields);
        }

        return told;
    }

    private static JsonObject Only(ZoomMeeting meeting, JsonObject told, IReadOnlyList<string> changed)
    {
        JsonObject only = new() { ["id"] = meeting.Id, ["uuid"] = meeting.Uuid };
        foreach (string name in changed.Where(name => told[name] is not null && name is not ("id" or "uuid")))
        {
            only[name] = told[name]!.DeepClone();
        }

        return only;
    }

    private static JsonArray Dates(IEnumerable<ZoomOccurrence> dates) => [.. dates.Select(MeetingReplies.Date)];

    private static JsonObject OfRun(ZoomRun run) =>
        new()
        {
            ["account_id"] = run.AccountId,
            ["object"] = new JsonObject
            {
                ["id"] = MeetingTables.Text(run.MeetingId),
                ["uuid"] = run.Uuid,
                ["host_id"] = run.HostId,
                ["topic"] = run.Topic,
                ["type"] = run.Type,
                ["start_time"] = MeetingTimes.Text(run.StartedAt),
                ["timezone"] = run.TimeZone,
                ["duration"] = run.Minutes,
            },
        };

    private static JsonObject Person(ZoomStay stay)
    {
        JsonObject person = new()
        {
            ["user_id"] = stay.JoinId,
            ["user_name"] = stay.Name,
            ["id"] = stay.UserId ?? "",
            ["participant_uuid"] = stay.PersonUuid,
            ["email"] = stay.UserId is null ? "" : stay.Email ?? "",
        };
        if (stay.UserId is not null)
        {
            person["participant_user_id"] = stay.UserId;
        }

        return person;
    }

    /// <summary>The actor is nobody when an account-level token did it.</summary>
    private static JsonObject ByActor(ZoomMeeting meeting, ZoomUser? actor) =>
        new()
        {
            ["account_id"] = meeting.AccountId,
            ["operator"] = actor?.Email ?? "",
            ["operator_id"] = actor?.Id ?? "",
        };

    private ZoomUser? Host(ZoomMeeting meeting) => state.Zoom.Users.Find(meeting.HostId);

    /// <summary>An event of the past carries the time it happened at, not the time it is told.</summary>
    private void Raise(string name, string accountId, JsonObject payload, Instant? at = null) =>
        ZoomEvents.Raise(
            state,
            name,
            accountId,
            payload,
            envelope: at is { } then && then != state.Now
                ? new JsonObject { ["event_ts"] = then.ToUnixTimeMilliseconds() }
                : null
        );

    private static readonly HashSet<string> UpdatedSettings =
    [
        "host_video",
        "participant_video",
        "join_before_host",
        "jbh_time",
        "mute_upon_entry",
        "audio",
        "auto_recording",
        "use_pmi",
        "waiting_room",
        "watermark",
        "approval_type",
        "registration_type",
        "alternative_hosts",
        "meeting_authentication",
        "authentication_option",
        "authentication_domains",
        "meeting_invitees",
        "language_interpretation",
        "sign_language_interpretation",
        "continuous_meeting_chat",
        "auto_start_meeting_summary",
        "who_will_receive_summary",
        "auto_start_ai_companion_questions",
        "who_can_ask_questions",
        "summary_template_id",
        "allow_host_control_participant_mute_state",
        "email_in_attendee_report",
    ];
}
