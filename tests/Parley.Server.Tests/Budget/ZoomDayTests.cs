using System.Net;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Budget;

/// <summary>The same against Zoom's twin, which counts for itself: its hundred a day and our count must agree.</summary>
public sealed class ZoomDayTests
{
    [Theory, DatabaseMatrix]
    public async Task The_twin_never_has_to_say_that_the_day_is_used_up(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(
            database,
            dailyWrites: null,
            provider: ConnectedServer.Zoom
        );
        var server = world.Server;
        var starts = (await world.StartsAsync("2026-12-14T00:00:00Z", "2026-12-16T00:00:00Z")).Take(130).ToList();

        foreach (var chunk in starts.Chunk(26))
        {
            await Task.WhenAll(
                chunk.Select(start =>
                    world.BookAsync(
                        start,
                        email: $"{start[..16].Replace(":", "", StringComparison.Ordinal)}@example.org"
                    )
                )
            );
        }

        await world.QuietAsync();
        (await world.UsedAsync()).ShouldBe(60);
        (await server.TruthAsync()).Count.ShouldBe(60);
        await AgreesAsync(60);
        // The organizer spends the rest: 20 creates and 20 moves. One more waits; removing does not.
        var own = new List<string>();
        for (var number = 0; number < 20; number++)
        {
            own.Add(await CreatedAsync($"By hand {number}"));
            (await server.PatchAsync(own[^1], new { subject = $"Moved by hand {number}" })).Status.ShouldBeOneOf(
                HttpStatusCode.OK,
                HttpStatusCode.Accepted
            );
            await world.QuietAsync();
        }

        await AgreesAsync(100);
        (await world.UsedAsync()).ShouldBe(100);
        var (status, body) = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish("Too many"));
        status.ShouldBe(HttpStatusCode.Accepted);
        body["queuedUntil"]!.GetValue<string>().ShouldBe("2026-12-02T00:00:00Z");
        await server.DeleteAsync(own[0]);
        await world.QuietAsync();
        (await server.TruthAsync()).Count.ShouldBe(79);

        world.ToNextDay();
        await world.QuietAsync();
        world.ToNextDay();
        await world.QuietAsync();

        (await world.OpenAsync()).ShouldBeEmpty();
        (await server.TruthAsync()).Count.ShouldBe(130 + 20 + 1 - 1);
        await NeverRefusedAsync();

        async Task<string> CreatedAsync(string subject)
        {
            var (_, created) = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish(subject));
            var id = created["arrangementId"]!.GetValue<string>();
            await world.QuietAsync();
            (await server.ArrangementAsync(id)).LinkIsKnown.ShouldBeTrue(created.ToJsonString());
            return id;
        }

        async Task AgreesAsync(int writes)
        {
            var told =
                await System.Net.Http.Json.HttpClientJsonExtensions.GetFromJsonAsync<System.Text.Json.Nodes.JsonNode>(
                    server.TwinHttp,
                    "/control/meetings?provider=zoom"
                );
            told!["items"]![0]!["hostWritesToday"]!.GetValue<int>().ShouldBe(writes);
        }

        // Its word would have closed the day.
        async Task NeverRefusedAsync() =>
            (
                await server.Parley.Db.ReadAsync(session =>
                    session.ScalarAsync<long>(
                        "SELECT COUNT(*) FROM write_budget WHERE closed_until IS NOT NULL /* all workspaces: tests */"
                    )
                )
            ).ShouldBe(0);
    }
}
