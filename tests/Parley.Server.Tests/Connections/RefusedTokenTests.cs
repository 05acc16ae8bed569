using System.Net;
using System.Net.Http.Json;
using NodaTime;
using Parley.Server.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

/// <summary>A token the provider ends sooner than it said, refused by 401 or by GoTo's 403 InvalidToken, over the real adapter.</summary>
public sealed class RefusedTokenTests
{
    [Theory, DatabaseMatrix]
    public async Task An_account_connected_again_after_it_was_given_up_has_its_meetings_back(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var meeting = await server.CreateAsync();
        var path = $"/api/v1/connections/{server.ConnectionId}";
        (await server.SendAsync(HttpMethod.Delete, $"{path}?force=true")).Status.ShouldBe(HttpStatusCode.NoContent);
        (await server.ArrangementAsync(meeting)).Attention.ShouldBe(ConnectionObservations.DisconnectedAttention);

        var again = await server.ConnectAnotherAsync(ConnectedServer.Olivia);

        var (_, body) = await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{again}");
        body["id"]!.GetValue<string>().ShouldBe(server.ConnectionId);
        body["status"]!.GetValue<string>().ShouldBe("connected");
        (await server.ArrangementAsync(meeting)).Attention.ShouldBeNull();
        (await server.DeleteAsync(meeting)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await server.TruthAsync()).ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task One_refusal_of_a_new_token_by_401_or_403_breaks_nothing(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        foreach (var status in new[] { 401, 403 })
        {
            await server.FaultAsync(
                "meetings.upcoming",
                "failBefore",
                new { status, body = """{"int_err_code":"InvalidToken","msg":"Invalid token passed"}""" }
            );
            (await server.Api.GetAsync(server.Meetings)).StatusCode.ShouldBe(HttpStatusCode.OK, $"refused by {status}");
            var (_, body) = await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{server.ConnectionId}");
            body["status"]!.GetValue<string>().ShouldBe("connected");
        }

        (await server.CallsAsync("oauth.refresh")).ShouldBe(0);
        (await server.CallsAsync("meetings.upcoming")).ShouldBe(4);
    }

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
            await server.AdvanceAsync(Duration.FromMinutes(2));
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
