using NodaTime;
using Parley.Scheduling.Availability;
using Parley.Server.Storage;

namespace Parley.Server.Booking.Views;

/// <summary>What a calendar of free times is drawn for: a page for everyone, or one booking that is to be moved.</summary>
public sealed record Offer
{
    public required BookingPage Page { get; init; }
    public required PageHost Host { get; init; }
    public required PageRules Rules { get; init; }

    /// <summary>The booking being moved is not in its own way.</summary>
    public string? ExceptArrangement { get; init; }

    /// <summary>Its present start: offered by nobody's rules, and no move.</summary>
    public Instant? ExceptStart { get; init; }

    /// <param name="host">Who hosts what is booked now; see <see cref="PageStanding"/>.</param>
    public static Offer Of(BookingPage page, PageHost host) =>
        new()
        {
            Page = page,
            Host = host,
            Rules = page.RulesFor(page.Settings.DurationMinutes),
        };

    public static Offer Of(BookingPage page, CustomerBooking booking) =>
        new()
        {
            Page = page,
            Host = booking.Host,
            Rules = page.RulesFor(booking.DurationMinutes),
            ExceptArrangement = booking.ArrangementId,
            ExceptStart = booking.StartsAt,
        };
}

/// <summary>One month of an offer, and the day that was chosen in it.</summary>
public sealed record MonthOfTimes
{
    public required YearMonth Month { get; init; }
    public required LocalDate Today { get; init; }

    /// <summary>Free starts by day, both in the visitor's zone.</summary>
    public required IReadOnlyDictionary<LocalDate, IReadOnlyList<Instant>> Days { get; init; }
    public required LocalDate? Day { get; init; }
    public required YearMonth? Previous { get; init; }
    public required YearMonth? Next { get; init; }

    /// <summary>Of a month without free times: the next one that has some.</summary>
    public required YearMonth? NextFree { get; init; }

    public IReadOnlyList<Instant> Times => Day is { } day && Days.TryGetValue(day, out var times) ? times : [];
}

/// <summary>Free times as the pages show them.</summary>
internal sealed class OfferedTimes(Db db, IClock clock)
{
    /// <summary>How far the next free month is looked for.</summary>
    private static readonly Duration Reach = Duration.FromDays(400);

    /// <param name="offer">Whose times.</param>
    /// <param name="visit">Without a month: the first that has free times.</param>
    public Task<MonthOfTimes> MonthAsync(Offer offer, Visit visit, CancellationToken cancellationToken) =>
        db.ReadAsync(session => MonthAsync(session, offer, visit), cancellationToken);

    public Task<bool> IsFreeAsync(Offer offer, Instant start, DateTimeZone zone, CancellationToken cancellationToken) =>
        db.ReadAsync(
            async session =>
            {
                var busy = await BusyAsync(session, offer, start, start);
                return AvailabilityEngine.IsFree(Request(offer, busy, start, start, zone), start);
            },
            cancellationToken
        );

    /// <summary>The free starts nearest to one that is not.</summary>
    public Task<IReadOnlyList<Instant>> NearAsync(
        Offer offer,
        Instant start,
        DateTimeZone zone,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            session =>
                PageCalendar.AlternativesAsync(
                    session,
                    offer.Page,
                    offer.Host,
                    offer.Rules,
                    clock.GetCurrentInstant(),
                    start,
                    zone,
                    offer.ExceptArrangement
                ),
            cancellationToken
        );

    private async Task<MonthOfTimes> MonthAsync(DbSession session, Offer offer, Visit visit)
    {
        var zone = visit.Zone;
        var today = clock.GetCurrentInstant().InZone(zone).Date;
        var first = today.ToYearMonth();
        var last = LastDay(offer, today).ToYearMonth();
        var month = Clamp(visit.Month ?? first, first, last);
        var days = await DaysAsync(session, offer, StartOf(month, zone), StartOf(month.PlusMonths(1), zone), zone);
        YearMonth? nextFree = null;
        if (days.Count == 0)
        {
            nextFree = await NextFreeAsync(session, offer, StartOf(month.PlusMonths(1), zone), zone);
            if (nextFree is { } free && visit.Month is null)
            {
                (month, nextFree) = (free, null);
                days = await DaysAsync(session, offer, StartOf(month, zone), StartOf(month.PlusMonths(1), zone), zone);
            }
        }

        return new MonthOfTimes
        {
            Month = month,
            Today = today,
            Days = days,
            Day = visit.Day is { } day && day.ToYearMonth() == month ? day : null,
            Previous = month.CompareTo(first) > 0 ? month.PlusMonths(-1) : null,
            Next = month.CompareTo(last) < 0 ? month.PlusMonths(1) : null,
            NextFree = nextFree,
        };
    }

    private async Task<YearMonth?> NextFreeAsync(DbSession session, Offer offer, Instant from, DateTimeZone zone)
    {
        var days = await DaysAsync(session, offer, from, from + Reach, zone);
        return days.Count == 0 ? null : days.Keys.Min().ToYearMonth();
    }

    private async Task<Dictionary<LocalDate, IReadOnlyList<Instant>>> DaysAsync(
        DbSession session,
        Offer offer,
        Instant from,
        Instant to,
        DateTimeZone zone
    )
    {
        from = Instant.Max(from, clock.GetCurrentInstant());
        if (from >= to)
        {
            return [];
        }

        var busy = await BusyAsync(session, offer, from, to);
        return AvailabilityEngine
            .FindSlots(Request(offer, busy, from, to, zone))
            .Where(start => start != offer.ExceptStart)
            .GroupBy(start => start.InZone(zone).Date)
            .ToDictionary(day => day.Key, IReadOnlyList<Instant> (day) => [.. day]);
    }

    private static Task<IReadOnlyList<BusyItem>> BusyAsync(DbSession session, Offer offer, Instant from, Instant to) =>
        PageCalendar.BusyAsync(session, offer.Page, offer.Host, offer.Rules, from, to, offer.ExceptArrangement);

    private AvailabilityRequest Request(
        Offer offer,
        IReadOnlyList<BusyItem> busy,
        Instant from,
        Instant to,
        DateTimeZone zone
    ) => PageCalendar.Request(offer.Page, offer.Rules, busy, clock.GetCurrentInstant(), from, to, zone);

    // Only bounds the links of the calendar; what may be booked is the engine's to say.
    private static LocalDate LastDay(Offer offer, LocalDate today) =>
        offer.Rules.Period switch
        {
            BookingPeriod.RollingCalendarDays rolling => today.PlusDays(rolling.Days),
            BookingPeriod.RollingBusinessDays rolling => today.PlusDays((rolling.Days / 5 * 7) + 7),
            BookingPeriod.DateRange range => LocalDate.Max(today, range.To.PlusDays(1)),
            _ => today.PlusYears(1),
        };

    private static YearMonth Clamp(YearMonth month, YearMonth first, YearMonth last) =>
        month.CompareTo(first) < 0 ? first
        : month.CompareTo(last) > 0 ? last
        : month;

    private static Instant StartOf(YearMonth month, DateTimeZone zone) =>
        month.OnDayOfMonth(1).AtStartOfDayInZone(zone).ToInstant();
}
