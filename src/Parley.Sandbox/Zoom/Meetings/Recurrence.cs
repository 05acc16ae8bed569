using System.Globalization;
using NodaTime;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Reads the <c>recurrence</c> object and works out its dates (reference §2.1).</summary>
internal static class Recurrence
{
    public const int Daily = 1;
    public const int Weekly = 2;
    public const int Monthly = 3;

    /// <summary>Zoom's own end of a series that names none.</summary>
    private const int MostOccurrences = 60;

    /// <summary>Null when the object does not fit; what does not is noted in the reader.</summary>
    public static ZoomRecurrence? Read(FieldReader fields)
    {
        int problems = fields.Problems.Count;
        if (!fields.Has("type"))
        {
            fields.Refuse("type", "Required.");
        }

        int type = fields.Whole("type", Daily, Monthly) ?? Daily;
        int interval =
            fields.Whole(
                "repeat_interval",
                1,
                type switch
                {
                    Daily => 99,
                    Weekly => 50,
                    _ => 10,
                }
            ) ?? 1;
        int? endTimes = fields.Whole("end_times", 0, MostOccurrences);
        Instant? endsAt = null;
        if (fields.Text("end_date_time") is { Length: > 0 } end)
        {
            endsAt = MeetingTimes.ReadUniversal(end);
            if (endsAt is null)
            {
                fields.Refuse("end_date_time", "Must be a date-time in UTC.");
            }
        }

        ZoomRecurrence rule = new()
        {
            Type = type,
            Interval = interval,
            WeekDays = type == Weekly ? WeekDays(fields) : [],
            MonthDay = type == Monthly ? fields.Whole("monthly_day", 1, 31) : null,
            MonthWeek = type == Monthly ? fields.WholeOf("monthly_week", [-1, 1, 2, 3, 4]) : null,
            MonthWeekDay = type == Monthly ? fields.Whole("monthly_week_day", 1, 7) : null,
            EndTimes = endTimes,
            EndsAt = endsAt,
        };
        return fields.Problems.Count == problems ? rule : null;
    }

    /// <summary>
    /// The dates, from the first start on. A series keeps its wall clock over changes of daylight saving; the first date counts only if
    /// the rule names it.
    /// </summary>
    public static IReadOnlyList<ZoomOccurrence> Occurrences(
        ZoomRecurrence rule,
        Instant start,
        DateTimeZone zone,
        int minutes
    )
    {
        LocalDateTime first = start.InZone(zone).LocalDateTime;
        int most =
            rule.EndTimes is > 0 and { } times ? times
            : rule.EndsAt is null && rule.EndTimes is null ? 1
            : MostOccurrences;
        List<ZoomOccurrence> dates = [];
        foreach (LocalDate day in Days(rule, first.Date).SkipWhile(day => day < first.Date))
        {
            Instant at = day.At(first.TimeOfDay).InZoneLeniently(zone).ToInstant();
            if (dates.Count == most || at > rule.EndsAt)
            {
                break;
            }

            dates.Add(new ZoomOccurrence(Id(at), at, minutes));
        }

        return dates;
    }

    public static string Id(Instant start) => start.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    private static IReadOnlyList<int> WeekDays(FieldReader fields)
    {
        if (fields.Text("weekly_days") is not { Length: > 0 } text)
        {
            return [];
        }

        List<int> days = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (
                int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int day) && day is >= 1 and <= 7
            )
            {
                days.Add(day);
            }
            else
            {
                fields.Refuse("weekly_days", "Must be numbers from 1 (Sunday) to 7, separated by commas.");
                return [];
            }
        }

        return [.. days.Distinct().Order()];
    }

    /// <summary>The days of a rule in order, without an end; some may lie before the first start.</summary>
    private static IEnumerable<LocalDate> Days(ZoomRecurrence rule, LocalDate first) =>
        rule.Type switch
        {
            Daily => Steps(step => [first.PlusDays(step * rule.Interval)]),
            Weekly => Steps(step => Week(rule, first, step)),
            _ => Steps(step => Month(rule, first, step)),
        };

    private static IEnumerable<LocalDate> Steps(Func<int, IEnumerable<LocalDate>> of) =>
        Enumerable.Range(0, 60 * 24).SelectMany(of);

    private static IEnumerable<LocalDate> Week(ZoomRecurrence rule, LocalDate first, int step)
    {
        LocalDate sunday = first.PlusDays(-(Number(first) - 1)).PlusWeeks(step * rule.Interval);
        IReadOnlyList<int> days = rule.WeekDays.Count > 0 ? rule.WeekDays : [Number(first)];
        return days.Select(day => sunday.PlusDays(day - 1));
    }

    private static IEnumerable<LocalDate> Month(ZoomRecurrence rule, LocalDate first, int step)
    {
        LocalDate month = first.With(DateAdjusters.StartOfMonth).PlusMonths(step * rule.Interval);
        int length = month.Calendar.GetDaysInMonth(month.Year, month.Month);
        if (rule is { MonthWeek: { } week, MonthWeekDay: { } weekDay })
        {
            List<LocalDate> same =
            [
                .. Enumerable.Range(0, length).Select(month.PlusDays).Where(day => Number(day) == weekDay),
            ];
            return [week == -1 ? same[^1] : same[week - 1]];
        }

        int wanted = rule.MonthDay ?? first.Day;
        return wanted <= length ? [month.PlusDays(wanted - 1)] : [];
    }

    /// <summary>1 = Sunday.</summary>
    private static int Number(LocalDate day) => ((int)day.DayOfWeek % 7) + 1;
}
