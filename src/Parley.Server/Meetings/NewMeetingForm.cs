using System.Globalization;
using Microsoft.AspNetCore.Http;
using NodaTime;
using NodaTime.Text;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What was typed into "Schedule a meeting", as typed, so that it comes back with its mistakes.</summary>
public sealed record NewMeetingForm
{
    private const int LongestAttendees = 10_000;
    public string Subject { get; init; } = "";

    /// <summary><c>2026-12-01</c>, in <see cref="TimeZone"/>.</summary>
    public string Date { get; init; } = "";

    /// <summary><c>14:30</c>.</summary>
    public string Time { get; init; } = "";
    public string DurationMinutes { get; init; } = "30";
    public string TimeZone { get; init; } = "";
    public string ConnectionId { get; init; } = "";

    /// <summary>One a line: <c>ada@example.org</c> or <c>Ada Example &lt;ada@example.org&gt;</c>.</summary>
    public string Attendees { get; init; } = "";

    public static NewMeetingForm Of(IFormCollection form) =>
        new()
        {
            Subject = form["subject"].ToString(),
            Date = form["date"].ToString(),
            Time = form["time"].ToString(),
            DurationMinutes = form["durationMinutes"].ToString(),
            TimeZone = form["timeZone"].ToString(),
            ConnectionId = form["connectionId"].ToString(),
            Attendees = form["attendees"].ToString(),
        };

    /// <summary>The next full hour, in the member's zone.</summary>
    public static NewMeetingForm Empty(DateTimeZone zone, Instant now, string? connectionId)
    {
        var start = (now + Duration.FromHours(1)).InZone(zone).LocalDateTime.With(TimeAdjusters.TruncateToHour);
        return new NewMeetingForm
        {
            Date = LocalDatePattern.Iso.Format(start.Date),
            Time = start.TimeOfDay.ToString("HH:mm", CultureInfo.InvariantCulture),
            TimeZone = zone.Id,
            ConnectionId = connectionId ?? "",
        };
    }

    /// <summary>Everything wrong is named by the field it was typed into.</summary>
    public Answer<MeetingWish> Check(Instant now)
    {
        var errors = new FieldErrors();
        var zone = errors.Zone("timeZone", TimeZone);
        var start = StartOf(zone, errors);
        var minutes = int.TryParse(DurationMinutes, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
        if (minutes is < 1 or > 1440)
        {
            errors.Add("durationMinutes", "must be a number of minutes from 1 to 1440");
        }

        var wish = MeetingWish.Check(
            new MeetingRequest
            {
                Subject = Subject,
                // Where the start cannot be read its own fields say so; the rest is checked all the same.
                StartsAt = start ?? now,
                DurationMinutes = Math.Clamp(minutes, 1, 1440),
                TimeZone = zone.Id,
                Attendees = AttendeesOf(errors),
            },
            now
        );
        foreach (
            var (field, messages) in wish.Problem?.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal)
        )
        {
            Add(errors, field, messages);
        }

        return errors.Any ? errors.ToProblem() : wish;
    }

    private Instant? StartOf(DateTimeZone zone, FieldErrors errors)
    {
        var date = LocalDatePattern.Iso.Parse(Date.Trim());
        if (!date.Success)
        {
            errors.Add("date", "must be a day such as 2026-12-01");
        }

        var time = LocalTimePattern
            .CreateWithInvariantCulture("HH:mm")
            .Parse(Time.Trim() is { Length: 8 } full ? full[..5] : Time.Trim());
        if (!time.Success)
        {
            errors.Add("time", "must be a time such as 14:30");
        }

        if (!date.Success || !time.Success || errors.Any)
        {
            return null;
        }

        var mapping = zone.MapLocal(date.Value + time.Value);
        if (mapping.Count == 0)
        {
            errors.Add("time", "does not exist on that day: the clocks go forward");
            return null;
        }

        return mapping.First().ToInstant();
    }

    private List<AttendeeRequest> AttendeesOf(FieldErrors errors)
    {
        if (Attendees.Length > LongestAttendees)
        {
            errors.Add("attendees", $"must have at most {LongestAttendees} characters");
            return [];
        }

        return Attendees
            .ReplaceLineEndings("\n")
            .Split(['\n', ',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(Attendee)
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

    // attendees[2].email → the third one of the field "attendees".
    private static void Add(FieldErrors errors, string field, string[] messages)
    {
        foreach (var message in messages)
        {
            if (field == "startsAt")
            {
                errors.Add("date", message);
            }
            else if (field.StartsWith("attendees[", StringComparison.Ordinal))
            {
                var index = field["attendees[".Length..field.IndexOf(']', StringComparison.Ordinal)];
                var number = int.Parse(index, CultureInfo.InvariantCulture) + 1;
                errors.Add("attendees", FormattableString.Invariant($"no. {number} {message}"));
            }
            else
            {
                errors.Add(field, message);
            }
        }
    }
}
