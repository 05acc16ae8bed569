using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

public sealed class SharedGrantTests
{
    [Fact]
    public async Task Two_nodes_refresh_one_grant_once()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed (apt-get install postgresql)");
        await using var world = await ConnectWorld.StartAsync(DatabaseKind.Postgres);
        var id = await world.ConnectAsync();
        await using var second = await TestServer.StartAsync(
            DatabaseKind.Postgres,
            configure: services => services.AddSingleton(new ProviderRegistration(world.GoTo, world.GoTo)),
            shareDatabaseWith: world.Parley
        );
        var workspace = await world.Parley.WorkspaceIdAsync();
        await world.Parley.AdvanceAsync(Duration.FromMinutes(56));
        var calls = new[] { world.Parley, second }.SelectMany(node =>
            Enumerable
                .Range(0, 15)
                .Select(_ =>
                    node.Services.GetRequiredService<ProviderCalls>()
                        .CallAsync(
                            workspace,
                            id,
                            "meetings.upcoming",
                            (provider, access, token) => provider.ListUpcomingAsync(access, token),
                            default
                        )
                )
        );

        (await Task.WhenAll(calls)).ShouldAllBe(result => result.Succeeded);

        world.GoTo.Refreshes.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task Two_purposes_share_one_grant_and_the_last_to_leave_revokes_it(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var organizer = await world.ConnectAsync();
        var account = await world.ConnectAsync("account");
        (await world.GetAsync(account))
            .GetProperty("id")
            .GetString()
            .ShouldBe(account, "another purpose is another connection");

        (await world.Api.DeleteAsync($"/api/v1/connections/{organizer}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        world.GoTo.Revoked.ShouldBeEmpty();
        (await world.CallAsync(account)).Succeeded.ShouldBeTrue();

        (await world.Api.DeleteAsync($"/api/v1/connections/{account}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        world.GoTo.Revoked.ShouldNotBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task Another_workspace_finds_nothing(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        (await world.StatusAsync(id)).ShouldBe("connected");
        using var foreign = world.Parley.NewClient();
        foreign.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            await ForeignKeyAsync(world.Parley)
        );
        (await foreign.GetAsync("/api/v1/connections")).StatusCode.ShouldBe(HttpStatusCode.OK);

        foreach (
            var (method, path) in new[]
            {
                (HttpMethod.Get, ""),
                (HttpMethod.Delete, ""),
                (HttpMethod.Get, "/log"),
                (HttpMethod.Post, "/test"),
                (HttpMethod.Post, "/refresh"),
                (HttpMethod.Post, "/reconnect"),
                (HttpMethod.Post, "/approval-requested"),
            }
        )
        {
            var theirs = await foreign.SendAsync(new HttpRequestMessage(method, $"/api/v1/connections/{id}{path}"));
            var nobodys = await foreign.SendAsync(
                new HttpRequestMessage(method, $"/api/v1/connections/con_none{path}")
            );
            theirs.StatusCode.ShouldBe(HttpStatusCode.NotFound, method + path);
            (await theirs.Content.ReadAsStringAsync()).ShouldBe(await nobodys.Content.ReadAsStringAsync());
        }

        (await world.StatusAsync(id)).ShouldBe("connected");
    }

    [Theory, DatabaseMatrix]
    public async Task A_repeated_request_names_the_same_connection_and_a_link_that_works(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var first = await PostAsync("key-1");
        var second = await PostAsync("key-1");
        var other = await PostAsync("key-2");

        second.GetProperty("id").GetString().ShouldBe(first.GetProperty("id").GetString());
        other.GetProperty("id").GetString().ShouldNotBe(first.GetProperty("id").GetString());
        await world.FinishAsync(new Uri(second.GetProperty("connectUrl").GetString()!).AbsolutePath);
        (await world.StatusAsync(first.GetProperty("id").GetString()!)).ShouldBe("connected");

        async Task<JsonElement> PostAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/connections")
            {
                Content = JsonContent.Create(new { provider = "gotomeeting", purpose = "organizer" }),
            };
            request.Headers.Add("Idempotency-Key", key);
            var reply = await world.Api.SendAsync(request);
            reply.StatusCode.ShouldBe(HttpStatusCode.Created);
            return await reply.Content.ReadFromJsonAsync<JsonElement>();
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Calls_beyond_the_allowance_wait_their_turn_or_are_told_to_come_again(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var rates = parley.Services.GetRequiredService<RateBuckets>();
        // Twenty at once, then twenty a second: sixty take about two seconds; none waits five.
        var allowance = new RateAllowance(20, Duration.FromSeconds(1), RateScope.PerApp);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var calls = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(_ => rates.WaitAsync("ws_first", "app/1", allowance, default))
        );
        calls.ShouldAllBe(failure => failure == null);
        watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1.5));

        var slow = new RateAllowance(1, Duration.FromMinutes(1), RateScope.PerApp);
        (await rates.WaitAsync("ws_first", "app/2", slow, default)).ShouldBeNull();
        (await rates.WaitAsync("ws_first", "app/2", slow, default))!.Kind.ShouldBe(FailureKind.Throttled);
        (await rates.WaitAsync("ws_first", "app/3", slow, default)).ShouldBeNull("another app has its own");
    }

    [Fact]
    public async Task The_allowance_belongs_to_the_client_and_not_to_one_workspaces_app()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed (apt-get install postgresql)");
        await using var world = await ConnectWorld.StartAsync(DatabaseKind.Postgres);
        var id = await world.ConnectAsync();
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();

        var keys = await world.Parley.Db.ReadAsync(session =>
            session.QueryAsync<string>(
                "SELECT workspace_id || ' ' || resource FROM token_bucket /* all workspaces: tests */"
            )
        );

        keys.ShouldBe(["* client/gotomeeting/client-1"]);
    }

    private static async Task<string> ForeignKeyAsync(TestServer parley)
    {
        const string key = "pk_test_zzzzzzzzzzzzzzzzzzzzzzzzzz";
        await parley.Db.WriteAsync(async session =>
        {
            var workspace = await parley.Services.GetRequiredService<Workspaces>().AddAsync(session, "Elsewhere");
            var owner = parley
                .Services.GetRequiredService<Memberships>()
                .Draft(workspace, "eve@example.org", "Eve", Role.Owner, "UTC", TestServer.OwnerPassword);
            await MemberStore.InsertAsync(session, owner);
            await parley.Services.GetRequiredService<ApiKeys>().InsertAsync(session, owner, "k", [Scope.Admin], key);
        });
        return key;
    }
}
