using System.Runtime.InteropServices;

namespace Parley.Scheduling.Availability;

/// <summary>What takes a host's time away: items with their buffers, and days and weeks whose limit is reached.</summary>
internal static class Occupancy
{
    /// <summary>Stretches in which a slot may not lie, as far as they touch [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public static List<TickRange> Blocked(
        AvailabilityHost host,
        PageRules page,
        string? rescheduling,
        long from,
        long to
    )
    {
        var blocked = new List<TickRange>(host.Busy.Count);
        foreach (var item in host.Busy)
        {
            if (!Blocks(item, rescheduling))
            {
                continue;
            }

            // The page's buffers belong to the slot, so they reach the other way round the item.
            var start =
                item.StartsAt.ToUnixTimeTicks()
                - ((page.Buffers.AfterMinutes + item.Buffers.BeforeMinutes) * ZoneClock.Minute);
            var end =
                item.EndsAt.ToUnixTimeTicks()
                + ((page.Buffers.BeforeMinutes + item.Buffers.AfterMinutes) * ZoneClock.Minute);
            if (start < to && end > from)
            {
                blocked.Add(new TickRange(start, end));
            }
        }

        TickRange.Merge(blocked);
        return blocked;
    }

    /// <summary>The host's days and weeks in which the page's limits leave no room for one more booking.</summary>
    public static List<TickRange> Closed(AvailabilityHost host, PageRules page, string? rescheduling, ZoneClock clock)
    {
        var limits = page.Limits;
        var closed = new List<TickRange>();
        if (page.Id is null || limits == BookingLimits.None)
        {
            return closed;
        }

        var days = new Dictionary<long, Used>();
        var weeks = new Dictionary<long, Used>();
        foreach (var item in host.Busy)
        {
            if (item.PageId != page.Id || item.Status != BusyStatus.Confirmed || IsMoving(item, rescheduling))
            {
                continue;
            }

            var start = item.StartsAt.ToUnixTimeTicks();
            var length = item.EndsAt.ToUnixTimeTicks() - start;
            var day = clock.DayOf(start);
            Count(days, day, length);
            // Day 0 was a Thursday, so Mondays are 4 more than a multiple of 7.
            Count(weeks, ZoneClock.FloorDiv(day + 3, 7), length);
        }

        foreach (var (day, used) in days)
        {
            if (used.Reaches(limits.BookingsPerDay, limits.MinutesPerDay, page.DurationMinutes))
            {
                closed.Add(new TickRange(clock.StartOfDay(day), clock.StartOfDay(day + 1)));
            }
        }

        foreach (var (week, used) in weeks)
        {
            if (used.Reaches(limits.BookingsPerWeek, limits.MinutesPerWeek, page.DurationMinutes))
            {
                var monday = (week * 7) - 3;
                closed.Add(new TickRange(clock.StartOfDay(monday), clock.StartOfDay(monday + 7)));
            }
        }

        TickRange.Merge(closed);
        return closed;
    }

    /// <summary>Whether not even the first booking of a day or week fits the limits.</summary>
    public static bool NeverFits(PageRules page)
    {
        var limits = page.Limits;
        var none = default(Used);
        return none.Reaches(limits.BookingsPerDay, limits.MinutesPerDay, page.DurationMinutes)
            || none.Reaches(limits.BookingsPerWeek, limits.MinutesPerWeek, page.DurationMinutes);
    }

    private static bool Blocks(BusyItem item, string? rescheduling) =>
        item.Status switch
        {
            BusyStatus.Confirmed => true,
            BusyStatus.Pending => item.PendingBlocks,
            _ => false,
        } && !IsMoving(item, rescheduling);

    private static bool IsMoving(BusyItem item, string? rescheduling) =>
        rescheduling is not null && string.Equals(item.Uid, rescheduling, StringComparison.Ordinal);

    private static void Count(Dictionary<long, Used> periods, long period, long length)
    {
        ref var used = ref CollectionsMarshal.GetValueRefOrAddDefault(periods, period, out _);
        used = new Used(used.Bookings + 1, used.Ticks + length);
    }

    private readonly record struct Used(int Bookings, long Ticks)
    {
        public bool Reaches(int? bookings, int? minutes, int durationMinutes) =>
            Bookings >= bookings || Ticks + (durationMinutes * ZoneClock.Minute) > minutes * ZoneClock.Minute;
    }
}
