using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What was typed into "Schedule a meeting" or "Change a meeting", as typed, so that it comes back with its mistakes.</summary>
public sealed record MeetingForm
{
    private const int LongestList = 10_000;
    private const string Scheduled = "scheduled";
    private static readonly LocalTimePattern TimePattern = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    public string Subject { get; init; } = "";

    /// <summary><c>scheduled</c>, <c>instant</c> or <c>recurring</c>; only the first has a date and a time.</summary>
    public string Type { get; init; } = Scheduled;

    /// <summary><c>2026-12-01</c>, in <see cref="TimeZone"/>.</summary>
    public string Date { get; init; } = "";

    /// <summary><c>14:30</c>.</summary>
    public string Time { get; init; } = "";
    public string DurationMinutes { get; init; } = "30";

    /// <summary><c>15:00</c>, on the next day where it is not after <see cref="Time"/>; where given it counts instead of the length.</summary>
    public string EndTime { get; init; } = "";
    public string TimeZone { get; init; } = "";
    public string ConnectionId { get; init; } = "";
    public string Description { get; init; } = "";
    public bool PasscodeRequired { get; init; }

    /// <summary>As in <see cref="MeetingRequest.Audio"/>; empty, where the provider does not tell it: not chosen.</summary>
    public string Audio { get; init; } = "hybrid";
    public string AudioText { get; init; } = "";

    /// <summary>Keys ticked in the list of the account's organizers.</summary>
    public IReadOnlyList<string> CoOrganizers { get; init; } = [];

    /// <summary>The connection whose organizers the list showed.</summary>
    public string CoOrganizersOf { get; init; } = "";

    /// <summary>Further ones by address, separated by commas or lines.</summary>
    public string CoOrganizerEmails { get; init; } = "";

    /// <summary>One a line: <c>ada@example.org</c> or <c>Ada Example &lt;ada@example.org&gt;</c>.</summary>
    public string Attendees { get; init; } = "";

    /// <summary>Whether the people invited get mails.</summary>
    public bool Notify { get; init; } = true;

    /// <summary>The record of another system it belongs to, empty texts: none; null, where the form does not ask: it stays.</summary>
    public ReferenceRequest? Reference { get; init; }

    /// <summary>Makes sending twice make one meeting.</summary>
    public string Key { get; init; } = "";

    /// <summary>Of a meeting that is changed: the version the form was filled from.</summary>
    public int Version { get; init; }

    public bool IsScheduled => Type == Scheduled;

    public static MeetingForm Of(IFormCollection form) =>
        new()
        {
            Subject = form["subject"].ToString(),
            Type = form["type"].ToString() is { Length: > 0 } type ? type : Scheduled,
            Date = form["date"].ToString(),
            Time = form["time"].ToString(),
            DurationMinutes = form["durationMinutes"].ToString(),
            EndTime = form["endTime"].ToString(),
            TimeZone = form["timeZone"].ToString(),
            ConnectionId = form["connectionId"].ToString(),
            Description = form["description"].ToString(),
            PasscodeRequired = form["passcodeRequired"].Count > 0,
            Audio = form["audio"].ToString(),
            AudioText = form["audioText"].ToString(),
            CoOrganizers = form["coOrganizers"].OfType<string>().Distinct(StringComparer.Ordinal).ToList(),
            CoOrganizersOf = form["coOrganizersOf"].ToString(),
            CoOrganizerEmails = form["coOrganizerEmails"].ToString(),
            Attendees = form["attendees"].ToString(),
            Notify = form["notify"].Count > 0,
            Reference = ReferenceRequest.Of(form),
            Key = form["key"].ToString(),
            Version = int.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? version
                : 0,
        };

    /// <summary>The next full hour, in the member's zone.</summary>
    public static MeetingForm Empty(DateTimeZone zone, Instant now, string? connectionId) =>
        new MeetingForm { ConnectionId = connectionId ?? "", Key = FormKeys.New() }.At(NextHour(zone, now), zone);

    /// <summary>Another one like this: the same account, zone, length and audio.</summary>
    public static MeetingForm Another(Arrangement like, Instant now)
    {
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(like.TimeZone) ?? DateTimeZone.Utc;
        return Empty(zone, now, like.ConnectionId) with
        {
            DurationMinutes = like.IsRecurring ? "30" : Minutes(like.StartsAt, like.EndsAt),
            Audio = AudioOf(like.Details.Audio),
            AudioText = like.Details.AudioText ?? "",
        };
    }

