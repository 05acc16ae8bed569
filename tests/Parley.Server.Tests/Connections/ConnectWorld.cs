using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Mail;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Mail;

namespace Parley.Server.Tests.Connections;

/// <summary>A server with two steerable providers whose apps are set up, and the steps of connecting.</summary>
internal sealed class ConnectWorld : IAsyncDisposable
{
    private ConnectWorld(TestServer parley, FakeProvider goTo, FakeProvider other, Postbox postbox) =>
        (Parley, GoTo, Other, Postbox) = (parley, goTo, other, postbox);

    public TestServer Parley { get; }
    public FakeProvider GoTo { get; }
    public FakeProvider Other { get; }

    /// <summary>What the server mailed.</summary>
    public Postbox Postbox { get; }
    public HttpClient Api => Parley.Api;

    /// <param name="shape">Makes <see cref="GoTo"/> another kind of provider, whatever its id says.</param>
    /// <param name="besides">A second node on the same PostgreSQL database, with the same providers, clock and mail server.</param>
    public static async Task<ConnectWorld> StartAsync(
        DatabaseKind database,
        bool rotates = true,
        IDictionary<string, string?>? settings = null,
        ConnectWorld? besides = null,
        Func<ProviderDescriptor, ProviderDescriptor>? shape = null,
        FakeProvider? provider = null
    )
    {
        var goTo = besides?.GoTo ?? provider ?? new FakeProvider("gotomeeting", "GoTo Meeting", rotates, shape);
        var other = besides?.Other ?? new FakeProvider("otherprovider", "Other Provider");
        var postbox = besides?.Postbox ?? new Postbox();
        var values = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Mail:Smtp:Host"] = "127.0.0.1" };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            values[key] = value;
        }

        var parley = await TestServer.StartAsync(
            database,
            values,
            services =>
                services
                    .AddSingleton<IMailTransport>(postbox)
                    .AddSingleton(new ProviderRegistration(goTo, goTo))
                    .AddSingleton(new ProviderRegistration(other, other)),
            shareDatabaseWith: besides?.Parley
        );
        var world = new ConnectWorld(parley, goTo, other, postbox);
        if (besides is not null)
        {
            return world;
        }

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

    /// <summary>One round of what runs in the background every ten minutes.</summary>
    public async Task CareAsync()
    {
        var care = Parley.Services.GetRequiredService<ConnectionCare>();
        await care.NoticeAsync(default);
        await care.KeepAliveAsync(default);
        await care.AskRolesAsync(default);
    }

    /// <summary>Until no mail is on its way.</summary>
    public Task MailedAsync() =>
        TestServer.EventuallyAsync(
            async () =>
                await Parley.Db.ReadAsync(session =>
                    session.ScalarAsync<long>(
                        "SELECT COUNT(*) FROM effect WHERE kind = 'mail' AND finished_at IS NULL /* all workspaces: tests */"
                    )
                ) == 0,
            "every mail has left"
        );

    /// <summary>What became of the connection itself, oldest first: <c>broken/invalid_grant</c>.</summary>
    public async Task<List<string>> EventsAsync(string id) =>
        (await Api.GetFromJsonAsync<JsonElement>($"/api/v1/connections/{id}/log"))
            .GetProperty("items")
            .EnumerateArray()
            .Where(item =>
                item.GetProperty("operation").GetString()!.StartsWith("connection.", StringComparison.Ordinal)
            )
            .Select(item =>
                $"{item.GetProperty("operation").GetString()!["connection.".Length..]}/{item.GetProperty("outcome").GetString()}"
            )
            .Reverse()
            .ToList();

    /// <summary>A person gives permission again, through a link.</summary>
    public async Task ReconnectAsync(string id)
    {
        var links = Parley.Services.GetRequiredService<ConnectLinks>();
        var link = await links.ReissueAsync(await Parley.WorkspaceIdAsync(), id, default);
        await FinishAsync(new Uri(link.Value.ConnectUrl).AbsolutePath);
    }

    public ValueTask DisposeAsync() => Parley.DisposeAsync();
}
