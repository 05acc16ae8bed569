using System.Net;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Provisioning;

/// <summary>Two processes on one PostgreSQL: each meeting is made by one of them.</summary>
public sealed class TwoNodesTests
{
    [Fact]
    public async Task Sixty_wishes_on_two_nodes_make_sixty_meetings()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var one = await ConnectedServer.StartAsync(DatabaseKind.Postgres, Patient);
        await using var two = await ConnectedServer.StartAsync(DatabaseKind.Postgres, Patient, besides: one);

        var ids = await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .Select(number => (number % 2 == 0 ? one : two).CreateAsync(ConnectedServer.Wish($"Wish {number}")))
        );

        var truth = await one.TruthAsync();
        truth.Count.ShouldBe(60);
        (await one.CallsAsync("meetings.create")).ShouldBe(60);
        ids.Distinct(StringComparer.Ordinal).Count().ShouldBe(60);
    }

    [Fact]
    public async Task What_a_dead_node_was_sending_the_other_finds_out()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var one = await ConnectedServer.StartAsync(DatabaseKind.Postgres, Quick);
        one.Provider.HoldCreateReplies = true;
        var id = await one.CreateAsync(expected: HttpStatusCode.Accepted);
        one.Provider.Held.ShouldBe(1);
        (await one.TruthAsync()).ShouldHaveSingleItem();
        await using var two = await ConnectedServer.StartAsync(DatabaseKind.Postgres, Quick, besides: one);

        await LapseAsync(two);
        await two.PumpAsync(
            async () => (await two.ArrangementAsync(id)).LinkIsKnown,
            "the other node adopts",
            Duration.FromSeconds(1)
        );

        var meeting = (await two.TruthAsync()).ShouldHaveSingleItem();
        (await two.CallsAsync("meetings.create")).ShouldBe(1);
        // The dead one was only asleep: its reply is no ghost, for the meeting was adopted.
        one.Provider.Release();
        await TestServer.EventuallyAsync(
            async () => (await two.EffectsAsync(id)).Exists(effect => effect.Kind == GhostEffects.EffectKind),
            "the late reply is recorded"
        );
        await two.SettledAsync(id);
        (await two.EffectsAsync(id))
            .Single(effect => effect.Kind == GhostEffects.EffectKind)
            .State.ShouldBe(EffectState.Superseded);
        (await two.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe(meeting.Id);
    }

    [Fact]
    public async Task A_reply_that_comes_after_another_node_took_over_leaves_no_second_meeting()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var one = await ConnectedServer.StartAsync(DatabaseKind.Postgres, Quick);
        one.Provider.HoldCreateReplies = true;
        // The list does not show the first meeting yet when the other node looks.
        await one.FaultAsync("meetings.upcoming", "listLag", new { delayMs = 600_000 });
        var id = await one.CreateAsync(expected: HttpStatusCode.Accepted);
        await using var two = await ConnectedServer.StartAsync(DatabaseKind.Postgres, Quick, besides: one);

        await LapseAsync(two);
        await two.PumpAsync(
            async () => (await two.ArrangementAsync(id)).LinkIsKnown,
            "the other node makes it again",
            Duration.FromSeconds(1)
        );
        (await two.TruthAsync()).Count.ShouldBe(2);
        await two.ClearFaultsAsync();
        one.Provider.Release();
        await TestServer.EventuallyAsync(
            async () => (await two.EffectsAsync(id)).Exists(effect => effect.Kind == GhostEffects.EffectKind),
            "the late reply is recorded as a ghost"
        );
        await two.SettledAsync(id);

        (await two.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe((await two.ArrangementAsync(id)).ProviderMeetingId);
    }

    private static async Task LapseAsync(ConnectedServer server)
    {
        await server.ExecuteAsync("UPDATE lease SET until = 0 WHERE resource LIKE 'arrangement/%'");
        server.Clock.Advance(Duration.FromSeconds(25));
    }

    private static Dictionary<string, string?> Quick =>
        new(StringComparer.Ordinal) { ["Provisioning:AnswerWait"] = "00:00:00.5" };

    private static Dictionary<string, string?> Patient =>
        new(StringComparer.Ordinal)
        {
            ["Provisioning:AnswerWait"] = "00:00:30",
            ["Provisioning:HttpTimeout"] = "00:00:10",
        };
}