    /// <summary>A meeting of ours, to be changed.</summary>
    public static MeetingForm Of(Arrangement arrangement)
    {
        var details = arrangement.Details;
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(arrangement.TimeZone) ?? DateTimeZone.Utc;
        var attendees = arrangement.AttendeeList;
        return new MeetingForm
        {
            Subject = arrangement.Subject,
            Type = MeetingViews.TypeOf(details.Type),
            DurationMinutes = arrangement.IsRecurring ? "" : Minutes(arrangement.StartsAt, arrangement.EndsAt),
            ConnectionId = arrangement.ConnectionId,
            Description = details.Description ?? "",
            PasscodeRequired = details.PasscodeRequired,
            Audio = AudioOf(details.Audio),
            AudioText = details.AudioText ?? "",
            CoOrganizers = details.CoOrganizerKeys,
            CoOrganizersOf = arrangement.ConnectionId,
            Attendees = string.Join(
                '\n',
                attendees.Select(one => one.Name == one.Email ? one.Email : $"{one.Name} <{one.Email}>")
            ),
            Notify = attendees.Count == 0 || attendees.Any(one => one.Notify),
            Reference = ReferenceRequest.Of(arrangement.Reference),
            Version = arrangement.Version,
        }.At(arrangement.StartsAt.InZone(zone).LocalDateTime, zone);
    }

    /// <summary>A meeting Parley did not make, to be changed: what the provider does not tell is left open.</summary>
    /// <param name="reader">Zone of whoever changes it, for a provider that tells none.</param>
    public static MeetingForm Of(MeetingView meeting, bool passcodeRequired, DateTimeZone reader)
    {
        var zone = meeting.TimeZone is { } told ? DateTimeZoneProviders.Tzdb.GetZoneOrNull(told) ?? reader : reader;
        var form = new MeetingForm
        {
            Subject = meeting.Subject,
            Type = meeting.Type,
            DurationMinutes = meeting.DurationMinutes?.ToString(CultureInfo.InvariantCulture) ?? "",
            ConnectionId = meeting.ConnectionId,
            PasscodeRequired = passcodeRequired,
            Audio = "",
            CoOrganizers = meeting.CoOrganizers,
            CoOrganizersOf = meeting.ConnectionId,
            TimeZone = zone.Id,
        };
        return meeting.StartsAt is { } start ? form.At(start.InZone(zone).LocalDateTime, zone) : form;
    }

    /// <summary>Everything wrong is named by the field it was typed into.</summary>
    /// <param name="current">The meeting that is changed: what the form does not show stays as it is there.</param>
    public Answer<MeetingWish> Check(Instant now, IReadOnlyList<string> coOrganizers, Arrangement? current = null)
    {
        var errors = new FieldErrors();
        var request = Read(errors, now, coOrganizers, current, current?.StartsAt);
        var wish = MeetingWish.Check(request, now, current?.StartsAt, current?.Details.Type);
        Add(errors, wish.Problem);
        return errors.Any ? errors.ToProblem() : wish;
    }

    /// <summary>For a meeting Parley did not make: what is to be different there, as a merge patch.</summary>
    public Answer<byte[]> ToPatch(Instant now, IReadOnlyList<string> coOrganizers, Meeting meeting)
    {
        var errors = new FieldErrors();
        var request = Read(errors, now, coOrganizers, null, meeting.StartsAt) with
        {
            Attendees = null,
            Description = null,
        };
        Add(errors, MeetingWish.Check(request, now, meeting.StartsAt, meeting.Type).Problem);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var patch = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["subject"] = request.Subject,
            ["passcodeRequired"] = request.PasscodeRequired,
            ["coOrganizers"] = request.CoOrganizers,
        };
        if (IsScheduled)
        {
            patch["startsAt"] = request.StartsAt;
            patch["timeZone"] = request.TimeZone;
            patch[request.EndsAt is null ? "durationMinutes" : "endsAt"] = request.EndsAt is { } end
                ? end
                : request.DurationMinutes;
        }

        if (Audio.Length > 0)
        {
            patch["audio"] = request.Audio;
            patch["audioText"] = request.AudioText;
        }

