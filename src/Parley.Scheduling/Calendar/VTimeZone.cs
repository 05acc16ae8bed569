using System.Globalization;
using NodaTime;
using NodaTime.TimeZones;

namespace Parley.Scheduling.Calendar;

/// <summary>
/// The VTIMEZONE (RFC 5545 §3.6.5) of one event: an observance for every stretch of the zone's rules from the start of
/// the year the event begins in to the end of the year it ends in. Each names its own onset, so no recurrence rule has
/// to be guessed and countries that decide by decree are right too.
/// </summary>
internal static class VTimeZone
{
    /// <summary>Where a zone's rules have no beginning; the year other producers use.</summary>
    private static readonly LocalDateTime NoBeginning = new(1601, 1, 1, 0, 0);

    public static void Write(ContentLines lines, DateTimeZone zone, Instant startsAt, Instant endsAt)
    {
        var from = zone.AtStartOfDay(new LocalDate(startsAt.InZone(zone).Year, 1, 1)).ToInstant();
        var to = zone.AtStartOfDay(new LocalDate(endsAt.InZone(zone).Year + 1, 1, 1)).ToInstant();
        lines.Raw("BEGIN", "VTIMEZONE");
        lines.Text("TZID", zone.Id);
        foreach (var interval in zone.GetZoneIntervals(from, to))
        {
            WriteObservance(lines, zone, interval);
        }

        lines.Raw("END", "VTIMEZONE");
    }

    private static void WriteObservance(ContentLines lines, DateTimeZone zone, ZoneInterval interval)
    {
        var before = interval.HasStart
            ? zone.GetZoneInterval(interval.Start - Duration.Epsilon).WallOffset
            : interval.WallOffset;
        // The onset is told on the clock that is being left.
        var onset = interval.HasStart ? interval.Start.WithOffset(before).LocalDateTime : NoBeginning;
        var kind = interval.Savings > Offset.Zero ? "DAYLIGHT" : "STANDARD";
        lines.Raw("BEGIN", kind);
        lines.Raw("DTSTART", ICalendar.Format(onset));
        lines.Raw("TZOFFSETFROM", Format(before));
        lines.Raw("TZOFFSETTO", Format(interval.WallOffset));
        lines.Text("TZNAME", interval.Name);
        lines.Raw("END", kind);
    }

    /// <summary>RFC 5545 §3.3.14: minus zero is not allowed, seconds only where there are any.</summary>
    private static string Format(Offset offset)
    {
        var seconds = Math.Abs(offset.Seconds);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{(offset < Offset.Zero ? '-' : '+')}{seconds / 3600:00}{seconds / 60 % 60:00}"
        );
        return seconds % 60 == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}{seconds % 60:00}");
    }
}
