using NodaTime;

namespace Parley.Server.Usage;

/// <summary>What fewer seats would save a month.</summary>
/// <param name="Seats">Seats that would have been enough.</param>
/// <param name="Spare">Seats beyond them.</param>
/// <param name="Monthly">By currency; null when it cannot be told, see <see cref="RightSizing.WhyNoSaving"/>.</param>
public sealed record PoolSaving(int Seats, int Spare, IReadOnlyList<Money>? Monthly);

/// <summary>The account's meetings of some days replayed: how many host licences would have been enough, shared from host to host.</summary>
public sealed record RightSizing
{
    public required LocalDate First { get; init; }
    public required LocalDate Last { get; init; }
    public required IReadOnlyList<DayPeak> Days { get; init; }

    /// <summary>Seats of the account now.</summary>
    public required int Seats { get; init; }

    /// <summary>Enough for every day.</summary>
    public required PoolSaving All { get; init; }

    /// <summary>Enough for 99 days of 100.</summary>
    public required PoolSaving P99 { get; init; }

    /// <summary>Null when the saving is told.</summary>
    public string? WhyNoSaving { get; init; }

    /// <summary>Days on which meetings were held.</summary>
    public int DaysWithMeetings => Days.Count(day => day.Peak > 0);

    internal static RightSizing Of(PoolReport pool, UsageReport report, LocalDate first, LocalDate last)
    {
        var why =
            report.Run is null ? "No run has read the licences yet."
            : report.Seats == 0 ? "The account has no seats, as far as is known."
            : report.Connector.Prices.Count == 0 ? "There is no price list."
            : Currencies(report).Count == 0 ? "No price of the list matches a licence of the account."
            : Currencies(report).Count > 1
                ? "Prices are in several currencies: which seats to give up first cannot be told without a rate."
            : null;
        return new RightSizing
        {
            First = first,
            Last = last,
            Days = pool.Days,
            Seats = report.Seats,
            All = Saving(report, pool.Enough.All, why),
            P99 = Saving(report, pool.Enough.P99, why),
            WhyNoSaving = why,
        };
    }

    private static List<string> Currencies(UsageReport report) =>
        [
            .. report
                .Licences.Where(licence => licence.Seats > 0)
                .Select(licence => licence.Price?.Currency)
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];

    // The dearest seats are kept and those without a price given up first: it saves at least this much.
    private static PoolSaving Saving(UsageReport report, int enough, string? why)
    {
        var spare = Math.Max(0, report.Seats - enough);
        if (why is not null)
        {
            return new PoolSaving(enough, spare, null);
        }

        var (left, sum) = (spare, 0m);
        foreach (var licence in report.Licences.OrderBy(licence => licence.Price?.PerMonth ?? 0))
        {
            var gone = Math.Min(left, licence.Seats);
            sum += gone * (licence.Price?.PerMonth ?? 0);
            left -= gone;
        }

        return new PoolSaving(enough, spare, [new Money(Currencies(report)[0], SeatPrices.Round(sum))]);
    }
}
