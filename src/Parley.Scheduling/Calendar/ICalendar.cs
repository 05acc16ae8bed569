using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace Parley.Scheduling.Calendar;

/// <summary>Writes iCalendar objects (RFC 5545) for mail (iTIP, RFC 5546): one event, with the rules of its zone.</summary>
public static class ICalendar
{
    private const string Product = "-//Parley//Parley//EN";

    private static readonly LocalDateTimePattern Local = LocalDateTimePattern.CreateWithInvariantCulture(
        "uuuuMMdd'T'HHmmss"
    );

    private static readonly InstantPattern Utc = InstantPattern.CreateWithInvariantCulture("uuuuMMdd'T'HHmmss'Z'");

    /// <summary>The method as mail headers and the object spell it: <c>REQUEST</c>, <c>CANCEL</c> or <c>PUBLISH</c>.</summary>
    public static string Name(CalendarMethod method) =>
        method switch
        {
            CalendarMethod.Request => "REQUEST",
            CalendarMethod.Cancel => "CANCEL",
            _ => "PUBLISH",
        };

    /// <summary>
    /// The whole object: CRLF line ends, lines folded at 75 octets of UTF-8. Nothing in the event's texts can end a line
    /// or start a property.
    /// </summary>
    public static string Write(CalendarEvent calendarEvent, CalendarMethod method)
    {
        ArgumentNullException.ThrowIfNull(calendarEvent);
        var lines = new ContentLines();
        lines.Raw("BEGIN", "VCALENDAR");
        lines.Raw("PRODID", Product);
        lines.Raw("VERSION", "2.0");
        lines.Raw("CALSCALE", "GREGORIAN");
        lines.Raw("METHOD", Name(method));
        var zone = WrittenZone(calendarEvent);
        if (zone is not null)
        {
            VTimeZone.Write(lines, zone, calendarEvent.StartsAt, calendarEvent.EndsAt);
        }

        WriteEvent(lines, calendarEvent, method, zone);
        lines.Raw("END", "VCALENDAR");
        return lines.ToString();
    }

    /// <summary>
    /// A calendar to take along, of any number of events with their times in one zone. It asks nobody for anything, so it names no method
    /// and nobody invited (RFC 5545 §3.7.2).
    /// </summary>
    public static string WriteAll(IReadOnlyList<CalendarEvent> events, DateTimeZone zone)
    {
        ArgumentNullException.ThrowIfNull(events);
        var lines = new ContentLines();
        lines.Raw("BEGIN", "VCALENDAR");
        lines.Raw("PRODID", Product);
        lines.Raw("VERSION", "2.0");
        lines.Raw("CALSCALE", "GREGORIAN");
        if (!IsUtc(zone) && events.Count > 0)
        {
            VTimeZone.Write(lines, zone, events.Min(one => one.StartsAt), events.Max(one => one.EndsAt));
        }

        foreach (var one in events)
        {
            var written = one with { TimeZone = zone };
            WriteEvent(lines, written, CalendarMethod.Publish, WrittenZone(written));
        }

        lines.Raw("END", "VCALENDAR");
        return lines.ToString();
    }

    internal static string Format(LocalDateTime local) => Local.Format(local);

    private static void WriteEvent(ContentLines lines, CalendarEvent one, CalendarMethod method, DateTimeZone? zone)
    {
        lines.Raw("BEGIN", "VEVENT");
        lines.Text("UID", one.Uid);
        lines.Raw("SEQUENCE", one.Sequence.ToString(CultureInfo.InvariantCulture));
        lines.Raw("DTSTAMP", Utc.Format(one.Stamp));
        WriteTime(lines, "DTSTART", one.StartsAt, zone);
        WriteTime(lines, "DTEND", one.EndsAt, zone);
        lines.Text("SUMMARY", one.Summary);
        lines.OptionalText("DESCRIPTION", one.Description);
        lines.OptionalText("LOCATION", one.Location);
        if (!string.IsNullOrWhiteSpace(one.Url))
        {
            lines.Uri("URL", one.Url);
        }

        lines.Raw("STATUS", method == CalendarMethod.Cancel ? "CANCELLED" : "CONFIRMED");
        lines.Raw("TRANSP", "OPAQUE");
        if (one.Organizer is { } organizer)
        {
            lines.Address("ORGANIZER", organizer.Email, ("CN", organizer.Name));
        }

        if (method != CalendarMethod.Publish)
        {
            foreach (var attendee in one.Attendees)
            {
                WriteAttendee(lines, attendee);
            }
        }

        lines.Raw("END", "VEVENT");
    }

    private static void WriteAttendee(ContentLines lines, CalendarAttendee attendee) =>
        lines.Address(
            "ATTENDEE",
            attendee.Person.Email,
            ("CN", attendee.Person.Name),
            (
                "ROLE",
                attendee.Role switch
                {
                    AttendeeRole.Chair => "CHAIR",
                    AttendeeRole.Optional => "OPT-PARTICIPANT",
                    AttendeeRole.NonParticipant => "NON-PARTICIPANT",
                    _ => "REQ-PARTICIPANT",
                }
            ),
            (
                "PARTSTAT",
                attendee.Participation switch
                {
                    Participation.Accepted => "ACCEPTED",
                    Participation.Declined => "DECLINED",
                    Participation.Tentative => "TENTATIVE",
                    _ => "NEEDS-ACTION",
                }
            ),
            ("RSVP", attendee.Rsvp ? "TRUE" : "FALSE")
        );

    private static void WriteTime(ContentLines lines, string name, Instant instant, DateTimeZone? zone)
    {
        if (zone is null)
        {
            lines.Raw(name, Utc.Format(instant));
        }
        else
        {
            lines.Raw(name, Format(instant.InZone(zone).LocalDateTime), ("TZID", zone.Id));
        }
    }

    /// <summary>
    /// The zone to write times in; null for UTC. A zoned time cannot tell the second occurrence of a repeated hour from
    /// the first (RFC 5545 §3.3.5), so an event that starts or ends in one is written in UTC, which every calendar shows
    /// in its owner's zone anyway.
    /// </summary>
    private static DateTimeZone? WrittenZone(CalendarEvent one)
    {
        var zone = one.TimeZone;
        return IsUtc(zone) || IsSecondOccurrence(one.StartsAt, zone) || IsSecondOccurrence(one.EndsAt, zone)
            ? null
            : zone;
    }

    private static bool IsSecondOccurrence(Instant instant, DateTimeZone zone) =>
        zone.MapLocal(instant.InZone(zone).LocalDateTime).First().ToInstant() != instant;

    private static bool IsUtc(DateTimeZone zone) => zone.Id is "UTC" or "Etc/UTC" or "Etc/GMT" or "GMT" or "Zulu";
}
