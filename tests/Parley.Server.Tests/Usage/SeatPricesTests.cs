using NodaTime;
using Parley.Server.Usage;

namespace Parley.Server.Tests.Usage;

public sealed class SeatPricesTests
{
    private static readonly LocalDate Today = new(2026, 11, 21);

    private static SeatPrice Price(
        string match,
        decimal price,
        string currency = "USD",
        BillingPeriod billing = BillingPeriod.Monthly,
        LocalDate? from = null
    ) =>
        new()
        {
            Match = match,
            Name = match,
            PricePerSeat = price,
            Currency = currency,
            Billing = billing,
            EffectiveFrom = from,
        };

    private static LicenceSeats Licence(string word, int seats, int assigned, int idle) =>
        new([word], seats, assigned, idle);

    [Fact]
    public void Purchased_seats_cost_their_price_and_idle_ones_are_told_apart()
    {
        var costs = SeatPrices.Of([Price("G2M", 14)], [Licence("g2m", 50, 40, 25)], Today);
        costs.Monthly.ShouldBe([new Money("USD", 700)]);
        costs.Idle.ShouldBe([new Money("USD", 350)]);
        costs.Unpriced.ShouldBeEmpty();
    }

    [Fact]
    public void A_yearly_price_counts_a_twelfth_and_is_rounded_once()
    {
        var costs = SeatPrices.Of([Price("G2M", 100, billing: BillingPeriod.Yearly)], [Licence("G2M", 7, 7, 1)], Today);
        costs.Monthly.ShouldBe([new Money("USD", 58.33m)]);
        costs.Idle.ShouldBe([new Money("USD", 8.33m)]);
    }

    [Fact]
    public void Currencies_are_kept_apart()
    {
        SeatPrices
            .Of([Price("A", 10, "EUR"), Price("B", 20)], [Licence("A", 3, 3, 0), Licence("B", 2, 2, 0)], Today)
            .Monthly.ShouldBe([new Money("EUR", 30), new Money("USD", 40)]);
    }

    [Fact]
    public void The_price_in_force_is_the_one_that_began_last_and_a_name_goes_before_the_star()
    {
        SeatPrice[] prices =
        [
            Price("G2M", 10),
            Price("G2M", 12, from: new LocalDate(2026, 1, 1)),
            Price("G2M", 15, from: new LocalDate(2027, 1, 1)),
            Price("*", 99, from: new LocalDate(2026, 6, 1)),
        ];
        var licence = Licence("G2M", 1, 1, 0);
        SeatPrices.InForce(prices, licence, new LocalDate(2025, 12, 31))!.PricePerSeat.ShouldBe(10);
        SeatPrices.InForce(prices, licence, Today)!.PricePerSeat.ShouldBe(12);
        SeatPrices.InForce(prices, licence, new LocalDate(2027, 1, 1))!.PricePerSeat.ShouldBe(15);
        SeatPrices.InForce(prices, Licence("G2W", 1, 1, 0), Today)!.PricePerSeat.ShouldBe(99);
    }

    [Fact]
    public void A_licence_without_price_is_in_no_sum_and_is_said()
    {
        var licence = Licence("G2W", 5, 5, 5);
        var costs = SeatPrices.Of([Price("G2M", 10)], [licence], Today);
        costs.Monthly.ShouldBeEmpty();
        costs.Unpriced.ShouldBe([licence]);
    }
}
