using FsCheck;
using FsCheck.Fluent;
using NodaTime;
using Parley.Server.Usage;

namespace Parley.Server.Tests.Usage;

public sealed class ConcurrentHostsTests
{
    private static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
    private static readonly LocalDate Monday = new(2026, 3, 23);

    private static Instant At(int day, int hour, int minute = 0) =>
        Monday.PlusDays(day).At(new LocalTime(hour, minute)).InZoneLeniently(Zone).ToInstant();

    private static IReadOnlyList<DayPeak> Days(int count, params HostedTime[] times)
    {
        var hosts = new ConcurrentHosts(Monday, Monday.PlusDays(count - 1), Zone);
        foreach (var time in times.OrderBy(time => time.From))
        {
            hosts.Add(time);
        }

        return hosts.Days();
    }

    [Fact]
    public void The_peak_of_a_day_is_how_many_people_hosted_at_once()
    {
        var days = Days(
            2,
            new HostedTime("ann", At(0, 9), At(0, 11)),
            new HostedTime("bob", At(0, 10), At(0, 12)),
            new HostedTime("cem", At(0, 11), At(0, 12)),
            new HostedTime("ann", At(1, 9), At(1, 10))
        );
        days.Select(day => day.Peak).ShouldBe([2, 1]);
        days[0].At.ShouldBe(At(0, 10));
    }

    [Fact]
    public void Two_meetings_of_one_host_at_once_take_one_licence() =>
        Days(1, new HostedTime("ann", At(0, 9), At(0, 11)), new HostedTime("ann", At(0, 10), At(0, 12)))[0]
            .Peak.ShouldBe(1);

    [Fact]
    public void A_meeting_past_midnight_counts_on_both_days()
    {
        var days = Days(3, new HostedTime("ann", At(0, 23), At(1, 1)), new HostedTime("bob", At(0, 23, 30), At(2, 0)));
        days.Select(day => day.Peak).ShouldBe([2, 2, 0]);
        days[1].At.ShouldBe(At(1, 0));
    }

    [Fact]
    public void Who_goes_on_when_another_ends_at_midnight_counts_on_the_next_day() =>
        Days(2, new HostedTime("ann", At(0, 22), At(1, 1)), new HostedTime("bob", At(0, 23), At(1, 0)))
            .Select(day => (day.Peak, day.At))
            .ShouldBe([(2, At(0, 23)), (1, At(1, 0))]);

    [Fact]
    public void The_pool_is_the_highest_peak_and_the_nearest_rank_of_99_percent()
    {
        var days = Enumerable
            .Range(0, 200)
            .Select(index => new DayPeak(Monday.PlusDays(index), index is 0 or 1 ? 50 : 10, null));
        ConcurrentHosts.Enough([.. days]).ShouldBe(new PoolSize(50, 10));
        ConcurrentHosts.Enough([]).ShouldBe(new PoolSize(0, 0));
    }

    [Fact]
    public void Meetings_out_of_order_are_refused()
    {
        var hosts = new ConcurrentHosts(Monday, Monday, Zone);
        hosts.Add(new HostedTime("ann", At(0, 9), At(0, 10)));
        Should.Throw<ArgumentException>(() => hosts.Add(new HostedTime("bob", At(0, 8), At(0, 10))));
    }

    /// <summary>Against counting minute by minute, over the week with the change to summer time.</summary>
    [Fact]
    public void Peaks_agree_with_counting_every_minute()
    {
        var times =
            from host in Gen.Choose(0, 4)
            from start in Gen.Choose(0, 7 * 24 * 60)
            from length in Gen.Choose(1, 2000)
            select (host, start, length);
        Prop.ForAll(
                times.ListOf().ToArbitrary(),
                list =>
                {
                    var begin = At(0, 0);
                    var hosted = list.Select(item => new HostedTime(
                            $"h{item.host}",
                            begin + Duration.FromMinutes(item.start),
                            begin + Duration.FromMinutes(item.start + item.length)
                        ))
                        .ToArray();
                    var expected = new int[7];
                    for (var day = 0; day < 7; day++)
                    {
                        var from = Zone.AtStartOfDay(Monday.PlusDays(day)).ToInstant();
                        var to = Zone.AtStartOfDay(Monday.PlusDays(day + 1)).ToInstant();
                        for (var minute = from; minute < to; minute += Duration.FromMinutes(1))
                        {
                            var now = minute;
                            var busy = hosted
                                .Where(time => time.From <= now && now < time.To)
                                .Select(time => time.Host)
                                .Distinct()
                                .Count();
                            expected[day] = Math.Max(expected[day], busy);
                        }
                    }

                    Days(7, hosted).Select(day => day.Peak).ShouldBe(expected);
                }
            )
            .QuickCheckThrowOnFailure();
    }
}
