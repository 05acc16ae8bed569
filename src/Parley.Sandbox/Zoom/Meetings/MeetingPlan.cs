using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Turns what a call asks for into the meeting that comes of it, or says why not (reference §2.1, §2.3).</summary>
internal sealed class MeetingPlan(MeetingCall call)
{
    private World State => call.State;

    /// <summary>A new meeting.</summary>
    public (ZoomMeeting? Meeting, IResult? Refusal) Create(ZoomUser caller, MeetingRequest asked)
    {
        int type = asked.Type ?? MeetingStore.Scheduled;
        if (!TryHost(caller, asked, type, out ZoomUser? host, out IResult? refusal))
        {
            return (null, refusal);
        }

        if (type == MeetingStore.Recurring && asked.Recurrence is null)
        {
            return (null, MeetingCall.Validation("recurrence", "Required for a recurring meeting with fixed times."));
        }

        ZoomAccount account = State.Zoom.AccountOf(host);
        ZoomUserSettings usual = ZoomLocks.Effective(State, host);
        JsonObject settings = MeetingSettingsRules.Apply(
            MeetingSettingsRules.Defaults(usual),
            asked.Settings,
            usual,
            account
        );
        if (Check(settings, host) is { } wrong)
        {
            return (null, wrong);
        }

        string zone = asked.TimeZone ?? host.TimeZone;
        bool timed = type is not (MeetingStore.Instant or MeetingStore.RecurringAnyTime);
        Instant now = State.Now;
        ZoomMeeting meeting = new()
        {
            Id = Identifiers.NewNumber(State),
            Uuid = Identifiers.NewUuid(call.Switches),
            AccountId = host.AccountId,
            HostId = host.Id,
            AssistantId = host.Id == caller.Id ? null : caller.Id,
            Topic = asked.Topic is { Length: > 0 } topic ? topic : "Zoom Meeting",
            Type = type,
            Agenda = asked.Agenda,
            StartsAt = timed ? asked.Start(zone) ?? WholeSecond(now) : null,
            Minutes = asked.Minutes ?? 60,
            TimeZone = zone,
            Password =
                asked.Password is { Length: > 0 } chosen ? chosen
                : asked.DefaultPassword && usual.RequirePasscode ? MeetingStore.NewPasscode()
                : null,
            LinkSecret = Secrets.Text(24),
            Settings = settings.ToJsonString(),
            TrackingFields = asked.TrackingFields ?? [],
            Recurrence = type is MeetingStore.Recurring or MeetingStore.RecurringAnyTime ? asked.Recurrence : null,
            TemplateId = asked.TemplateId,
            PreSchedule = asked.PreSchedule ?? false,
            CreatedAt = now,
            UpdatedAt = now,
        };
        return (WithDates(meeting), null);
    }

    /// <summary>The whole meeting, or the whole series, changed.</summary>
    public (ZoomMeeting? Meeting, IResult? Refusal) Update(ZoomMeeting before, ZoomUser owner, MeetingRequest asked)
    {
        int type = asked.Type is { } wanted && before.Type != MeetingStore.PersonalRoom ? wanted : before.Type;
        if (!TryHost(owner, asked, type, out ZoomUser? host, out IResult? refusal))
        {
            return (null, refusal);
        }

        if (type == MeetingStore.Recurring && asked.Recurrence is null)
        {
            return (null, MeetingCall.Validation("recurrence", "Required to change the whole series."));
        }

        ZoomAccount account = State.Zoom.AccountOf(host);
        ZoomUserSettings usual = ZoomLocks.Effective(State, host);
        JsonObject settings = MeetingSettingsRules.Apply(
            MeetingSettingsRules.Parse(before.Settings),
            asked.Settings,
            usual,
            account
        );
        if (Check(settings, host) is { } wrong)
        {
            return (null, wrong);
        }

        bool timed = type is not (MeetingStore.Instant or MeetingStore.RecurringAnyTime or MeetingStore.PersonalRoom);
        // A start that is past, or none at all, changes nothing and is no error.
        Instant? start = asked.Start(before.TimeZone) is { } future && future > State.Now ? future : before.StartsAt;
        ZoomMeeting after = before with
        {
            HostId = host.Id,
            AssistantId = host.Id == before.HostId ? before.AssistantId : before.HostId,
            Topic = asked.Topic is { Length: > 0 } topic ? topic : before.Topic,
            Type = type,
            Agenda = asked.Agenda ?? before.Agenda,
            StartsAt = timed ? start ?? WholeSecond(State.Now) : null,
            Minutes = asked.Minutes ?? before.Minutes,
            TimeZone = asked.TimeZone ?? before.TimeZone,
            Password = Password(before, usual, asked),
            Settings = settings.ToJsonString(),
            TrackingFields = asked.TrackingFields ?? before.TrackingFields,
            Recurrence = type is MeetingStore.Recurring or MeetingStore.RecurringAnyTime
                ? asked.Recurrence ?? before.Recurrence
                : null,
            TemplateId = asked.TemplateId ?? before.TemplateId,
            PreSchedule = asked.PreSchedule ?? before.PreSchedule,
            UpdatedAt = State.Now,
        };
        bool sameDates =
            after.StartsAt == before.StartsAt
            && after.Minutes == before.Minutes
            && after.TimeZone == before.TimeZone
            && MeetingReplies.Same(after.Recurrence, before.Recurrence)
            && after.Type == before.Type;
        return (sameDates ? after : WithDates(after), null);
    }

