using NodaTime;
using NodaTime.TimeZones;
using Parley.Scheduling.Availability;

namespace Parley.Scheduling.Tests.Availability;

/// <summary>
/// The rules once more, slowly: every minute from the earliest start to the end of the query is asked by itself whether
/// a host is free in it, and ladders climb minute by minute. Shares no code with the engine. Whole minutes only.
/// </summary>
internal static class MinuteOracle
{
    private static readonly ZoneLocalMappingResolver Rfc5545 = Resolvers.CreateMappingResolver(
        Resolvers.ReturnEarlier,
        Resolvers.ReturnForwardShifted
    );

    public static List<Instant> FindSlots(AvailabilityRequest request)
    {
        var page = request.Page;
        var earliest = Minute(request.Now) + page.MinimumNoticeMinutes;
        var from = Minute(request.Query.From);
        var to = Minute(request.Query.To);
        var minutes = (int)(to - earliest) + page.DurationMinutes + 1;
        if (minutes <= 0)
        {
            return [];
        }

        var free = request.Hosts.Select(host => FreeMinutes(request, host, earliest, minutes)).ToList();
        var combinations = new List<bool[]>();
        switch (request.Mode)
        {
            case AvailabilityMode.Single:
                combinations.Add(free[0]);
                break;
            case AvailabilityMode.Collective:
                combinations.Add(All(free, minutes));
                break;
            default:
                var required = free.Where((_, i) => request.Hosts[i].Fixed).ToList();
                combinations.AddRange(
                    free.Where((_, i) => !request.Hosts[i].Fixed).Select(own => All([.. required, own], minutes))
                );
                break;
        }

        return combinations
            .SelectMany(combination => Climb(request, combination, earliest))
            .Where(start => start >= from && start < to)
            .Distinct()
            .Order()
            .Select(minute => Instant.FromUnixTimeSeconds(minute * 60))
            .Where(start => InPeriod(request, start))
            .ToList();
    }

    private static IEnumerable<long> Climb(AvailabilityRequest request, bool[] free, long earliest)
    {
        var page = request.Page;
        var step = page.StepMinutes ?? page.DurationMinutes;
        var grid = page.Grid ?? SlotGrid.ForStep(step);
        var zone = grid.Zone == GridZone.Booker ? request.Query.TimeZone : request.Hosts[0].Schedule.TimeZone;
        for (var i = 0; i < free.Length; i++)
        {
            if (!free[i] || (i > 0 && free[i - 1]))
            {
                continue;
            }

            var end = i;
            while (end < free.Length && free[end])
            {
                end++;
            }

            var start = i;
            while (start < end && !OnGrid(start))
            {
                start++;
            }

            for (start += page.StartOffsetMinutes; start + page.DurationMinutes <= end; start += step)
            {
                yield return earliest + start;
            }
        }

        bool OnGrid(int i)
        {
            var local = Instant.FromUnixTimeSeconds((earliest + i) * 60).InZone(zone);
            return local.Second == 0 && local.Minute % grid.Minutes == 0;
        }
    }

    private static bool[] FreeMinutes(AvailabilityRequest request, AvailabilityHost host, long earliest, int minutes)
    {
        var page = request.Page;
        var zone = host.Schedule.TimeZone;
        var moving = request.Query.Rescheduling;
        var free = new bool[minutes];
        var first = Instant.FromUnixTimeSeconds(earliest * 60).InZone(zone).Date.PlusDays(-3);
        var last = Instant.FromUnixTimeSeconds((earliest + minutes) * 60).InZone(zone).Date.PlusDays(3);
        for (var date = first; date <= last; date = date.PlusDays(1))
        {
            var special = host.Schedule.Overrides.Where(one => one.Date == date).ToList();
            var windows =
                special.Count > 0
                    ? special.SelectMany(one => one.Windows)
                    : host.Schedule.Weekly.Where(w => w.Days.Contains(date.DayOfWeek)).Select(w => w.Window);
            foreach (var window in windows)
            {
                Paint(free, At(date, window.From, zone), At(date, window.To, zone), earliest, true);
            }
        }

        var items = host.Busy.Where(item => moving is null || item.Uid != moving).ToList();
        foreach (var item in items)
        {
            if (item.Status == BusyStatus.Confirmed || (item.Status == BusyStatus.Pending && item.PendingBlocks))
            {
                Paint(
                    free,
                    Minute(item.StartsAt) - page.Buffers.AfterMinutes - item.Buffers.BeforeMinutes,
                    Minute(item.EndsAt) + page.Buffers.BeforeMinutes + item.Buffers.AfterMinutes,
                    earliest,
                    false
                );
            }
        }

        if (page.Limits != BookingLimits.None)
        {
            var counted = items.Where(i =>
                i.Status == BusyStatus.Confirmed && page.Id is not null && i.PageId == page.Id
            );
            Close(request, counted.ToList(), zone, free, earliest);
        }

        return free;
    }

