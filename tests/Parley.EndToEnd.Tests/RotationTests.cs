using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Parley.Server.Tests.Hosting;

namespace Parley.EndToEnd.Tests;

/// <summary>Refresh tokens that can be used once, in several real processes on one PostgreSQL, against the Zoom twin.</summary>
public sealed class RotationTests
{
    [Fact]
    public async Task Fifty_calls_on_an_expired_token_in_three_processes_spend_one_refresh_token_and_none_fails()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var place = await Place.AtZoomAsync();
        await place.ZoomSettingsAsync(new { rotation = "strict", accessTokenSeconds = 1 });
        var connection = await place.ConnectZoomAsync();
        await using var second = await place.AddNodeAsync();
        await using var third = await place.AddNodeAsync();
        await place.ZoomSettingsAsync(new { accessTokenSeconds = 3600 });
        (await place.ZoomCallsAsync("oauth.refresh")).ShouldBe(0);
        // The token is a second old at least: nothing anybody sends with it is taken.
        await Task.Delay(1000);

        ParleyProcess[] nodes = [place.Parley, second, third];
        var seen = new ConcurrentBag<HttpStatusCode>();
        var ended = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => CallAsync(nodes[number % 3])));

        // Zoom's slowest plan takes four calls a second: who has to wait too long is told when to come again, and comes.
        ended.ShouldAllBe(status => status == HttpStatusCode.OK);
        seen.ShouldAllBe(status => status == HttpStatusCode.OK || status == HttpStatusCode.TooManyRequests);
        (await place.ZoomCallsAsync("oauth.refresh")).ShouldBe(1);
        (await third.GetAsync($"/api/v1/connections/{connection}"))
            .GetProperty("status")
            .GetString()
            .ShouldBe("connected");

        // And on, in whichever process: each pair is stored before it is used.
        for (var round = 2; round <= 5; round++)
        {
            using var refreshed = await nodes[round % 3]
                .Api.PostAsync($"/api/v1/connections/{connection}/refresh", null);
            refreshed.StatusCode.ShouldBe(HttpStatusCode.OK, await refreshed.Content.ReadAsStringAsync());
            (await place.ZoomCallsAsync("oauth.refresh")).ShouldBe(round);
        }

        async Task<HttpStatusCode> CallAsync(ParleyProcess node)
        {
            for (var attempt = 0; ; attempt++)
            {
                using var reply = await node.Api.GetAsync($"/api/v1/connections/{connection}/meetings");
                seen.Add(reply.StatusCode);
                if (reply.StatusCode != HttpStatusCode.TooManyRequests || attempt == 10)
                {
                    return reply.StatusCode;
                }

                await Task.Delay(reply.Headers.RetryAfter!.Delta!.Value);
            }
        }
    }

    [Fact]
    public async Task A_process_killed_between_answer_and_storing_costs_the_permission_and_says_so()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var place = await Place.AtZoomAsync();
        await place.ZoomSettingsAsync(new { rotation = "strict" });
        var connection = await place.ConnectZoomAsync();
        await using var second = await place.AddNodeAsync();
        using (var fine = await second.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null))
        {
            fine.StatusCode.ShouldBe(HttpStatusCode.OK, await fine.Content.ReadAsStringAsync());
        }

        await place.FaultAsync(
            new
            {
                provider = "zoom",
                operation = "oauth.refresh",
                kind = "applyThenDelay",
                delayMs = 2500,
                times = 1,
            }
        );
        var abandoned = second.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null);
        await ParleyProcess.EventuallyAsync(
            async () =>
                JsonDocument
                    .Parse(await place.Control.GetStringAsync("/control/faults"))
                    .RootElement.GetProperty("items")
                    .EnumerateArray()
                    .All(fault => fault.GetProperty("struck").GetInt64() == 1),
            "the refresh has reached the twin, which has used the fault up"
        );
        // It rotates at once and answers late.
        await Task.Delay(500);
        await second.KillAsync();
        await Should.ThrowAsync<HttpRequestException>(() => abandoned);

        // The other one waits until the dead one's lease has lapsed, asks, and hears that the token is used up.
        using var refused = await place.Parley.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null);
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict, await refused.Content.ReadAsStringAsync());
        (await refused.Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("detail")
            .GetString()!
            .ShouldContain("was lost on the way");
        var broken = await place.Parley.GetAsync($"/api/v1/connections/{connection}");
        broken.GetProperty("problem").GetProperty("code").GetString().ShouldBe("rotation_lost");
        await place.ReconnectZoomAsync(connection);
        (await place.Parley.GetAsync($"/api/v1/connections/{connection}"))
            .GetProperty("status")
            .GetString()
            .ShouldBe("connected");
    }

    [Fact]
    public async Task A_lost_answer_is_said_as_what_it_is_unless_the_provider_gives_grace()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var place = await Place.AtZoomAsync();
        await place.ZoomSettingsAsync(new { rotation = "grace:60" });
        var connection = await place.ConnectZoomAsync();

        // The spent token works for a minute more: the next attempt recovers, and nobody need know.
        await LoseAsync();
        using (var again = await place.Parley.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null))
        {
            again.StatusCode.ShouldBe(HttpStatusCode.OK, await again.Content.ReadAsStringAsync());
        }

        (await StatusAsync()).ShouldBe("connected");
        await place.ZoomSettingsAsync(new { rotation = "strict" });
        await LoseAsync();
        using (var again = await place.Parley.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null))
        {
            again.StatusCode.ShouldBe(HttpStatusCode.Conflict, await again.Content.ReadAsStringAsync());
        }

        var broken = await place.Parley.GetAsync($"/api/v1/connections/{connection}");
        broken.GetProperty("status").GetString().ShouldBe("needsReconnect");
        broken.GetProperty("problem").GetProperty("code").GetString().ShouldBe("rotation_lost");
        broken.GetProperty("problem").GetProperty("detail").GetString()!.ShouldContain("cannot be asked for again");
        await place.ReconnectZoomAsync(connection);
        (await StatusAsync()).ShouldBe("connected");

        async Task LoseAsync()
        {
            await place.FaultAsync(
                new
                {
                    provider = "zoom",
                    operation = "oauth.refresh",
                    kind = "rotateAndDrop",
                    times = 1,
                }
            );
            using var lost = await place.Parley.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null);
            lost.IsSuccessStatusCode.ShouldBeFalse();
        }

        async Task<string?> StatusAsync() =>
            (await place.Parley.GetAsync($"/api/v1/connections/{connection}")).GetProperty("status").GetString();
    }
}
