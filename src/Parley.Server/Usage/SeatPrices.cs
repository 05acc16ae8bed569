using NodaTime;

namespace Parley.Server.Usage;

public enum BillingPeriod
{
    Monthly,
    Yearly,
}

/// <summary>What a seat of some licences costs, from a day on.</summary>
public sealed record SeatPrice
{
    /// <summary>Product code, type or description of the licences meant, compared without regard to case; <c>*</c> is every licence.</summary>
    public required string Match { get; init; }

    /// <summary>As the operator calls the plan.</summary>
    public required string Name { get; init; }
    public required decimal PricePerSeat { get; init; }

    /// <summary>ISO 4217.</summary>
    public required string Currency { get; init; }
    public required BillingPeriod Billing { get; init; }

    /// <summary>Null: from the beginning.</summary>
    public LocalDate? EffectiveFrom { get; init; }

    /// <summary>A month's share of a yearly price is a twelfth.</summary>
    public decimal PerMonth => Billing == BillingPeriod.Yearly ? PricePerSeat / 12 : PricePerSeat;
}

/// <summary>Seats of one licence of the account.</summary>
/// <param name="Words">What a price may match: product codes, type, description, key.</param>
/// <param name="Idle">Seats nobody holds, and seats held by people who organized nothing in the window.</param>
public sealed record LicenceSeats(IReadOnlyList<string> Words, int Seats, int Assigned, int Idle);

/// <summary>Money of one currency; currencies are never added up.</summary>
public sealed record Money(string Currency, decimal Amount);

/// <param name="Monthly">Purchased seats × price, by currency.</param>
/// <param name="Idle">The part of it spent on idle seats.</param>
/// <param name="Unpriced">Licences no price matches: their seats are in no sum.</param>
public sealed record SeatCosts(
    IReadOnlyList<Money> Monthly,
    IReadOnlyList<Money> Idle,
    IReadOnlyList<LicenceSeats> Unpriced
);

/// <summary>A price list by which months are computed.</summary>
public static class SeatPrices
{
    /// <summary>
    /// The price in force on <paramref name="day"/>: of those that match, the one that began last; a match by name goes before <c>*</c>.
    /// Of two that begin on the same day the later in the list holds.
    /// </summary>
    public static SeatPrice? InForce(IReadOnlyList<SeatPrice> prices, LicenceSeats licence, LocalDate day) =>
        prices
            .Select((price, place) => (price, place))
            .Where(entry => entry.price.EffectiveFrom is null || entry.price.EffectiveFrom <= day)
            .Where(entry => entry.price.Match == "*" || Matches(entry.price, licence))
            .OrderBy(entry => entry.price.Match == "*" ? 0 : 1)
            .ThenBy(entry => entry.price.EffectiveFrom ?? LocalDate.MinIsoValue)
            .ThenBy(entry => entry.place)
            .Select(entry => entry.price)
            .LastOrDefault();

    public static SeatCosts Of(IReadOnlyList<SeatPrice> prices, IReadOnlyList<LicenceSeats> licences, LocalDate day)
    {
        var monthly = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        var idle = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        var unpriced = new List<LicenceSeats>();
        foreach (var licence in licences)
        {
            if (InForce(prices, licence, day) is not { } price)
            {
                unpriced.Add(licence);
                continue;
            }

            Add(monthly, price, licence.Seats);
            Add(idle, price, licence.Idle);
        }

        return new SeatCosts(Rounded(monthly), Rounded(idle), unpriced);
    }

    /// <summary>To the cent, halves up: what an invoice would say.</summary>
    public static decimal Round(decimal amount) => Math.Round(amount, 2, MidpointRounding.AwayFromZero);

    private static bool Matches(SeatPrice price, LicenceSeats licence) =>
        licence.Words.Any(word => word.Trim().Equals(price.Match.Trim(), StringComparison.OrdinalIgnoreCase));

    private static void Add(SortedDictionary<string, decimal> sums, SeatPrice price, int seats) =>
        sums[price.Currency] = sums.GetValueOrDefault(price.Currency) + price.PerMonth * seats;

    // Rounded once, at the end: twelfths of many seats would lose cents one by one.
    private static List<Money> Rounded(SortedDictionary<string, decimal> sums) =>
        [.. sums.Select(sum => new Money(sum.Key, Round(sum.Value)))];
}
