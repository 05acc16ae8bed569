using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using NodaTime;
using NodaTime.Text;
using Parley.Scheduling.Availability;
using Parley.Scheduling.Wording;
using Parley.Server.Web.Parts;

namespace Parley.Server.Booking.Views;

/// <summary>What a visitor's address asks for: the zone they read times in, the month and the day they look at.</summary>
public sealed record Visit
{
    /// <summary>The zone times are shown in.</summary>
    public required DateTimeZone Zone { get; init; }

    /// <summary>The address named a zone. Without one the page's script may bring the browser's.</summary>
    public required bool ZoneIsChosen { get; init; }

    /// <summary>What the address named instead of a zone.</summary>
    public string? UnknownZone { get; init; }

    public YearMonth? Month { get; init; }
    public LocalDate? Day { get; init; }

    public static Visit Of(HttpContext context, DateTimeZone otherwise) =>
        Of(context.Request.Query["tz"], context.Request.Query["month"], context.Request.Query["day"], otherwise);

    public static Visit Of(string? zoneId, string? month, string? day, DateTimeZone otherwise)
    {
        var zone = string.IsNullOrEmpty(zoneId) ? null : TimeZones.Find(zoneId);
        LocalDate? chosen =
            LocalDatePattern.Iso.Parse(day ?? "") is { Success: true } date && IsSensible(date.Value.Year)
                ? date.Value
                : null;
        return new Visit
        {
            Zone = zone ?? otherwise,
            ZoneIsChosen = zone is not null,
            UnknownZone = zone is null && !string.IsNullOrEmpty(zoneId) ? Short(zoneId) : null,
            Day = chosen,
            Month =
                YearMonthPattern.Iso.Parse(month ?? "") is { Success: true } wanted && IsSensible(wanted.Value.Year)
                    ? wanted.Value
                    : chosen?.ToYearMonth(),
        };
    }

    /// <summary>An address that keeps the zone; <paramref name="values"/> alternates names and values, null values are left out.</summary>
    public string Link(string path, params ReadOnlySpan<string?> values)
    {
        var address = path;
        for (var index = 0; index + 1 < values.Length; index += 2)
        {
            if (values[index + 1] is { } value)
            {
                address = QueryHelpers.AddQueryString(address, values[index]!, value);
            }
        }

        return ZoneIsChosen ? QueryHelpers.AddQueryString(address, "tz", Zone.Id) : address;
    }

    /// <summary>The zone by name, with the offset that holds at a time.</summary>
    public string ZoneAt(Instant time) => HumanTime.Zone(time, time, Zone);

    /// <summary>An instant that came in an address or a hidden field; null when no calendar reaches there.</summary>
    public static Instant? Start(string? text) =>
        text is { Length: <= 40 }
        && InstantPattern.ExtendedIso.Parse(text) is { Success: true } start
        && PageCalendar.Reaches(start.Value)
            ? start.Value
            : null;

    public static string Text(Instant start) => InstantPattern.ExtendedIso.Format(start);

    public static string Text(YearMonth month) => YearMonthPattern.Iso.Format(month);

    public static string Text(LocalDate day) => LocalDatePattern.Iso.Format(day);

    /// <summary><c>December 2026</c>.</summary>
    public static string Name(YearMonth month) =>
        month.OnDayOfMonth(1).ToString("MMMM uuuu", CultureInfo.InvariantCulture);

    // Far enough for anyone; arithmetic at the ends of the calendar would overflow.
    private static bool IsSensible(int year) => year is >= 2000 and <= 2200;

    private static string Short(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
