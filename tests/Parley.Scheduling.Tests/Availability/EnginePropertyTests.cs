using FsCheck;
using FsCheck.Fluent;
using NodaTime;
using Parley.Scheduling.Availability;

namespace Parley.Scheduling.Tests.Availability;

/// <summary>What holds for every request, over thousands of random ones round clock changes.</summary>
public sealed class EnginePropertyTests
{
    private const int Times = 2000;

    [Fact]
    public void Slots_are_those_of_a_minute_by_minute_walk()
    {
        var found = 0;
        ForAll(request =>
        {
            var slots = AvailabilityEngine.FindSlots(request);
            slots.ShouldBe(MinuteOracle.FindSlots(request));
            found += slots.Count > 0 ? 1 : 0;
        });
        found.ShouldBeGreaterThan(Times / 5, "else the requests are too poor to prove anything");
    }

    [Fact]
    public void No_slot_overlaps_what_blocks_every_host_that_is_needed() =>
        ForAll(request =>
        {
            foreach (var start in AvailabilityEngine.FindSlots(request))
            {
                var end = start + Duration.FromMinutes(request.Page.DurationMinutes);
                Suits(request, host => !host.Busy.Any(item => IsInTheWay(request, item, start, end)))
                    .ShouldBeTrue($"{start}");
            }
        });

    [Fact]
    public void Shifting_the_query_never_changes_a_slot() =>
        ForAll(request =>
        {
            var query = request.Query;
            var all = AvailabilityEngine.FindSlots(request);
            var middle = query.From + ((query.To - query.From) / 3);
            var first = AvailabilityEngine.FindSlots(request with { Query = query with { To = middle } });
            var second = AvailabilityEngine.FindSlots(request with { Query = query with { From = middle } });
            first.Concat(second).ShouldBe(all);

            var wide = query with { From = query.From - Duration.FromDays(9), To = query.To + Duration.FromHours(31) };
            AvailabilityEngine
                .FindSlots(request with { Query = wide })
                .Where(start => start >= query.From && start < query.To)
                .ShouldBe(all);
        });

    [Fact]
    public void The_order_of_busy_items_does_not_matter() =>
        ForAll(request =>
        {
            var turned = request with
            {
                Hosts = request.Hosts.Select(host => host with { Busy = host.Busy.Reverse().ToList() }).ToList(),
            };
            AvailabilityEngine.FindSlots(turned).ShouldBe(AvailabilityEngine.FindSlots(request));
        });

    [Fact]
    public void A_start_is_free_exactly_if_a_page_with_a_one_minute_grid_would_offer_it() =>
        ForAll(request =>
        {
            var everyMinute = request with
            {
                Page = request.Page with
                {
                    StepMinutes = 1,
                    StartOffsetMinutes = 0,
                    Grid = new SlotGrid { Minutes = 1 },
                },
            };
            var free = AvailabilityEngine.FindSlots(everyMinute).ToHashSet();
            for (var start = request.Query.From; start < request.Query.To; start += Duration.FromMinutes(37))
            {
                AvailabilityEngine.IsFree(request, start).ShouldBe(free.Contains(start), $"{start}");
            }

            foreach (var start in AvailabilityEngine.FindSlots(request).Take(5))
            {
                AvailabilityEngine.Check(request, start).ShouldBe(StartCheck.Free);
                AvailabilityEngine.IsOffered(request, start).ShouldBeTrue();
                AvailabilityEngine.IsOffered(request, start + Duration.FromSeconds(1)).ShouldBeFalse();
            }
        });

    [Fact]
    public void The_booking_being_moved_neither_blocks_nor_counts() =>
        ForAll(request =>
        {
            var moving = request with { Query = request.Query with { Rescheduling = "u1" } };
            var without = request with
            {
                Query = request.Query with { Rescheduling = null },
                Hosts = request
                    .Hosts.Select(host => host with { Busy = host.Busy.Where(item => item.Uid != "u1").ToList() })
                    .ToList(),
            };
            AvailabilityEngine.FindSlots(moving).ShouldBe(AvailabilityEngine.FindSlots(without));
        });

    [Fact]
    public void Alternatives_are_the_nearest_offered_starts() =>
        ForAll(
            request =>
            {
                var around = request.Query.From + Duration.FromHours(20);
                var month = Duration.FromDays(30);
                var all = AvailabilityEngine.FindSlots(
                    request with
                    {
                        Query = request.Query with
                        {
                            From = around - month,
                            To = around + month + Duration.FromTicks(1),
                        },
                    }
                );
                var nearest = all.Where(start => start != around)
                    .Select(start => Math.Abs((start - around).TotalSeconds))
                    .Order()
                    .Take(5);

                var alternatives = AvailabilityEngine.Alternatives(request, around, 5, horizonDays: 30);

                alternatives.ShouldBe(alternatives.Order());
                alternatives.ShouldBeSubsetOf(all);
                alternatives.Select(start => Math.Abs((start - around).TotalSeconds)).Order().ShouldBe(nearest);
            },
            500
        );

    private static bool Suits(AvailabilityRequest request, Func<AvailabilityHost, bool> suits) =>
        request.Mode == AvailabilityMode.RoundRobin
            ? request.Hosts.Where(host => host.Fixed).All(suits) && request.Hosts.Where(host => !host.Fixed).Any(suits)
            : request.Hosts.All(suits);

    private static bool IsInTheWay(AvailabilityRequest request, BusyItem item, Instant start, Instant end)
    {
        var blocks = item.Status == BusyStatus.Confirmed || (item.Status == BusyStatus.Pending && item.PendingBlocks);
        if (!blocks || (item.Uid is not null && item.Uid == request.Query.Rescheduling))
        {
            return false;
        }

        var page = request.Page.Buffers;
        var from = item.StartsAt - Duration.FromMinutes(page.AfterMinutes + item.Buffers.BeforeMinutes);
        var to = item.EndsAt + Duration.FromMinutes(page.BeforeMinutes + item.Buffers.AfterMinutes);
        return from < to && from < end && start < to;
    }

    private static void ForAll(Action<AvailabilityRequest> holds, int times = Times) =>
        Prop.ForAll(RandomRequests.All, holds)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithQuietOnSuccess(true));
}
