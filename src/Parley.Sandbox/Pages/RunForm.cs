using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using NodaTime;
using NodaTime.Text;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Pages;

/// <summary>The form that lets a meeting have taken place: what was typed, so that it is there again when something does not fit.</summary>
public sealed partial record RunForm(string StartedAt, string Minutes, string Attendees, bool Recording)
{
    private const int LongestName = 100;
    private const int MostAttendees = 250;

    private static readonly LocalDateTimePattern[] Patterns =
    [
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss"),
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm"),
    ];

    /// <summary>As planned, with a guest.</summary>
    public static RunForm Planned(Meeting meeting) =>
        new(
            Patterns[0].Format(meeting.StartsAt.InUtc().LocalDateTime),
            Math.Clamp((int)(meeting.EndsAt - meeting.StartsAt).TotalMinutes, 1, 24 * 60)
                .ToString(CultureInfo.InvariantCulture),
            "Gus Guest",
            Recording: false
        );

    /// <summary>What was sent; the plain button of the overview sends no field and means as planned.</summary>
    public static RunForm Read(IFormCollection form, Meeting meeting) =>
        form.ContainsKey("form")
            ? new RunForm(
                form["startedAt"].ToString(),
                form["minutes"].ToString(),
                form["attendees"].ToString(),
                form["recording"] == "true"
            )
            : Planned(meeting);

    /// <summary>The session it describes, or what does not fit.</summary>
    internal (PastSession? Past, string? Problem) ToSession()
    {
        ParseResult<LocalDateTime>? start = Patterns
            .Select(pattern => pattern.Parse(StartedAt))
            .FirstOrDefault(parsed => parsed.Success && parsed.Value.Year is > 1970 and < 9000);
        if (start is null)
        {
            return (null, "Give the date and time it began.");
        }

        if (
            !int.TryParse(Minutes, NumberStyles.None, CultureInfo.InvariantCulture, out int minutes)
            || minutes is < 1 or > 24 * 60
        )
        {
            return (null, "Give its length as 1 to 1440 minutes.");
        }

        string[] lines = Attendees.Split(
            ['\r', '\n'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        List<PastStay> stays = [];
        foreach (string line in lines)
        {
            Match match = Line().Match(line);
            string name = match.Groups["name"].Value;
            if (!match.Success || name.Length is 0 or > LongestName)
            {
                return (null, $"“{line}” is not a name, or a name and <address>.");
            }

            string email = match.Groups["email"].Value;
            stays.Add(new PastStay(new Guest(name, email.Length == 0 ? null : email)));
        }

        return stays.Count > MostAttendees
            ? (null, $"At most {MostAttendees} people can have come.")
            : (
                new PastSession(start.Value.InUtc().ToInstant(), Duration.FromMinutes(minutes))
                {
                    Stays = stays,
                    Recording = Recording ? new PastRecording() : null,
                },
                null
            );
    }

    [GeneratedRegex(
        @"^(?<name>[^<>]*[^<>\s])(\s*<(?<email>[^<>@\s]+@[^<>@\s]+)>)?$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Line();
}
