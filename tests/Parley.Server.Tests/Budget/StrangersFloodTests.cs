using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Budget;

/// <summary>Strangers book far more than the provider takes in a day.</summary>
public sealed class StrangersFloodTests
{
    private const int Strangers = 300;
    private const int Limit = 100;
    private const int Share = 60;
    private const int AtOnce = 32;

    /// <summary>PostgreSQL: <see cref="Two_nodes_hold_the_budget_together"/>.</summary>
    [Fact]
    public async Task Three_hundred_bookings_in_a_minute_all_get_their_meeting_and_no_day_exceeds_the_budget()
    {
        await using var world = await QuotaWorld.StartAsync(DatabaseKind.Sqlite, Limit);

        await FloodAsync([world]);
    }

    [Fact]
    public async Task Two_nodes_hold_the_budget_together()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var one = await QuotaWorld.StartAsync(DatabaseKind.Postgres, Limit);
        await using var two = await QuotaWorld.StartAsync(DatabaseKind.Postgres, Limit, besides: one);

        await FloodAsync([one, two]);
    }

    private static async Task FloodAsync(QuotaWorld[] nodes)
    {
        var world = nodes[0];
        var server = world.Server;
        var starts = (await world.StartsAsync("2026-12-14T00:00:00Z", "2026-12-19T00:00:00Z")).Take(Strangers).ToList();
        starts.Count.ShouldBe(Strangers);

        // As many at once as browsers would: all queue for one page, and none may wait so long that its server gives up.
        var booked = new JsonNode[Strangers];
        await Parallel.ForEachAsync(
            starts.Index(),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (wish, _) =>
                booked[wish.Index] = await nodes[wish.Index % nodes.Length]
                    .BookAsync(wish.Item, email: $"guest{wish.Index}@example.org")
        );

        await world.QuietAsync();
        server.Clock.GetCurrentInstant().ShouldBeLessThan(FakeClock.Start + Duration.FromMinutes(20));
        (await server.CallsAsync("meetings.create")).ShouldBe(Share);
        (await world.UsedAsync()).ShouldBe(Share);
        (await world.OpenAsync()).Count.ShouldBe(Strangers - Share);
        (await world.OpenAsync()).ShouldAllBe(effect =>
            effect.OutcomeCode == DailyQuota.Code && effect.NotBefore >= QuotaWorld.Midnight
        );

        // The organizer's own goes through, at once.
        var own = await server.CreateAsync(ConnectedServer.Wish("By hand"));
        (await server.ArrangementAsync(own)).LinkIsKnown.ShouldBeTrue();
        // Calling off works at once, made or not.
        var made = await OneAsync(booked, isMade: true);
        var waiting = await OneAsync(booked, isMade: false);
        foreach (var off in (JsonNode[])[made, waiting])
        {
            var (status, body) = await server.SendAsync(
                HttpMethod.Post,
                $"/api/v1/bookings/{off["id"]!.GetValue<string>()}/cancel"
            );
            status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        }

        await world.QuietAsync();
        (await server.TruthAsync()).Count.ShouldBe(Share + 1 - 1);
        (await world.OpenAsync()).Count.ShouldBe(Strangers - Share - 1);
        (await world.WritesAsync()).ShouldBe(Share + 1);

        var before = await world.WritesAsync();
        for (var day = 2; (await world.OpenAsync()).Count > 0; day++)
        {
            day.ShouldBeLessThan(7);
            world.ToNextDay();
            await world.QuietAsync();
            var after = await world.WritesAsync();
            (after - before).ShouldBeInRange(1, Share);
            (await world.UsedAsync()).ShouldBe((int)(after - before));
            before = after;
        }

        foreach (var one in booked)
        {
            var arrangement = await server.ArrangementAsync(await world.ArrangementOfAsync(one));
            (
                arrangement.IsPresent ? arrangement.LinkIsKnown : arrangement.AppliedVersion == arrangement.Version
            ).ShouldBeTrue();
            arrangement.QueuedUntil.ShouldBeNull();
        }

        (await server.TruthAsync()).Count.ShouldBe(Strangers + 1 - 2);
        (await server.CallsAsync("meetings.create")).ShouldBe(Strangers + 1 - 1);
        // The organizer was told, once.
        await TestServer.EventuallyAsync(
            () => Task.FromResult(nodes.Sum(node => node.Postbox.Sent.Count(IsNotice)) == 1),
            "the notice leaves"
        );
        nodes.Sum(node => node.Postbox.Tried.Count(IsNotice)).ShouldBe(1);

        async Task<JsonNode> OneAsync(IEnumerable<JsonNode> bookings, bool isMade)
        {
            foreach (var booking in bookings)
            {
                var arrangement = await server.ArrangementAsync(await world.ArrangementOfAsync(booking));
                if (arrangement.LinkIsKnown == isMade)
                {
                    return booking;
                }
            }

            throw new InvalidOperationException("There is no such booking.");
        }
    }

    private static bool IsNotice(Parley.Server.Mail.OutgoingMail mail) =>
        mail.Subject.Contains("meetings wait until", StringComparison.Ordinal);
}
