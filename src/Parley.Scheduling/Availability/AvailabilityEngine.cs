using NodaTime;

namespace Parley.Scheduling.Availability;

/// <summary>
/// Which starts are free. Pure: same request, same answer. Times are exact to 100 ns.
/// Where the wording of the rules leaves a choice, docs/decisions/0002-availability-readings.md says what was chosen.
/// </summary>
public static class AvailabilityEngine
{
    /// <summary>The starts a page offers, ascending, with <c>from ≤ start &lt; to</c> of the query.</summary>
    public static IReadOnlyList<Instant> FindSlots(AvailabilityRequest request)
    {
        var slots = new List<Instant>();
        FindSlots(request, slots);
        return slots;
    }

    /// <summary>As <see cref="FindSlots(AvailabilityRequest)"/>, appended to a list the caller keeps.</summary>
    public static void FindSlots(AvailabilityRequest request, List<Instant> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        Find(
            request,
            request.Query.From.ToUnixTimeTicks(),
            request.Query.To.ToUnixTimeTicks(),
            start => into.Add(Instant.FromUnixTimeTicks(start))
        );
    }

    /// <summary>Whether this start is one that <see cref="FindSlots(AvailabilityRequest)"/> lists, whatever range the query names.</summary>
    public static bool IsOffered(AvailabilityRequest request, Instant startsAt)
    {
        var found = false;
        var start = startsAt.ToUnixTimeTicks();
        Find(request, start, start + 1, _ => found = true);
        return found;
    }

    /// <summary>Whether a booking may start here now. See <see cref="Check"/>.</summary>
    public static bool IsFree(AvailabilityRequest request, Instant startsAt) =>
        Check(request, startsAt) == StartCheck.Free;

    /// <summary>
    /// Whether a booking may start at an instant, and if not, why. The grid is not asked: it only chooses which of the
    /// free starts are shown, and moves with the clock and with other bookings, so a start shown a minute ago may be off
    /// it by now and yet be free. Everything that is offered is free.
    /// The query's range is not read; its zone and rescheduling are.
    /// </summary>
    public static StartCheck Check(AvailabilityRequest request, Instant startsAt)
    {
        var page = request.Page;
        var start = startsAt.ToUnixTimeTicks();
        var end = start + (page.DurationMinutes * ZoneClock.Minute);
        if (start % ZoneClock.Minute != 0)
        {
            return StartCheck.NotOnAMinute;
        }

        if (startsAt < request.Now)
        {
            return StartCheck.Past;
        }

        var (from, to) = BookablePeriod(request);
        var forAll = StartCheck.Free;
        if (start < from || start >= to)
        {
            forAll = StartCheck.OutsidePeriod;
        }
        else if (start < Earliest(request))
        {
            forAll = StartCheck.TooSoon;
        }
        else if (Occupancy.NeverFits(page))
        {
            forAll = StartCheck.LimitReached;
        }

        return request.Mode switch
        {
            AvailabilityMode.Single => Worse(forAll, CheckHost(request, request.Hosts[0], start, end)),
            AvailabilityMode.Collective => request.Hosts.Aggregate(
                forAll,
                (worst, host) => Worse(worst, CheckHost(request, host, start, end))
            ),
            _ => Worse(
                request
                    .Hosts.Where(host => host.Fixed)
                    .Aggregate(forAll, (worst, host) => Worse(worst, CheckHost(request, host, start, end))),
                request
                    .Hosts.Where(host => !host.Fixed)
                    .Aggregate(
                        StartCheck.OutsideHours,
                        (best, host) => Better(best, CheckHost(request, host, start, end))
                    )
            ),
        };
    }

    /// <summary>
    /// The free starts nearest to an instant, other days included, ascending; for "taken, how about …".
    /// </summary>
    /// <param name="request">Its query's zone and rescheduling are read, its range is not.</param>
    /// <param name="around">Usually the start that was not free.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="horizonDays">How far to look, in both directions, in days of 24 hours.</param>
    public static IReadOnlyList<Instant> Alternatives(
        AvailabilityRequest request,
        Instant around,
        int count,
        int horizonDays = 62
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(horizonDays);
        var middle = around.ToUnixTimeTicks();
        var found = new List<long>();
        for (var days = 1; ; days = Math.Min(days * 4, horizonDays))
        {
            // The range is symmetric, so whatever lies outside is farther away than everything inside.
            var reach = days * ZoneClock.Day;
            found.Clear();
            Find(request, middle - reach, middle + reach + 1, found.Add);
            found.Remove(middle);
            if (found.Count >= count || days >= horizonDays)
            {
                break;
            }
        }

        found.Sort((a, b) => Math.Abs(a - middle).CompareTo(Math.Abs(b - middle)));
        return [.. found.Take(count).Order().Select(Instant.FromUnixTimeTicks)];
    }

    private static void Find(AvailabilityRequest request, long from, long to, Action<long> add)
    {
        var page = request.Page;
        var earliest = Earliest(request);
        var period = BookablePeriod(request);
        from = Math.Max(from, Math.Max(earliest, period.Start));
        to = Math.Min(to, period.End);
        if (from >= to || Occupancy.NeverFits(page))
        {
            return;
        }

        var until = to + (page.DurationMinutes * ZoneClock.Minute);
        var ladder = new Ladder(request, earliest, from, to);
        switch (request.Mode)
        {
            case AvailabilityMode.Single:
                ladder.Climb(FreeTime(request, request.Hosts[0], earliest, from, until), add);
                break;
            case AvailabilityMode.Collective:
                ladder.Climb(Shared(request, request.Hosts, earliest, from, until)!, add);
                break;
            default:
                ClimbRoundRobin(request, ladder, earliest, from, until, add);
                break;
        }
    }

