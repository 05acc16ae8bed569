using System.Globalization;
using NodaTime;

namespace Parley.Scheduling.Wording;

/// <summary>
/// Times as people say them, for mails and pages: <c>Tuesday 1 December 2026, 14:30–15:00 (Europe/Berlin, UTC+1)</c>.
/// English without a country reads day first and 24 hours; every other culture as its own patterns say.
/// </summary>
public static class HumanTime
{
    private const string EnglishDate = "dddd d MMMM yyyy";
    private const string EnglishMonthDay = "d MMMM";

    /// <summary>
    /// The culture of a BCP 47 tag; English if it is unknown or this installation has no culture data.
    /// </summary>
    public static CultureInfo Culture(string? locale)
    {
        if (string.IsNullOrWhiteSpace(locale))
        {
            return CultureInfo.InvariantCulture;
        }

        try
        {
            return CultureInfo.GetCultureInfo(locale, predefinedOnly: true);
        }
        catch (CultureNotFoundException)
        {
            // A visitor's browser may send anything; their text is then English.
            return CultureInfo.InvariantCulture;
        }
    }

    /// <summary>Date in full, times, zone: <c>Tuesday 1 December 2026, 14:30–15:00 (Europe/Berlin, UTC+1)</c>.</summary>
    public static string Range(Instant start, Instant end, DateTimeZone zone, CultureInfo? culture = null) =>
        Between(start, end, zone, Style.Of(culture), full: true) + " (" + Zone(start, end, zone) + ")";

    /// <summary>Short, for lists whose zone is named once: <c>Tue 1 Dec, 14:30–15:00</c>.</summary>
    public static string Short(Instant start, Instant end, DateTimeZone zone, CultureInfo? culture = null) =>
        Between(start, end, zone, Style.Of(culture), full: false);

    /// <summary>A moment in a table, the year too, for what may be long ago: <c>Tue 1 Dec 2026, 14:30</c>.</summary>
    public static string Moment(Instant at, DateTimeZone zone) =>
        at.InZone(zone).ToString("ddd d MMM uuuu, HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The date alone, in full: <c>Tuesday 1 December 2026</c>.</summary>
    public static string Date(LocalDate date, CultureInfo? culture = null) => Style.Of(culture).FullDate(date);

    /// <summary>The time alone: <c>14:30</c>, or <c>2:30 PM</c> where people say so.</summary>
    public static string Time(Instant instant, DateTimeZone zone, CultureInfo? culture = null) =>
        Style.Of(culture).Time(instant.InZone(zone).LocalDateTime);

    /// <summary>
    /// A zone with its offset: <c>Europe/Berlin, UTC+1</c>; both offsets if the clocks change in between; <c>UTC</c> as it is.
    /// </summary>
    public static string Zone(Instant start, Instant end, DateTimeZone zone)
    {
        if (zone.Id == "UTC")
        {
            return "UTC";
        }

        var first = Offset(zone.GetUtcOffset(start));
        var last = Offset(zone.GetUtcOffset(end));
        return first == last ? $"{zone.Id}, {first}" : $"{zone.Id}, {first} to {last}";
    }

    private static string Between(Instant start, Instant end, DateTimeZone zone, Style style, bool full)
    {
        var from = start.InZone(zone).LocalDateTime;
        var to = end.InZone(zone).LocalDateTime;
        var date = full ? style.FullDate(from.Date) : style.ShortDate(from.Date);
        if (from.Date == to.Date)
        {
            return $"{date}, {style.Times(from, to)}";
        }

        var endDate = full ? style.FullDate(to.Date) : style.ShortDate(to.Date);
        return $"{date}, {style.Time(from)} – {endDate}, {style.Time(to)}";
    }

    private static string Offset(Offset offset)
    {
        var seconds = Math.Abs(offset.Seconds);
        var sign = offset.Seconds < 0 ? '-' : '+';
        var hours = seconds / 3600;
        var minutes = seconds / 60 % 60;
        return minutes == 0
            ? string.Create(CultureInfo.InvariantCulture, $"UTC{sign}{hours}")
            : string.Create(CultureInfo.InvariantCulture, $"UTC{sign}{hours}:{minutes:00}");
    }

    private sealed class Style
    {
        private readonly CultureInfo culture;
        private readonly string fullDate;
        private readonly string shortDate;
        private readonly string time;
        private readonly bool halfDays;

        private Style(CultureInfo culture)
        {
            this.culture = culture;
            var format = culture.DateTimeFormat;
            var plain = CultureInfo.InvariantCulture.DateTimeFormat;
            // Where culture data is missing every culture has the invariant patterns, and English names with them.
            if (culture.Name is "" or "en" || format.LongDatePattern == plain.LongDatePattern)
            {
                this.culture = CultureInfo.InvariantCulture;
                fullDate = EnglishDate;
                shortDate = "ddd " + EnglishMonthDay.Replace("MMMM", "MMM", StringComparison.Ordinal);
                time = "HH:mm";
                return;
            }

            fullDate = format.LongDatePattern.Contains("ddd", StringComparison.Ordinal)
                ? format.LongDatePattern
                : "dddd, " + format.LongDatePattern;
            shortDate = "ddd, " + format.MonthDayPattern.Replace("MMMM", "MMM", StringComparison.Ordinal);
            // Narrow no-break spaces are right in print and boxes in some mail readers.
            time = format.ShortTimePattern.Replace('\u202f', ' ');
            halfDays = time.Contains('t', StringComparison.Ordinal);
        }

        public static Style Of(CultureInfo? culture) => new(culture ?? CultureInfo.InvariantCulture);

        public string FullDate(LocalDate date) => Format(date.AtMidnight(), fullDate);

        public string ShortDate(LocalDate date) => Format(date.AtMidnight(), shortDate);

        public string Time(LocalDateTime at) => Format(at, time);

        public string Times(LocalDateTime from, LocalDateTime to)
        {
            if (!halfDays)
            {
                return $"{Time(from)}–{Time(to)}";
            }

            // "2:30–3:00 PM", but "11:30 AM – 12:30 PM". Only where the half is said last can the first one lose it.
            if (from.Hour / 12 == to.Hour / 12 && time.EndsWith("tt", StringComparison.Ordinal))
            {
                return $"{Format(from, time[..^2].TrimEnd())}–{Time(to)}";
            }

            return $"{Time(from)} – {Time(to)}";
        }

        private string Format(LocalDateTime at, string pattern) =>
            at.ToDateTimeUnspecified().ToString(pattern, culture);
    }
}