    /// <summary>One date of a series changed: agenda, start, length and a few settings; the rest is passed over.</summary>
    public ZoomMeeting UpdateDate(ZoomMeeting before, ZoomOccurrence date, ZoomUser host, MeetingRequest asked)
    {
        JsonObject some = new(
            asked
                .Settings.Where(setting => SettingCatalogue.OfOneDate.Contains(setting.Key, StringComparer.Ordinal))
                .Select(setting => new KeyValuePair<string, JsonNode?>(setting.Key, setting.Value?.DeepClone()))
        );
        Instant start = asked.Start(before.TimeZone) is { } future && future > State.Now ? future : date.StartsAt;
        ZoomOccurrence changed = date with
        {
            StartsAt = start,
            Minutes = asked.Minutes ?? date.Minutes,
            Agenda = asked.Agenda ?? date.Agenda,
            Settings =
                some.Count == 0
                    ? date.Settings
                    : MeetingSettingsRules
                        .Apply(
                            MeetingSettingsRules.Parse(date.Settings ?? before.Settings),
                            some,
                            ZoomLocks.Effective(State, host),
                            State.Zoom.AccountOf(host)
                        )
                        .ToJsonString(),
        };
        return before with
        {
            Occurrences = [.. before.Occurrences.Select(one => one.Id == date.Id ? changed : one)],
            UpdatedAt = State.Now,
        };
    }

    private static ZoomMeeting WithDates(ZoomMeeting meeting)
    {
        if (meeting is not { Type: MeetingStore.Recurring, Recurrence: { } rule, StartsAt: { } start })
        {
            return meeting with { Occurrences = [] };
        }

        DateTimeZone zone = MeetingTimes.Zone(meeting.TimeZone) ?? DateTimeZone.Utc;
        IReadOnlyList<ZoomOccurrence> dates = Recurrence.Occurrences(rule, start, zone, meeting.Minutes);
        // The series begins with the first date its rule names.
        return meeting with { Occurrences = dates, StartsAt = dates.Count > 0 ? dates[0].StartsAt : start };
    }

    private static string? Password(ZoomMeeting before, ZoomUserSettings host, MeetingRequest asked) =>
        asked.Password switch
        {
            null => before.Password,
            // Taking it away works only where the host's own settings ask for none.
            "" => host.RequirePasscode ? before.Password : null,
            { } chosen => chosen,
        };

    /// <summary>The host: the user of the path, or the one a meeting is scheduled for.</summary>
    private bool TryHost(
        ZoomUser user,
        MeetingRequest asked,
        int type,
        [NotNullWhen(true)] out ZoomUser? host,
        [NotNullWhen(false)] out IResult? refusal
    )
    {
        (host, refusal) = (user, null);
        if (asked.ScheduleFor is { } other)
        {
            host = State.Zoom.Users.Find(other) ?? State.Zoom.UserByEmail(other);
            if (host is null || host.AccountId != user.AccountId)
            {
                refusal = ZoomErrors.Of(
                    StatusCodes.Status400BadRequest,
                    300,
                    "The value that you entered in the schedule_for field is invalid. Enter a valid value and try again."
                );
            }
            else if (type == MeetingStore.Instant && host.Id != user.Id)
            {
                refusal = ZoomErrors.Of(
                    StatusCodes.Status400BadRequest,
                    3000,
                    "Instant meetings do not support the schedule_for parameter, and you can't schedule an instant meeting for another user."
                );
            }
        }

        if (refusal is null && (host!.Status != ZoomUserStatus.Active || host.Type is not (1 or 2)))
        {
            refusal = MeetingCall.NoHosting();
        }

        return refusal is null;
    }

    private IResult? Check(JsonObject settings, ZoomUser host)
    {
        if (MeetingSettingsRules.Whole(settings, "approval_type") is 0 or 1 && !host.Licensed)
        {
            return ZoomErrors.NotEntitled("Registration is only available for licensed hosts.");
        }

        List<string> emails = [];
        foreach (
            string who in MeetingSettingsRules
                .Text(settings, "alternative_hosts")
                .Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
        {
            ZoomUser? other = State.Zoom.Users.Find(who) ?? State.Zoom.UserByEmail(who);
            if (
                other is not { Licensed: true, Status: ZoomUserStatus.Active }
                || other.AccountId != host.AccountId
                || other.Id == host.Id
            )
            {
                return MeetingCall.Validation(
                    "settings.alternative_hosts",
                    $"Cannot select this user as an alternative host: {who}"
                );
            }

            emails.Add(other.Email);
        }

        settings["alternative_hosts"] = string.Join(';', emails);
        return null;
    }

    private static Instant WholeSecond(Instant instant) => Instant.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());
}
