using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Usage;

/// <summary>A server with an administrator's account connected for reports.</summary>
internal sealed class UsageWorld : IAsyncDisposable
{
    private UsageWorld(ConnectWorld connections, PeopleAccount people, string connectionId) =>
        (Connections, People, ConnectionId) = (connections, people, connectionId);

    public ConnectWorld Connections { get; }
    public PeopleAccount People { get; }
    public string ConnectionId { get; }
    public HttpClient Api => Connections.Api;
    public FakeClock Clock => Connections.Parley.Clock;

    /// <inheritdoc cref="TestServer.AdvanceAsync"/>
    public Task AdvanceAsync(Duration by) => Connections.Parley.AdvanceAsync(by);

    public string Connector => $"/api/v1/usage/connectors/{ConnectionId}";

    public static async Task<UsageWorld> StartAsync(
        DatabaseKind database,
        PeopleAccount people,
        IDictionary<string, string?>? settings = null,
        UsageWorld? besides = null
    )
    {
        var provider = besides is null
            ? new FakeProvider("gotomeeting", "GoTo Meeting")
            {
                RecordsOfAccount = people,
                DirectoryOfAccount = people,
                MoreCapabilities = people.Hosts is null && people.OnHosts is null ? [] : ["activeHosts"],
            }
            : null;
        if (provider is not null)
        {
            provider.Account = provider.Account with { IsAdministrator = true };
        }

        var world = await ConnectWorld.StartAsync(
            database,
            settings: settings,
            besides: besides?.Connections,
            provider: provider
        );
        return new UsageWorld(world, people, besides?.ConnectionId ?? await world.ConnectAsync("account"));
    }

    /// <summary>With an account that somebody else knows.</summary>
    public static async Task<UsageWorld> StartAsync(DatabaseKind database, FakeProvider provider)
    {
        provider.Account = provider.Account with { IsAdministrator = true };
        var world = await ConnectWorld.StartAsync(database, provider: provider);
        return new UsageWorld(world, new PeopleAccount(), await world.ConnectAsync("account"));
    }

    public async Task<JsonNode> PutAsync(object body)
    {
        var reply = await Api.PutAsJsonAsync(Connector, body);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK, await reply.Content.ReadAsStringAsync());
        return (await reply.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    /// <returns>The run's id.</returns>
    public async Task<string> RequestAsync()
    {
        var reply = await Api.PostAsync($"{Connector}/run", null);
        reply.StatusCode.ShouldBe(HttpStatusCode.Accepted, await reply.Content.ReadAsStringAsync());
        return (await reply.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
    }

    public async Task<JsonNode> RunAsync() => await EndedAsync(await RequestAsync());

    /// <summary>Moves the clock until the run has ended.</summary>
    public async Task<JsonNode> EndedAsync(string runId)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var run = await RunAsync(runId);
            if (run["status"]!.GetValue<string>() is not ("queued" or "running"))
            {
                return run;
            }

            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(60), run.ToJsonString());
            await Task.Delay(20);
        }
    }

    public async Task<JsonNode> RunAsync(string runId) =>
        (await RunsAsync()).Single(run => run["id"]!.GetValue<string>() == runId);

    public async Task<List<JsonNode>> RunsAsync() =>
        (await Api.GetFromJsonAsync<JsonNode>($"{Connector}/runs"))!["items"]!.AsArray().Select(run => run!).ToList();

    public async Task<JsonNode> ReportAsync(string more = "") =>
        (await Api.GetFromJsonAsync<JsonNode>($"/api/v1/usage/report?connectionId={ConnectionId}{more}"))!;

    public async Task<Dictionary<string, JsonNode>> ItemsAsync(string more = "") =>
        (await ReportAsync(more))["items"]!
            .AsArray()
            .ToDictionary(item => item!["name"]!.GetValue<string>(), item => item!, StringComparer.Ordinal);

    public ValueTask DisposeAsync() => Connections.DisposeAsync();
}
