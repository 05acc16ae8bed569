using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

/// <summary>A server with two steerable providers whose apps are set up, and the steps of connecting.</summary>
internal sealed class ConnectWorld : IAsyncDisposable
{
    private ConnectWorld(TestServer parley, FakeProvider goTo, FakeProvider other) =>
        (Parley, GoTo, Other) = (parley, goTo, other);

    public TestServer Parley { get; }
    public FakeProvider GoTo { get; }
    public FakeProvider Other { get; }
    public HttpClient Api => Parley.Api;

    public static async Task<ConnectWorld> StartAsync(DatabaseKind database, bool rotates = true)
    {
        var goTo = new FakeProvider("gotomeeting", "GoTo Meeting", rotates);
        var other = new FakeProvider("otherprovider", "Other Provider");
        var parley = await TestServer.StartAsync(
            database,
            configure: services =>
                services
                    .AddSingleton(new ProviderRegistration(goTo, goTo))
                    .AddSingleton(new ProviderRegistration(other, other))
        );
        var world = new ConnectWorld(parley, goTo, other);
        await world.PutAppAsync("gotomeeting");
        await world.PutAppAsync("otherprovider");
        return world;
    }

    public async Task PutAppAsync(string provider, string clientId = "client-1")
    {
        var reply = await Api.PutAsJsonAsync(
            $"/api/v1/providers/{provider}/app",
            new
            {
                kind = "oauth",
                clientId,
                clientSecret = "secret-" + FakeProvider.Canary,
            }
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    public async Task<(string Id, string Path)> LinkAsync(string provider = "gotomeeting", string purpose = "organizer")
    {
        var reply = await Api.PostAsJsonAsync("/api/v1/connections", new { provider, purpose });
        reply.StatusCode.ShouldBe(HttpStatusCode.Created);
        var body = await reply.Content.ReadFromJsonAsync<JsonElement>();
        return (body.GetProperty("id").GetString()!, new Uri(body.GetProperty("connectUrl").GetString()!).AbsolutePath);
    }

    public static async Task<Uri> ContinueAsync(FormBrowser browser, string path)
    {
        var reply = await browser.SubmitAsync(path, path);
        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        return reply.Headers.Location!;
    }

    public static string StateOf(Uri authorize) => QueryHelpers.ParseQuery(authorize.Query)["state"]!;

    /// <summary>What the provider's redirect makes the browser open.</summary>
    public static string Callback(Uri authorize, string provider = "gotomeeting", string more = "&code=c1") =>
        $"/oauth/{provider}/callback?state={StateOf(authorize)}{more}";

    /// <returns>The connection's id.</returns>
    public async Task<string> ConnectAsync(string purpose = "organizer")
    {
        var (id, path) = await LinkAsync(purpose: purpose);
        await FinishAsync(path);
        return id;
    }

    public async Task FinishAsync(string path)
    {
        using var browser = new FormBrowser(Parley);
        var reply = await browser.GetAsync(Callback(await ContinueAsync(browser, path)));
        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await reply.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> GetAsync(string id) =>
        await Api.GetFromJsonAsync<JsonElement>($"/api/v1/connections/{id}");

    public async Task<string?> StatusAsync(string id) => (await GetAsync(id)).GetProperty("status").GetString();

    /// <summary>One harmless call, as the provisioner makes them.</summary>
    public async Task<ProviderResult<IReadOnlyList<Meeting>>> CallAsync(string id) =>
        await Parley
            .Services.GetRequiredService<ProviderCalls>()
            .CallAsync(
                await Parley.WorkspaceIdAsync(),
                id,
                "meetings.upcoming",
                (provider, access, token) => provider.ListUpcomingAsync(access, token),
                default
            );

    public ValueTask DisposeAsync() => Parley.DisposeAsync();
}
