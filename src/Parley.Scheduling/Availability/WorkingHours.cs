using NodaTime;

namespace Parley.Scheduling.Availability;

/// <summary>Turns a schedule's wall-clock windows into instants.</summary>
internal static class WorkingHours
{
    private static readonly LocalDate Epoch = new(1970, 1, 1);

    public static long DayNumber(LocalDate date) => Period.DaysBetween(Epoch, date);

    /// <summary>
    /// All stretches of working time that hold or follow <paramref name="from"/>, up to past <paramref name="to"/>. The
    /// first is whole, back to where it really starts, unless it starts before <paramref name="earliest"/>: where a slot
    /// ladder begins must not depend on what was asked for.
    /// </summary>
    public static List<TickRange> Around(Schedule schedule, ZoneClock clock, long earliest, long from, long to)
    {
        var last = clock.DayOf(to) + 2;
        var floor = clock.DayOf(earliest) - 2;
        var fromDay = clock.DayOf(from);
        for (var back = 4L; ; back *= 4)
        {
            var first = Math.Max(floor, fromDay - back);
            var ranges = OfDays(schedule, clock, first, last);
            if (first == floor)
            {
                return ranges;
            }

            // Windows of earlier days reach two days into the first at most (a skipped day moves them that far).
            var complete = clock.StartOfDay(first) + (2 * ZoneClock.Day);
            var reaching = ranges.FindIndex(range => range.End > from);
            if (reaching < 0 || ranges[reaching].Start > complete)
            {
                return ranges;
            }
        }
    }

    private static List<TickRange> OfDays(Schedule schedule, ZoneClock clock, long first, long last)
    {
        var weekly = new (int Days, TimeWindow Window)[schedule.Weekly.Count];
        for (var i = 0; i < weekly.Length; i++)
        {
            var hours = schedule.Weekly[i];
            foreach (var day in hours.Days)
            {
                weekly[i].Days |= 1 << ((int)day - 1);
            }

            weekly[i].Window = hours.Window;
        }

        Array.Sort(weekly, static (a, b) => a.Window.From.CompareTo(b.Window.From));
        var ranges = new List<TickRange>((int)(last - first + 1) * Math.Max(1, weekly.Length));
        var overridden = AddOverrides(schedule, clock, first, last, ranges);
        for (var day = first; day <= last; day++)
        {
            if (overridden?.Contains(day) == true)
            {
                continue;
            }

            // 1970-01-01, day 0, was a Thursday.
            var weekday = 1 << (int)((((day + 3) % 7) + 7) % 7);
            foreach (var (days, window) in weekly)
            {
                if ((days & weekday) != 0)
                {
                    ranges.Add(ToRange(clock, day, window));
                }
            }
        }

        TickRange.Merge(ranges);
        return ranges;
    }

    private static HashSet<long>? AddOverrides(
        Schedule schedule,
        ZoneClock clock,
        long first,
        long last,
        List<TickRange> ranges
    )
    {
        HashSet<long>? overridden = null;
        foreach (var one in schedule.Overrides)
        {
            var day = DayNumber(one.Date);
            if (day < first || day > last)
            {
                continue;
            }

            (overridden ??= []).Add(day);
            foreach (var window in one.Windows)
            {
                ranges.Add(ToRange(clock, day, window));
            }
        }

        return overridden;
    }

    // A window that falls into a gap may come out empty or backwards; merging drops it.
    private static TickRange ToRange(ZoneClock clock, long day, TimeWindow window) =>
        new(
            clock.ToInstant((day * ZoneClock.Day) + (window.From.Minutes * ZoneClock.Minute)),
            clock.ToInstant((day * ZoneClock.Day) + (window.To.Minutes * ZoneClock.Minute))
        );
}
