using Parley.Server.Usage;
using Parley.Server.Usage.Views;

namespace Parley.Server.Tests.Usage;

public sealed class UsageTimingTests
{
    [Theory]
    [InlineData("0 30 3 * * ?", "daily", "every day at 03:30")]
    [InlineData("0 5 23 ? * SUN", "weekly", "every Sunday at 23:05")]
    [InlineData("0 0 6 1 * ?", "monthly", "on day 1 of each month at 06:00")]
    [InlineData("0 0 6 L * ?", "monthly", "on the last of each month at 06:00")]
    [InlineData("0 0 6 ? * MON-FRI", "expression", "by the expression 0 0 6 ? * MON-FRI")]
    [InlineData("30 0 6 * * ?", "expression", "by the expression 30 0 6 * * ?")]
    [InlineData("0 0 6 31 * ?", "expression", "by the expression 0 0 6 31 * ?")]
    public void Plain_schedules_are_told_plainly_and_stay_the_same_expression(string cron, string every, string words)
    {
        var timing = UsageTiming.Of(cron);
        timing.Every.ShouldBe(every);
        timing.Words.ShouldBe(words);
        timing.ToCron().ShouldBe(cron);
        UsageSchedule.IsValid(cron).ShouldBeTrue();
    }

    [Theory]
    [InlineData("daily", "25:00", "1")]
    [InlineData("daily", "", "1")]
    [InlineData("monthly", "03:30", "31")]
    public void What_is_no_time_becomes_no_schedule(string every, string at, string day) =>
        UsageSchedule.IsValid(new UsageTiming(every, at, "MON", day, "").ToCron()).ShouldBeFalse();
}