    private static void Close(
        AvailabilityRequest request,
        List<BusyItem> counted,
        DateTimeZone zone,
        bool[] free,
        long earliest
    )
    {
        var closed = new Dictionary<LocalDate, bool>();
        for (var i = 0; i < free.Length; i++)
        {
            var date = DateOf(Instant.FromUnixTimeSeconds((earliest + i) * 60), zone);
            if (!closed.TryGetValue(date, out var isClosed))
            {
                var limits = request.Page.Limits;
                var day = counted.Where(item => DateOf(item.StartsAt, zone) == date).ToList();
                var week = counted.Where(item => MondayOf(DateOf(item.StartsAt, zone)) == MondayOf(date)).ToList();
                isClosed =
                    day.Count >= limits.BookingsPerDay
                    || week.Count >= limits.BookingsPerWeek
                    || Used(day) + request.Page.DurationMinutes > limits.MinutesPerDay
                    || Used(week) + request.Page.DurationMinutes > limits.MinutesPerWeek;
                closed.Add(date, isClosed);
            }

            free[i] &= !isClosed;
        }
    }

    private static bool InPeriod(AvailabilityRequest request, Instant start)
    {
        var today = DateOf(request.Now, request.Query.TimeZone);
        var date = DateOf(start, request.Query.TimeZone);
        switch (request.Page.Period)
        {
            case BookingPeriod.RollingCalendarDays rolling:
                return date <= today.PlusDays(rolling.Days);
            case BookingPeriod.RollingBusinessDays rolling:
                var business = 0;
                for (var day = today.PlusDays(1); day <= date; day = day.PlusDays(1))
                {
                    business += day.DayOfWeek is IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday ? 0 : 1;
                }

                // The weekend after the last business day is out; the weekend of today is in only as today itself.
                return business < rolling.Days
                    || (business == rolling.Days && IsLastCounted(today, date, rolling.Days));
            case BookingPeriod.DateRange range:
                var host = DateOf(start, request.Hosts[0].Schedule.TimeZone);
                return host >= range.From && host <= range.To;
            default:
                return true;
        }
    }

    private static bool IsLastCounted(LocalDate today, LocalDate date, int days)
    {
        if (days == 0)
        {
            return date == today;
        }

        return date.DayOfWeek is not (IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday);
    }

    private static bool[] All(List<bool[]> free, int minutes)
    {
        var all = new bool[minutes];
        for (var i = 0; i < minutes; i++)
        {
            all[i] = free.TrueForAll(own => own[i]);
        }

        return all;
    }

    private static void Paint(bool[] free, long start, long end, long earliest, bool value)
    {
        for (var minute = Math.Max(start, earliest); minute < end && minute - earliest < free.Length; minute++)
        {
            free[minute - earliest] = value;
        }
    }

    private static long At(LocalDate date, MinuteOfDay time, DateTimeZone zone) =>
        Minute(date.AtMidnight().PlusMinutes(time.Minutes).InZone(zone, Rfc5545).ToInstant());

    private static LocalDate DateOf(Instant instant, DateTimeZone zone) => instant.InZone(zone).Date;

    private static LocalDate MondayOf(LocalDate date) => date.PlusDays(1 - (int)date.DayOfWeek);

    private static long Used(List<BusyItem> items) => items.Sum(item => Minute(item.EndsAt) - Minute(item.StartsAt));

    private static long Minute(Instant instant) => (long)Math.Floor(instant.ToUnixTimeSeconds() / 60.0);
}
