using FsCheck;
using FsCheck.Fluent;
using NodaTime;
using NodaTime.Extensions;
using Parley.Scheduling.Availability;

namespace Parley.Scheduling.Tests.Availability;

/// <summary>Requests that gather round clock changes, with windows, items and rules that collide often.</summary>
internal static class RandomRequests
{
    /// <summary>Zones with the dates (UTC) round which something odd happens to their clocks.</summary>
    private static readonly (string Zone, Instant Around)[] Odd =
    [
        ("America/New_York", Instant.FromUtc(2027, 3, 14, 7, 0)),
        ("America/New_York", Instant.FromUtc(2027, 11, 7, 6, 0)),
        ("Europe/London", Instant.FromUtc(2027, 3, 28, 1, 0)),
        ("Europe/London", Instant.FromUtc(2027, 10, 31, 1, 0)),
        ("Africa/Cairo", Instant.FromUtc(2027, 4, 29, 22, 0)),
        ("Africa/Cairo", Instant.FromUtc(2027, 10, 28, 21, 0)),
        ("Australia/Lord_Howe", Instant.FromUtc(2027, 4, 3, 15, 0)),
        ("Australia/Lord_Howe", Instant.FromUtc(2027, 10, 2, 15, 30)),
        ("America/Sao_Paulo", Instant.FromUtc(2018, 2, 18, 2, 0)),
        ("America/Sao_Paulo", Instant.FromUtc(2018, 11, 4, 3, 0)),
        ("Asia/Kathmandu", Instant.FromUtc(2027, 1, 11, 0, 0)),
        ("Pacific/Apia", Instant.FromUtc(2011, 12, 30, 10, 0)),
        ("Africa/Casablanca", Instant.FromUtc(2027, 2, 7, 2, 0)),
        ("Africa/Casablanca", Instant.FromUtc(2027, 3, 14, 2, 0)),
        ("America/St_Johns", Instant.FromUtc(2027, 3, 14, 5, 30)),
        ("America/St_Johns", Instant.FromUtc(2027, 11, 7, 4, 30)),
        ("UTC", Instant.FromUtc(2027, 6, 14, 0, 0)),
    ];

    public static Arbitrary<AvailabilityRequest> All { get; } = Arb.From(Requests());

    private static Gen<AvailabilityRequest> Requests() =>
        from odd in Gen.Elements(Odd)
        from nowBefore in Gen.Choose(0, 3 * 1440)
        from fromAfter in Gen.Choose(-1440, 3 * 1440)
        from length in Gen.Choose(1, 3 * 1440)
        let now = odd.Around - Duration.FromMinutes(nowBefore)
        let query = now + Duration.FromMinutes(fromAfter)
        from mode in Gen.Elements(AvailabilityMode.Single, AvailabilityMode.Collective, AvailabilityMode.RoundRobin)
        from hostCount in mode == AvailabilityMode.Single ? Gen.Constant(1) : Gen.Choose(1, 4)
        from hosts in Gen.ListOf(Host(odd.Zone, odd.Around), hostCount)
        from page in Page(now.InZone(Zone(odd.Zone)).Date)
        from bookerZone in Gen.Elements(Odd)
        from rescheduling in Gen.Elements(null, "u1", "u2", "gone")
        select new AvailabilityRequest
        {
            Now = now,
            Mode = mode,
            Page = page,
            Hosts = hosts.ToList(),
            Query = new AvailabilityQuery
            {
                From = query,
                To = query + Duration.FromMinutes(length),
                TimeZone = Zone(bookerZone.Zone),
                Rescheduling = rescheduling,
            },
        };

    private static Gen<PageRules> Page(LocalDate today) =>
        from duration in Gen.Elements(5, 15, 20, 30, 45, 60, 90, 200)
        from step in Gen.Elements<int?>(null, null, 7, 15, 30, 45, 60)
        from offset in Gen.Elements(0, 0, 0, 5, 40)
        from notice in Gen.Elements(0, 0, 1, 60, 120, 1500)
        from buffers in Buffers()
        from limits in Limits()
        from period in Period(today)
        from grid in Gen.Elements(0, 1, 5, 7, 15, 20, 25, 30, 45, 60)
        from gridZone in Gen.Elements(GridZone.Host, GridZone.Booker)
        select new PageRules
        {
            Id = "page",
            DurationMinutes = duration,
            StepMinutes = step,
            StartOffsetMinutes = offset,
            MinimumNoticeMinutes = notice,
            Buffers = buffers,
            Limits = limits,
            Period = period,
            Grid = grid == 0 ? null : new SlotGrid { Minutes = grid, Zone = gridZone },
        };

