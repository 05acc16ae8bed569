using System.Net;
using System.Net.Http.Json;
using NodaTime;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

/// <summary>A token the provider ends sooner than it said, refused by 401 or by GoTo's 403 InvalidToken, over the real adapter.</summary>
public sealed class RefusedTokenTests
{
    [Theory, DatabaseMatrix]
    public async Task Thirty_calls_that_are_refused_refresh_once_and_none_fails(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await using var other =
            database == DatabaseKind.Postgres ? await ConnectedServer.StartAsync(database, besides: server) : null;
        foreach (var status in new[] { 401, 403 })
        {
            await server.SettingsAsync(new { expiryStatus = status });
            // Only the provider's clock passes the end: we think that the token is good.
            (
                await server.TwinHttp.PostAsJsonAsync("/control/clock", new { advanceSeconds = 3700 })
            ).StatusCode.ShouldBe(HttpStatusCode.OK);
            server.Clock.Advance(Duration.FromMinutes(2));
            var before = await server.CallsAsync("oauth.refresh");

            var replies = await Task.WhenAll(
                Enumerable
                    .Range(0, 30)
                    .Select(number => (number % 2 == 0 ? other ?? server : server).Api.GetAsync(server.Meetings))
            );

            replies.Select(reply => reply.StatusCode).ShouldAllBe(reply => reply == HttpStatusCode.OK);
            (await server.CallsAsync("oauth.refresh")).ShouldBe(before + 1, $"refused by {status}");
        }
    }
}