        return JsonSerializer.SerializeToUtf8Bytes(patch, Json.Api);
    }

    /// <summary>Addresses typed for co-organizers, one an entry.</summary>
    public IReadOnlyList<string> CoOrganizerAddresses =>
        CoOrganizerEmails.Length > LongestList ? [] : Entries(CoOrganizerEmails).ToList();

    private MeetingRequest Read(
        FieldErrors errors,
        Instant now,
        IReadOnlyList<string> coOrganizers,
        Arrangement? current,
        Instant? before
    )
    {
        var zone = errors.Zone("timeZone", TimeZone);
        var known = current is null ? new MeetingRequest() : MeetingRequest.Of(current);
        var request = known with
        {
            Subject = Subject,
            TimeZone = zone.Id,
            Description = Description,
            PasscodeRequired = PasscodeRequired,
            Audio = Audio.Length == 0 ? null : Audio,
            AudioText = Audio == "custom" ? AudioText : null,
            CoOrganizers = coOrganizers,
            Attendees = AttendeesOf(errors, current),
            Reference = Reference is { } record ? record.Tidy() : known.Reference,
            Type = Type,
        };
        if (CoOrganizerEmails.Length > LongestList)
        {
            errors.Add("coOrganizerEmails", $"must have at most {LongestList} characters");
        }

        if (Type == "recurring" && request.Attendees is { Count: > 0 } invited && invited.Any(one => one.Notify))
        {
            errors.Add(
                "notify",
                "is not possible: a recurring meeting has no time to invite to. Untick it, and send the link yourself"
            );
            request = request with { Attendees = [] };
        }

        return IsScheduled ? Timed(request, zone, now, before, errors)
            : current is null && Type == "instant" ? request with { DurationMinutes = Length(errors) }
            : request;
    }

    private MeetingRequest Timed(
        MeetingRequest request,
        DateTimeZone zone,
        Instant now,
        Instant? before,
        FieldErrors errors
    )
    {
        var start = FormTime.Start(errors, zone, Date, Time, TimePattern);
        if (before is { } old && Shows(old, zone))
        {
            // Not touched: of an hour that comes twice it stays the one it was, to the second.
            start = old;
        }

        var begin = start ?? now;
        if (EndTime.Trim().Length > 0)
        {
            var end = start is null ? null : FormTime.End(errors, zone, begin, EndTime, TimePattern);
            // Where a time cannot be read its own field says so; the rest is checked all the same.
            return request with { StartsAt = begin, EndsAt = end, DurationMinutes = end is null ? 1 : null };
        }

        return request with
        {
            StartsAt = begin,
            EndsAt = null,
            DurationMinutes = Length(errors),
        };
    }

    private bool Shows(Instant start, DateTimeZone zone) =>
        new MeetingForm().At(start.InZone(zone).LocalDateTime, zone) is var shown
        && shown.Date == Date.Trim()
        && Time.Trim().StartsWith(shown.Time, StringComparison.Ordinal);

    private int Length(FieldErrors errors)
    {
        if (
            int.TryParse(DurationMinutes.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            && minutes is >= 1 and <= 1440
        )
        {
            return minutes;
        }

        errors.Add("durationMinutes", "must be a number of minutes from 1 to 1440");
        return 1;
    }

    private List<AttendeeRequest> AttendeesOf(FieldErrors errors, Arrangement? current)
    {
        if (Attendees.Length > LongestList)
        {
            errors.Add("attendees", $"must have at most {LongestList} characters");
            return [];
        }

        // Some get mails and some do not: who is known keeps what they have.
        var known = (current?.AttendeeList ?? []).ToLookup(one => one.Email, StringComparer.OrdinalIgnoreCase);
        var keep = current is not null && current.AttendeeList.Any(one => one.Notify);
        return Entries(Attendees)
            .Select(Attendee)
            .Select(one =>
                one with
                {
                    Notify = Notify && (!keep || (known[one.Email!].FirstOrDefault()?.Notify ?? true)),
                }
            )
            .ToList();
    }

    private static AttendeeRequest Attendee(string line)
    {
        var bracket = line.LastIndexOf('<');
        if (bracket < 0 || !line.EndsWith('>'))
        {
            return new AttendeeRequest { Name = line, Email = line };
        }

        var email = line[(bracket + 1)..^1].Trim();
        var name = line[..bracket].Trim().Trim('"').Trim();
        return new AttendeeRequest { Name = name.Length == 0 ? email : name, Email = email };
    }

    private static IEnumerable<string> Entries(string text) =>
        text.ReplaceLineEndings("\n")
            .Split(['\n', ',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // attendees[2].email → the third one of the field "attendees".
    private static void Add(FieldErrors errors, Problem? problem)
    {
        foreach (var (field, messages) in problem?.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal))
        {
            foreach (var message in messages)
            {
                var bracket = field.IndexOf('[', StringComparison.Ordinal);
                if (bracket < 0)
                {
                    errors.Add(
                        field switch
                        {
                            "startsAt" => "date",
                            "endsAt" => "endTime",
                            _ => field,
                        },
                        message
                    );
                    continue;
                }

                var index = field[(bracket + 1)..field.IndexOf(']', StringComparison.Ordinal)];
                var number = int.Parse(index, CultureInfo.InvariantCulture) + 1;
                errors.Add(field[..bracket], FormattableString.Invariant($"no. {number} {message}"));
            }
        }
    }

    private MeetingForm At(LocalDateTime start, DateTimeZone zone) =>
        this with
        {
            Date = LocalDatePattern.Iso.Format(start.Date),
            Time = TimePattern.Format(start.TimeOfDay),
            TimeZone = zone.Id,
        };

    private static LocalDateTime NextHour(DateTimeZone zone, Instant now) =>
        (now + Duration.FromHours(1)).InZone(zone).LocalDateTime.With(TimeAdjusters.TruncateToHour);

    private static string Minutes(Instant from, Instant to) =>
        WholeMinutes.Between(from, to).ToString(CultureInfo.InvariantCulture);

    private static string AudioOf(AudioOption audio) => JsonNamingPolicy.CamelCase.ConvertName(audio.ToString());
}
