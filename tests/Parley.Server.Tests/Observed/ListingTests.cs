using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Connections;
using Parley.Server.Observed;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Observed;

/// <summary>When a call is made, and whom one serves.</summary>
public sealed class ListingTests
{
    private static Dictionary<string, string?> Polled =>
        new(StringComparer.Ordinal)
        {
            ["Provisioning:ListInterval"] = "00:05:00",
            ["Provisioning:AnswerWait"] = "00:00:00.5",
        };

    private static Dictionary<string, string?> Quick =>
        new(StringComparer.Ordinal) { ["Provisioning:AnswerWait"] = "00:00:00.3" };

    [Theory, DatabaseMatrix]
    public async Task Every_live_connection_is_listed_once_an_interval(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Polled);
        await ListedAsync(server, 1);
        await server.MadeElsewhereAsync("Made by hand");
        await server.AdvanceAsync(Duration.FromMinutes(4));
        await LookAsync(server);
        (await server.CallsAsync("meetings.upcoming")).ShouldBe(1);

        await server.AdvanceAsync(Duration.FromMinutes(2));
        await ListedAsync(server, 2);

        (await server.AllAsync("?q=made")).Count.ShouldBe(1);
        // One made for another reason counts: the next is due an interval after it.
        await server.AdvanceAsync(Duration.FromMinutes(4));
        await server.ListAsync();
        await server.AdvanceAsync(Duration.FromMinutes(4));
        await LookAsync(server);
        (await server.CallsAsync("meetings.upcoming")).ShouldBe(3);
    }

    [Theory, DatabaseMatrix]
    public async Task Failures_slow_the_poll_down(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Polled);
        await ListedAsync(server, 1);
        await server.FaultAsync("meetings.upcoming", "failBefore", new { times = 0 });
        for (var hour = 0; hour < 6; hour++)
        {
            for (var minutes = 0; minutes < 60; minutes += 6)
            {
                await server.AdvanceAsync(Duration.FromMinutes(6));
                await LookAsync(server);
            }
        }

        // Undisturbed they would be some sixty; each is tried thrice on the wire.
        var attempts = await server.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>("SELECT failures FROM observation /* all workspaces: tests */")
        );
        attempts.ShouldBeInRange(5, 12);
    }

    [Theory, DatabaseMatrix]
    public async Task A_broken_connection_is_left_alone_until_it_is_cured_and_then_listed_at_once(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Polled);
        await ListedAsync(server, 1);
        await server.ExecuteAsync($"UPDATE connection SET status = '{ConnectionStatus.NeedsReconnect}'");
        await server.AdvanceAsync(Duration.FromMinutes(30));
        await LookAsync(server);
        (await server.CallsAsync("meetings.upcoming")).ShouldBe(1);

        await server.ReconnectAsync();

        await ListedAsync(server, 2);
    }

    [Theory, DatabaseMatrix]
    public async Task What_was_seen_of_a_disconnected_account_is_forgotten(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Polled);
        await server.MadeElsewhereAsync("Made by hand");
        await server.ListAsync();
        (await server.Parley.CountAsync("occupancy")).ShouldBeGreaterThan(0);

        (await server.SendAsync(HttpMethod.Delete, $"/api/v1/connections/{server.ConnectionId}")).Status.ShouldBe(
            HttpStatusCode.NoContent
        );

        await TestServer.EventuallyAsync(
            async () => await server.Parley.CountAsync("observed_meeting") == 0,
            "it is forgotten"
        );
        (await server.Parley.CountAsync("occupancy")).ShouldBe(0);
    }

    [Theory, DatabaseMatrix]
    public async Task What_a_connection_for_reports_lists_is_shown_and_not_kept(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var account = await server.ConnectAnotherAsync(ConnectedServer.Olivia, "account");
        await server.MadeElsewhereAsync("Made by hand");

        var (status, body) = await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{account}/meetings");
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        body.ToJsonString().ShouldContain("Made by hand");
        var radar = await server.SendAsync(HttpMethod.Post, $"/api/v1/connections/{account}/radar");
        radar.Status.ShouldBe(HttpStatusCode.Conflict);
        radar.Body["detail"]!.GetValue<string>().ShouldContain("reports");
        await server.FaultAsync("meetings.upcoming", "failBefore", new { times = 0 });
        (await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{account}/meetings")).Status.ShouldNotBe(
            HttpStatusCode.OK
        );
        await server.ClearFaultsAsync();
        foreach (var table in (string[])["observation", "observed_meeting", "occupancy"])
        {
            (await server.Parley.CountAsync(table)).ShouldBe(0, table);
        }

        await server.ListAsync();
        (await server.Parley.CountAsync("observed_meeting")).ShouldBeGreaterThan(0, "the organizer's own is kept");
    }

    [Theory, DatabaseMatrix]
    public async Task A_listing_asked_for_before_a_removal_does_not_bring_the_meeting_back(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var gone = await server.MadeElsewhereAsync("Made by hand");
        await server.MadeElsewhereAsync("Another", "2026-12-11T12:00:00Z", "2026-12-11T13:00:00Z");
        var early = (await server.Listings().AskAsync(server.WorkspaceId, server.ConnectionId, default)).Value;
        early.Meetings.ShouldContain(meeting => meeting.Id == gone);
        await server.AdvanceAsync(Duration.FromSeconds(1));
        (await server.SendAsync(HttpMethod.Delete, $"{server.Meetings}/{gone}")).Status.ShouldBe(
            HttpStatusCode.NoContent
        );

        // As if its reply had come only now.
        await StoreAsync(early.AskedAt);
        (await server.AllAsync("?q=made")).ShouldBeEmpty();
        (await server.AllAsync("?q=another")).Count.ShouldBe(1);

        await server.AdvanceAsync(Duration.FromSeconds(1));
        await StoreAsync(server.Clock.GetCurrentInstant());
        (await server.AllAsync("?q=made")).Count.ShouldBe(1, "what is asked for later is believed");
        (await server.Parley.CountAsync("observed_removal")).ShouldBe(0);

        Task StoreAsync(Instant askedAt) =>
            server.Parley.Db.WriteAsync(session =>
                ObservedMeetings.ReplaceAsync(
                    session,
                    server.WorkspaceId,
                    server.ConnectionId,
                    askedAt,
                    askedAt,
                    early.Meetings
                )
            );
    }

    [Fact]
    public async Task Of_two_nodes_one_asks()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var one = await ConnectedServer.StartAsync(DatabaseKind.Postgres, Polled);
        await using var two = await ConnectedServer.StartAsync(DatabaseKind.Postgres, Polled, besides: one);
        await ListedAsync(one, 1);
        for (var round = 2; round < 6; round++)
        {
            await one.AdvanceAsync(Duration.FromMinutes(6));
            await ListedAsync(one, round);
            await LookAsync(one);
            await LookAsync(two);
            (await one.CallsAsync("meetings.upcoming")).ShouldBe(round);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_storm_of_lost_creates_needs_few_listings(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", "applyThenDrop", new { times = 40 });
        var ids = await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(number => server.CreateAsync(ConnectedServer.Wish($"Wish {number}"), HttpStatusCode.Accepted))
        );

        await server.PumpAsync(
            () =>
                server.Parley.Db.ReadAsync(async session =>
                    await session.ScalarAsync<long>(
                        "SELECT COUNT(*) FROM arrangement WHERE provider_meeting_id IS NULL /* all workspaces: tests */"
                    ) == 0
                ),
            "all are adopted"
        );

        (await server.TruthAsync()).Count.ShouldBe(40);
        (await server.CallsAsync("meetings.create")).ShouldBe(40);
        foreach (var id in ids)
        {
            (await server.StatesAsync(id)).ShouldBe("APPLIED");
        }

        (await server.CallsAsync("meetings.upcoming")).ShouldBeLessThanOrEqualTo(13);
    }

    [Theory, DatabaseMatrix]
    public async Task A_listing_that_began_before_the_effect_settled_decides_nothing(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", "applyThenDrop");
        // The provider's list does not show it yet.
        await server.FaultAsync("meetings.upcoming", "listLag", new { delayMs = 600_000 });
        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        await TestServer.EventuallyAsync(
            async () => await server.StatesAsync(id) == EffectState.Unknown,
            "the reply is lost"
        );
        (await server.SendAsync(HttpMethod.Get, server.Meetings)).Status.ShouldBe(HttpStatusCode.OK);
        (await server.ListedAtAsync()).ShouldNotBeNull();
        await server.ClearFaultsAsync();

        await server.SettledAsync(id);

        (await server.TruthAsync()).ShouldHaveSingleItem();
        (await server.CallsAsync("meetings.create")).ShouldBe(1);
        (await server.CallsAsync("meetings.upcoming")).ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task A_listing_serves_who_was_ready_before_it_began_and_nobody_else(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.ListAsync();
        var began = (await server.ListedAtAsync())!.Value;

        (await EnsureAsync(server, began - Duration.FromMilliseconds(1))).ShouldBe(1);
        // At the same moment it may or may not show: asked again.
        (await EnsureAsync(server, began)).ShouldBe(2);
        await server.AdvanceAsync(Duration.FromSeconds(1));
        (await EnsureAsync(server, began + Duration.FromMilliseconds(1))).ShouldBe(3);
    }

    [Theory, DatabaseMatrix]
    public async Task Who_asks_while_a_listing_is_under_way_shares_the_next_one(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.FaultAsync("meetings.upcoming", "delayBefore", new { delayMs = 500, times = 0 });

        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(_ => server.Listings().AskAsync(server.WorkspaceId, server.ConnectionId, default))
        );

        replies.ShouldAllBe(reply => reply.Succeeded);
        (await server.CallsAsync("meetings.upcoming")).ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task What_is_unknown_is_looked_at_as_soon_as_the_connection_works_again(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", "applyThenDrop");
        await server.FaultAsync("meetings.upcoming", "failBefore", new { times = 0 });
        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        // Each look in vain is followed by a longer wait.
        await server.PumpAsync(
            async () => (await MeetingEffectAsync(server, id)).Outcome == "still_unknown",
            "it was looked for in vain",
            Duration.FromSeconds(1)
        );
        await server.ExecuteAsync(
            $"UPDATE effect SET not_before = not_before + 3600000000 WHERE id = '{(await MeetingEffectAsync(server, id)).Id}'"
        );
        await server.ClearFaultsAsync();

        await server.ReconnectAsync();

        await TestServer.EventuallyAsync(
            async () => (await server.ArrangementAsync(id)).LinkIsKnown,
            "it is adopted without waiting"
        );
    }

    private static async Task<long> EnsureAsync(ConnectedServer server, Instant ready)
    {
        (await server.Listings().EnsureAsync(server.WorkspaceId, server.ConnectionId, ready, default)).ShouldBeNull();
        return await server.CallsAsync("meetings.upcoming");
    }

    private static async Task<Effect> MeetingEffectAsync(ConnectedServer server, string id) =>
        (await server.EffectsAsync(id)).Single(effect => effect.Kind == EffectKind.Meeting);

    private static Task ListedAsync(ConnectedServer server, long times) =>
        TestServer.EventuallyAsync(
            async () =>
                await server.CallsAsync("meetings.upcoming") == times
                && await server.ListedAtAsync() == server.Clock.GetCurrentInstant(),
            $"listed {times} times"
        );

    // The poll looks every second; a test that nothing happens does not wait for that.
    private static Task LookAsync(ConnectedServer server) =>
        server.Parley.Services.GetRequiredService<ListingPoll>().LookAsync(default);
}
