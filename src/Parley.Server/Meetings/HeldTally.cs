using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;

namespace Parley.Server.Meetings;

/// <summary>What was held in one week, or in one month where there would be too many weeks.</summary>
/// <param name="First">Its first day: a Monday, or the first of the month.</param>
/// <param name="Attendees">As far as the providers count them.</param>
public sealed record HeldPeriod(LocalDate First, int Meetings, int Attendees, int Minutes);

/// <summary>Counts sessions by the week they started in, while they pass by; one for each account that is asked.</summary>
public sealed class HeldTally(DateTimeZone zone, bool monthly)
{
    /// <summary>More are not told apart on a screen: then by month.</summary>
    private const int MostWeeks = 106;
    private static readonly LocalDatePattern Day = LocalDatePattern.Create("d MMM uuuu", CultureInfo.InvariantCulture);
    private static readonly LocalDatePattern Month = LocalDatePattern.Create("MMM uuuu", CultureInfo.InvariantCulture);
    private readonly Dictionary<LocalDate, HeldPeriod> _periods = [];

    /// <summary>Whether so long a range is counted by month.</summary>
    public static bool IsMonthly(LocalDate from, LocalDate to) => Period.DaysBetween(from, to) / 7 >= MostWeeks;

    /// <summary>"the week of 30 Nov 2026", "Nov 2026".</summary>
    public static string Name(HeldPeriod period, bool monthly) =>
        monthly ? Month.Format(period.First) : Day.Format(period.First);

    /// <summary>Of all accounts together; every one of the range, also those without a meeting.</summary>
    public static IReadOnlyList<HeldPeriod> Of(
        IReadOnlyCollection<HeldTally> tallies,
        LocalDate from,
        LocalDate to,
        bool monthly
    )
    {
        var periods = new List<HeldPeriod>();
        for (
            var first = StartOf(from, monthly);
            first <= to;
            first = first + (monthly ? Period.FromMonths(1) : Period.FromWeeks(1))
        )
        {
            var sum = new HeldPeriod(first, 0, 0, 0);
            foreach (var tally in tallies)
            {
                if (tally._periods.TryGetValue(first, out var one))
                {
                    sum = Sum(sum, one);
                }
            }

            periods.Add(sum);
        }

        return periods;
    }

    internal void Begin() => _periods.Clear();

    internal void Add(HeldSession session)
    {
        var first = StartOf(session.StartedAt.InZone(zone).Date, monthly);
        _periods[first] = Sum(
            _periods.GetValueOrDefault(first, new HeldPeriod(first, 0, 0, 0)),
            new HeldPeriod(
                first,
                1,
                session.AttendeeCount ?? 0,
                WholeMinutes.Between(session.StartedAt, session.EndedAt)
            )
        );
    }

    private static HeldPeriod Sum(HeldPeriod one, HeldPeriod other) =>
        one with
        {
            Meetings = one.Meetings + other.Meetings,
            Attendees = one.Attendees + other.Attendees,
            Minutes = one.Minutes + other.Minutes,
        };

    private static LocalDate StartOf(LocalDate day, bool monthly) =>
        monthly ? new LocalDate(day.Year, day.Month, 1) : day.With(DateAdjusters.PreviousOrSame(IsoDayOfWeek.Monday));
}