    private static Gen<AvailabilityHost> Host(string mainZone, Instant around) =>
        from other in Gen.Elements(Odd)
        from same in Gen.Choose(0, 3)
        let zone = Zone(same > 0 ? mainZone : other.Zone)
        let date = around.InZone(zone).Date
        from weekly in Gen.Resize(Gen.ListOf(Weekly()), 6)
        from whole in Gen.Choose(0, 3)
        from overrides in Gen.Resize(Gen.ListOf(Override(date)), 3)
        from busy in Gen.Resize(Gen.ListOf(Busy(around)), 12)
        from isFixed in Gen.Elements(true, false)
        select new AvailabilityHost
        {
            Schedule = new Schedule
            {
                TimeZone = zone,
                Weekly = whole == 0 ? [AllDay] : weekly.ToList(),
                Overrides = overrides.ToList(),
            },
            Busy = busy.ToList(),
            Fixed = isFixed,
        };

    private static WeeklyHours AllDay { get; } =
        new()
        {
            Days = Enum.GetValues<IsoDayOfWeek>().Where(day => day != IsoDayOfWeek.None).ToList(),
            Window = new TimeWindow(new MinuteOfDay(0), new MinuteOfDay(MinuteOfDay.MinutesPerDay)),
        };

    private static Gen<WeeklyHours> Weekly() =>
        from days in Gen.Choose(1, 127)
        from window in Window()
        select new WeeklyHours
        {
            Days = Enumerable
                .Range(0, 7)
                .Where(i => (days & (1 << i)) != 0)
                .Select(i => (IsoDayOfWeek)(i + 1))
                .ToList(),
            Window = window,
        };

    private static Gen<TimeWindow> Window() =>
        from step in Gen.Elements(1, 15, 30, 60)
        from one in Gen.Choose(0, 1440 / step)
        from other in Gen.Choose(0, 1440 / step)
        where one != other
        select new TimeWindow(
            new MinuteOfDay(Math.Min(one, other) * step),
            new MinuteOfDay(Math.Max(one, other) * step)
        );

    private static Gen<DateOverride> Override(LocalDate date) =>
        from days in Gen.Choose(-3, 4)
        from windows in Gen.Resize(Gen.ListOf(Window()), 3)
        select new DateOverride { Date = date.PlusDays(days), Windows = windows.ToList() };

    private static Gen<BusyItem> Busy(Instant around) =>
        from step in Gen.Elements(1, 15, 60)
        from start in Gen.Choose(-4 * 1440 / step, 5 * 1440 / step)
        from length in Gen.Elements(0, 1, 15, 30, 60, 90, 600)
        from status in Gen.Elements(
            BusyStatus.Confirmed,
            BusyStatus.Confirmed,
            BusyStatus.Pending,
            BusyStatus.Rejected,
            BusyStatus.Cancelled
        )
        from holds in Gen.Elements(true, false)
        from uid in Gen.Elements(null, "u1", "u2")
        from pageId in Gen.Elements(null, "page", "page", "other")
        from buffers in Buffers()
        let startsAt = around + Duration.FromMinutes(start * step)
        select new BusyItem
        {
            StartsAt = startsAt,
            EndsAt = startsAt + Duration.FromMinutes(length),
            Status = status,
            PendingBlocks = holds,
            Uid = uid,
            PageId = pageId,
            Buffers = buffers,
        };

    private static Gen<Buffers> Buffers() =>
        from before in Gen.Elements(0, 0, 0, 10, 120)
        from after in Gen.Elements(0, 0, 0, 5, 60)
        select new Buffers { BeforeMinutes = before, AfterMinutes = after };

    private static Gen<BookingLimits> Limits() =>
        from which in Gen.Choose(0, 7)
        from small in Gen.Choose(0, 3)
        from minutes in Gen.Elements(30, 60, 120, 240)
        select which switch
        {
            0 => new BookingLimits { BookingsPerDay = small },
            1 => new BookingLimits { BookingsPerWeek = small + 1 },
            2 => new BookingLimits { MinutesPerDay = minutes },
            3 => new BookingLimits { MinutesPerWeek = minutes * 2, BookingsPerDay = small + 1 },
            _ => BookingLimits.None,
        };

    private static Gen<BookingPeriod?> Period(LocalDate today) =>
        from which in Gen.Choose(0, 7)
        from days in Gen.Choose(0, 4)
        from start in Gen.Choose(-1, 3)
        select which switch
        {
            0 => (BookingPeriod?)new BookingPeriod.RollingCalendarDays(days),
            1 => new BookingPeriod.RollingBusinessDays(days),
            2 => new BookingPeriod.DateRange(today.PlusDays(start), today.PlusDays(start + days)),
            _ => null,
        };

    private static DateTimeZone Zone(string id) => DateTimeZoneProviders.Tzdb[id];
}
