using NodaTime;
using NodaTime.Text;
using Parley.Server.Usage;

namespace Parley.Server.Tests.Usage;

public sealed class UsageScheduleTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    private static Instant At(string text) => InstantPattern.General.Parse(text).Value;

    [Theory]
    [InlineData("0 30 3 * * ?", "2026-11-21T10:00:00Z", "2026-11-22T02:30:00Z")]
    // The clocks go back at 03:00 on 25 October: the hour from two to three comes twice, its times once.
    [InlineData("0 30 2 * * ?", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("0 30 2 * * ?", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    // And forward at 02:00 on 29 March: what would fall into the hour that is not there falls an hour later.
    [InlineData("0 30 2 * * ?", "2026-03-28T23:00:00Z", "2026-03-29T01:30:00Z")]
    [InlineData("0 0 6 ? * MON", "2026-11-21T10:00:00Z", "2026-11-23T05:00:00Z")]
    public void The_next_time_is_wall_time_of_the_zone(string cron, string after, string expected) =>
        UsageSchedule.Next(cron, Berlin, At(after)).ShouldBe(At(expected));

    [Fact]
    public void A_time_that_never_comes_is_null() =>
        UsageSchedule.Next("0 0 0 1 1 ? 2020", Berlin, At("2026-11-21T10:00:00Z")).ShouldBeNull();

    [Theory]
    [InlineData("0 30 3 * * ?", true)]
    [InlineData("every day", false)]
    [InlineData("", false)]
    [InlineData("61 * * * * ?", false)]
    public void Only_expressions_are_taken(string cron, bool valid) => UsageSchedule.IsValid(cron).ShouldBe(valid);
}