    private static void ClimbRoundRobin(
        AvailabilityRequest request,
        Ladder ladder,
        long earliest,
        long from,
        long until,
        Action<long> add
    )
    {
        var shared = Shared(request, request.Hosts.Where(host => host.Fixed), earliest, from, until);
        var starts = new List<long>();
        foreach (var host in request.Hosts.Where(host => !host.Fixed))
        {
            var own = FreeTime(request, host, earliest, from, until);
            ladder.Climb(shared is null ? own : TickRange.Intersect(shared, own), starts.Add);
        }

        starts.Sort();
        for (var i = 0; i < starts.Count; i++)
        {
            if (i == 0 || starts[i] != starts[i - 1])
            {
                add(starts[i]);
            }
        }
    }

    /// <summary>When all of them are free; null when there are none.</summary>
    private static List<TickRange>? Shared(
        AvailabilityRequest request,
        IEnumerable<AvailabilityHost> hosts,
        long earliest,
        long from,
        long until
    )
    {
        List<TickRange>? shared = null;
        foreach (var host in hosts)
        {
            var own = FreeTime(request, host, earliest, from, until);
            shared = shared is null ? own : TickRange.Intersect(shared, own);
        }

        return shared;
    }

    private static List<TickRange> FreeTime(
        AvailabilityRequest request,
        AvailabilityHost host,
        long earliest,
        long from,
        long until
    )
    {
        var clock = new ZoneClock(host.Schedule.TimeZone);
        var hours = WorkingHours.Around(host.Schedule, clock, earliest, from, until);
        if (hours.Count == 0)
        {
            return hours;
        }

        var rescheduling = request.Query.Rescheduling;
        var blocked = Occupancy.Blocked(host, request.Page, rescheduling, hours[0].Start, hours[^1].End);
        var closed = Occupancy.Closed(host, request.Page, rescheduling, clock);
        return TickRange.Subtract(TickRange.Subtract(hours, blocked), closed);
    }

    private static StartCheck CheckHost(AvailabilityRequest request, AvailabilityHost host, long start, long end)
    {
        var clock = new ZoneClock(host.Schedule.TimeZone);
        var rescheduling = request.Query.Rescheduling;
        if (!TickRange.Covers(WorkingHours.Around(host.Schedule, clock, start, start, end), start, end))
        {
            return StartCheck.OutsideHours;
        }

        if (TickRange.Touches(Occupancy.Closed(host, request.Page, rescheduling, clock), start, end))
        {
            return StartCheck.LimitReached;
        }

        return TickRange.Touches(Occupancy.Blocked(host, request.Page, rescheduling, start, end), start, end)
            ? StartCheck.Busy
            : StartCheck.Free;
    }

    private static long Earliest(AvailabilityRequest request) =>
        request.Now.ToUnixTimeTicks() + (request.Page.MinimumNoticeMinutes * ZoneClock.Minute);

    /// <summary>The instants at which a booking may start as far as the page's period goes.</summary>
    private static TickRange BookablePeriod(AvailabilityRequest request)
    {
        switch (request.Page.Period)
        {
            case BookingPeriod.DateRange range:
                var host = new ZoneClock(request.Hosts[0].Schedule.TimeZone);
                return new TickRange(
                    host.StartOfDay(WorkingHours.DayNumber(range.From)),
                    host.StartOfDay(WorkingHours.DayNumber(range.To) + 1)
                );
            case BookingPeriod.RollingCalendarDays rolling:
                return UpToDay(request, today => today + rolling.Days);
            case BookingPeriod.RollingBusinessDays rolling:
                return UpToDay(request, today => AddBusinessDays(today, rolling.Days));
            default:
                return new TickRange(long.MinValue, long.MaxValue);
        }
    }

    private static TickRange UpToDay(AvailabilityRequest request, Func<long, long> lastDay)
    {
        var booker = new ZoneClock(request.Query.TimeZone);
        var today = booker.DayOf(request.Now.ToUnixTimeTicks());
        return new TickRange(booker.StartOfDay(today), booker.StartOfDay(lastDay(today) + 1));
    }

    private static long AddBusinessDays(long day, int count)
    {
        while (count > 0)
        {
            day++;
            // Monday is 0.
            if ((((day + 3) % 7) + 7) % 7 < 5)
            {
                count--;
            }
        }

        return day;
    }

    private static StartCheck Worse(StartCheck one, StartCheck other) => one < other ? one : other;

    private static StartCheck Better(StartCheck one, StartCheck other) => one > other ? one : other;
}

/// <summary>Why a start cannot be booked. A later one got further: hosts are compared by it.</summary>
public enum StartCheck
{
    /// <summary>Not on a whole minute.</summary>
    NotOnAMinute,

    /// <summary>Before now.</summary>
    Past,

    /// <summary>Not wholly inside working hours.</summary>
    OutsideHours,

    /// <summary>On a date the page does not offer (yet).</summary>
    OutsidePeriod,

    /// <summary>Closer than the minimum notice.</summary>
    TooSoon,

    /// <summary>The host's day or week is full.</summary>
    LimitReached,

    /// <summary>Something is in the way, buffers included.</summary>
    Busy,

    Free,
}
