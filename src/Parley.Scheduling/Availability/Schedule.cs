using System.Text.Json.Serialization;
using NodaTime;

namespace Parley.Scheduling.Availability;

/// <summary>
/// When a host works: weekly hours on the wall clock of one zone, and dates that differ.
/// As JSON: <c>{"timeZone":"Europe/Berlin","weekly":[{"days":["MO"],"from":"09:00","to":"17:00"}],"overrides":[{"date":"2027-01-06","windows":[]}]}</c>.
/// </summary>
[JsonConverter(typeof(ScheduleConverter))]
public sealed record Schedule
{
    public required DateTimeZone TimeZone { get; init; }
    public IReadOnlyList<WeeklyHours> Weekly { get; init; } = [];

    /// <summary>
    /// Each replaces the weekly hours of its date. Two for one date add their windows together.
    /// </summary>
    public IReadOnlyList<DateOverride> Overrides { get; init; } = [];
}

/// <summary>One window repeated on some weekdays.</summary>
public sealed record WeeklyHours
{
    public required IReadOnlyList<IsoDayOfWeek> Days { get; init; }
    public required TimeWindow Window { get; init; }
}

/// <summary>The windows of one local date, instead of its weekly hours. No windows: closed.</summary>
public sealed record DateOverride
{
    public required LocalDate Date { get; init; }
    public required IReadOnlyList<TimeWindow> Windows { get; init; }
}

/// <summary>
/// Half-open stretch of one local day. <see cref="To"/> is later than <see cref="From"/>: a night shift is two windows,
/// 22:00–24:00 and 00:00–02:00 of the next day, which merge.
/// </summary>
public readonly record struct TimeWindow
{
    public TimeWindow(MinuteOfDay from, MinuteOfDay to)
    {
        if (to <= from)
        {
            throw new ArgumentException("A window ends after it starts.", nameof(to));
        }

        From = from;
        To = to;
    }

    public MinuteOfDay From { get; }
    public MinuteOfDay To { get; }
}
