using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;
using Parley.Sandbox;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Access;

namespace Parley.Server.Tests.Hosting;

/// <summary>A meeting in the twin's own record.</summary>
public sealed record TwinMeeting(string Id, string Subject, Instant StartsAt, Instant EndsAt);

/// <summary>
/// The product with one account connected at the GoTo twin, over the real adapter and real sockets. Both live by the same clock,
/// which stands still until a test moves it; waits inside calls (delays, time-outs) are real.
/// </summary>
public sealed partial class ConnectedServer : IAsyncDisposable
{
    public const string Olivia = "olivia@northwind.example";
    public const string Zoe = "zoe@northwind.example";
    public const string GoTo = "gotomeeting";
    public const string Zoom = "zoom";
    public const string Una = "una@northwind.example";
    private readonly bool _ownsTwin;

    private ConnectedServer(TestServer parley, SandboxHost twin, SteeredProvider provider, bool ownsTwin)
    {
        (Parley, Twin, Provider, _ownsTwin) = (parley, twin, provider, ownsTwin);
        TwinHttp = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(twin.Url),
        };
    }

    public TestServer Parley { get; }
    public SandboxHost Twin { get; }
    public HttpClient TwinHttp { get; }

    /// <summary>Stands between the ledger and the adapter.</summary>
    public SteeredProvider Provider { get; }
    public HttpClient Api => Parley.Api;
    public FakeClock Clock => Parley.Clock;

    /// <inheritdoc cref="TestServer.AdvanceAsync"/>
    public Task AdvanceAsync(Duration by) => Parley.AdvanceAsync(by);

    public string ConnectionId { get; private set; } = "";
    public string WorkspaceId { get; private set; } = "";
    public string ProviderId { get; private init; } = GoTo;
    private string TwinPath => ProviderId == GoTo ? "/goto" : "/zoom";
    public string Meetings => $"/api/v1/connections/{ConnectionId}/meetings";

    /// <param name="dailyWrites">Creates and updates the provider says it takes per host and day; null: as its descriptor says.</param>
    /// <param name="provider">Whose twin the account is connected at.</param>
    /// <param name="besides">A second node on the same PostgreSQL database, with the same twin and connection.</param>
    public static async Task<ConnectedServer> StartAsync(
        DatabaseKind database,
        IDictionary<string, string?>? settings = null,
        ConnectedServer? besides = null,
        string account = Olivia,
        int? dailyWrites = null,
        Action<IServiceCollection>? configure = null,
        string provider = GoTo
    )
    {
        var clock = new SharedClock();
        var twin =
            besides?.Twin
            ?? await SandboxHost.StartAsync(
                new SandboxOptions
                {
                    Url = "http://127.0.0.1:0",
                    RateLimitPerSecond = null,
                    Clock = clock,
                    RedirectUris = ["http://127.0.0.1:5080/oauth/gotomeeting/callback"],
                    ZoomRedirectUris = ["http://127.0.0.1:5080/oauth/zoom/callback"],
                }
            );
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Provisioning:HttpTimeout"] = "00:00:02",
            ["Provisioning:SettleTime"] = "00:00:00.2",
            ["Provisioning:AnswerWait"] = "00:00:10",
            ["Providers:GoToMeeting:AuthorizeUrl"] = $"{twin.Url}/goto/oauth/authorize",
            ["Providers:GoToMeeting:TokenUrl"] = $"{twin.Url}/goto/oauth/token",
            ["Providers:GoToMeeting:RevokeUrl"] = $"{twin.Url}/goto/oauth/revoke",
            ["Providers:GoToMeeting:ApiBaseUrl"] = $"{twin.Url}/goto/G2M/rest",
            ["Providers:GoToMeeting:AdminBaseUrl"] = $"{twin.Url}/goto/admin/rest/v1",
            ["Providers:GoToMeeting:ScimBaseUrl"] = $"{twin.Url}/goto/identity/v1",
            ["Providers:GoToMeeting:JoinHosts"] = twin.Url,
            ["Providers:GoToMeeting:JoinUrlTemplate"] = $"{twin.Url}/join/{{id}}",
            ["Providers:Zoom:AuthorizeUrl"] = $"{twin.Url}/zoom/oauth/authorize",
            ["Providers:Zoom:TokenUrl"] = $"{twin.Url}/zoom/oauth/token",
            ["Providers:Zoom:RevokeUrl"] = $"{twin.Url}/zoom/oauth/revoke",
            ["Providers:Zoom:ApiBaseUrl"] = $"{twin.Url}/zoom/v2",
            ["Providers:Zoom:JoinHosts"] = twin.Url,
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            values[key] = value;
        }

        SteeredProvider? steered = null;
        var parley = await TestServer.StartAsync(
            database,
            values,
            services =>
            {
                foreach (var real in services.Where(one => one.ServiceType == typeof(ProviderRegistration)).ToList())
                {
                    services.Remove(real);
                    services.AddSingleton(container =>
                    {
                        var registration = (ProviderRegistration)real.ImplementationFactory!(container);
                        if (registration.Id != provider)
                        {
                            return registration;
                        }

                        steered = new SteeredProvider(registration.Provider, dailyWrites);
                        return registration with { Provider = steered };
                    });
                }

                configure?.Invoke(services);
            },
            shareDatabaseWith: besides?.Parley
        );
        clock.Follow(parley.Clock);
        var server = new ConnectedServer(parley, twin, steered!, besides is null)
        {
            WorkspaceId = await parley.WorkspaceIdAsync(),
            ConnectionId = besides?.ConnectionId ?? "",
            ProviderId = provider,
        };
        if (besides is null)
        {
            await server.ConnectAsync(account);
        }

        return server;
    }

    /// <summary>A further account, connected the whole way by the same member.</summary>
    /// <returns>The connection's id.</returns>
    public async Task<string> ConnectAnotherAsync(string account, string purpose = "organizer")
    {
        var reply = await Api.PostAsJsonAsync("/api/v1/connections", new { provider = ProviderId, purpose });
        var body = await Body(reply);
        await ConsentAsync(body["connectUrl"]!.GetValue<string>(), account);
        return body["id"]!.GetValue<string>();
    }

    private async Task ConnectAsync(string account)
    {
        var zoom = ProviderId == Zoom ? Twin.ZoomApps.Single(app => app.Purpose == "organizer") : null;
        (
            await Api.PutAsJsonAsync(
                $"/api/v1/providers/{ProviderId}/app",
                new
                {
                    kind = "oauth",
                    clientId = zoom?.ClientId ?? Twin.ClientId,
                    clientSecret = zoom?.ClientSecret ?? Twin.ClientSecret,
                }
            )
        ).StatusCode.ShouldBe(HttpStatusCode.OK);
        var reply = await Api.PostAsJsonAsync(
            "/api/v1/connections",
            new { provider = ProviderId, purpose = "organizer" }
        );
        var body = await Body(reply);
        ConnectionId = body["id"]!.GetValue<string>();
        await ConsentAsync(body["connectUrl"]!.GetValue<string>(), account);
    }

    /// <summary>Presses "Refresh your connection" and consents again.</summary>
    public async Task ReconnectAsync(string account = Olivia)
    {
        var reply = await Api.PostAsync($"/api/v1/connections/{ConnectionId}/reconnect", null);
        await ConsentAsync((await Body(reply))["connectUrl"]!.GetValue<string>(), account);
    }

    private async Task ConsentAsync(string connectUrl, string account)
    {
        using var browser = new FormBrowser(Parley);
        var path = new Uri(connectUrl).AbsolutePath;
        var authorize = (await browser.SubmitAsync(path, path)).Headers.Location!;
        using var at = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(Twin.Url),
        };
        var signedIn = await at.PostAsync(
            $"{TwinPath}/oauth/signin",
            Form(("request", authorize.Query), ("email", account), ("password", "sandbox"))
        );
        var page = await at.GetAsync(signedIn.Headers.Location);
        var back = page.Headers.Location;
        if (back is null)
        {
            var html = await page.Content.ReadAsStringAsync();
            var key = WebUtility.HtmlDecode(FormKey().Match(html).Groups[1].Value);
            var decided = await at.PostAsync(
                $"{TwinPath}/oauth/consent",
                Form(("request", authorize.Query), ("formKey", key), ("decision", "allow"))
            );
            back = decided.Headers.Location!;
        }

        var finished = await browser.GetAsync(back.PathAndQuery);
        finished.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await finished.Content.ReadAsStringAsync());
    }

    // — the twin

    public async Task FaultAsync(string operation, string kind, object? more = null)
    {
        var fault = more is null ? [] : JsonSerializer.SerializeToNode(more)!.AsObject();
        fault["provider"] = ProviderId;
        fault["operation"] = operation;
        fault["kind"] = kind;
        var reply = await TwinHttp.PostAsJsonAsync("/control/faults", fault);
        reply.StatusCode.ShouldBe(HttpStatusCode.Created, await reply.Content.ReadAsStringAsync());
    }

    public Task ClearFaultsAsync() => TwinHttp.DeleteAsync("/control/faults");

    public async Task SettingsAsync(object settings) =>
        (await TwinHttp.PostAsJsonAsync("/control/settings", settings)).StatusCode.ShouldBe(HttpStatusCode.OK);

    /// <summary>What is really there.</summary>
    public async Task<List<TwinMeeting>> TruthAsync() =>
        (await TwinHttp.GetFromJsonAsync<JsonNode>($"/control/meetings?provider={ProviderId}"))!["items"]!
            .AsArray()
            .Select(node => new TwinMeeting(
                node!["id"]!.GetValue<string>(),
                node["subject"]!.GetValue<string>(),
                InstantPattern.ExtendedIso.Parse(node["startsAt"]!.GetValue<string>()).Value,
                InstantPattern.ExtendedIso.Parse(node["endsAt"]!.GetValue<string>()).Value
            ))
            .ToList();

    /// <summary>How often an operation reached the twin, faulty calls included.</summary>
    public async Task<long> CallsAsync(string operation) =>
        (await TwinHttp.GetFromJsonAsync<JsonNode>($"/control/log?provider={ProviderId}"))!["counts"]!
            [operation]
            ?.GetValue<long>()
        ?? 0;

    /// <summary>What somebody does in GoTo's own program, or another integration.</summary>
    public async Task<HttpResponseMessage> ByHandAsync(
        HttpMethod method,
        string path,
        object? body = null,
        string account = Olivia
    )
    {
        var issued = await TwinHttp.PostAsJsonAsync("/control/tokens", new { provider = "gotomeeting", account });
        using var request = new HttpRequestMessage(method, $"/goto/G2M/rest/{path}");
        request.Headers.Authorization = new("Bearer", (await Body(issued))["accessToken"]!.GetValue<string>());
        request.Content = body is null ? null : JsonContent.Create(body);
        return await TwinHttp.SendAsync(request);
    }

    /// <summary>What was to happen late by the twin's clock happens.</summary>
    public Task RunLateCallsAsync() => TwinHttp.PostAsJsonAsync("/control/clock", new { advanceSeconds = 0 });

    // — Parley

    public static object Wish(
        string subject = "Demo with Alice",
        string startsAt = "2026-12-10T09:00:00Z",
        int durationMinutes = 30
    ) =>
        new
        {
            subject,
            startsAt,
            durationMinutes,
            timeZone = "Europe/Berlin",
            attendees = new[] { new { name = "Alice", email = "alice@example.org" } },
        };

    public async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(
        HttpMethod method,
        string path,
        object? body = null,
        string? ifMatch = null
    )
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            _ => JsonContent.Create(body),
        };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        using var reply = await Api.SendAsync(request);
        return (reply.StatusCode, await Body(reply));
    }

    /// <returns>The arrangement's id.</returns>
    public async Task<string> CreateAsync(object? wish = null, HttpStatusCode expected = HttpStatusCode.Created)
    {
        var (status, body) = await SendAsync(HttpMethod.Post, Meetings, wish ?? Wish());
        status.ShouldBe(expected, body.ToJsonString());
        return body["arrangementId"]!.GetValue<string>();
    }

    public Task<(HttpStatusCode Status, JsonNode Body)> PatchAsync(string id, object patch) =>
        SendAsync(HttpMethod.Patch, $"{Meetings}/{id}", patch);

    public Task<(HttpStatusCode Status, JsonNode Body)> DeleteAsync(string id) =>
        SendAsync(HttpMethod.Delete, $"{Meetings}/{id}");

    public async Task<Arrangement> ArrangementAsync(string id) =>
        (await Parley.Db.ReadAsync(session => Arrangements.FindAsync(session, WorkspaceId, id)))!;

    public Task<List<Effect>> EffectsAsync(string id) =>
        Parley.Db.ReadAsync(session => Effects.OfArrangementAsync(session, WorkspaceId, id));

    /// <summary>The meeting effects' states, by version.</summary>
    public async Task<string> StatesAsync(string id) =>
        string.Join(
            ' ',
            (await EffectsAsync(id)).Where(effect => effect.Kind == EffectKind.Meeting).Select(effect => effect.State)
        );

    public async Task<List<string>> HistoryAsync(string id) =>
        (await Api.GetFromJsonAsync<JsonNode>($"/api/v1/arrangements/{id}/ledger"))!["effects"]!
            .AsArray()
            .Where(effect => effect!["kind"]!.GetValue<string>() == EffectKind.Meeting)
            .SelectMany(effect => effect!["events"]!.AsArray())
            .Select(step => $"{step!["to"]!.GetValue<string>()}/{step["outcome"]?.GetValue<string>()}")
            .ToList();

    /// <inheritdoc cref="TestServer.PumpAsync"/>
    public Task PumpAsync(Func<Task<bool>> condition, string what, Duration? step = null) =>
        Parley.PumpAsync(condition, what, step);

    /// <summary>Until every call for the arrangement has come to its end; sweeps may still be waiting.</summary>
    public Task SettledAsync(string id) =>
        PumpAsync(
            async () =>
                (await EffectsAsync(id)).TrueForAll(effect =>
                    effect.FinishedAt is not null || effect.Kind is EffectKind.Mail or EffectKind.Sweep
                ),
            $"{id} settles"
        );

    /// <summary>
    /// Until the last sweep has found nothing more to do. The clock leaps from one due time to the next, and only while nothing is
    /// under way: a call must not seem to take hours.
    /// </summary>
    public async Task SweptAsync()
    {
        for (var watch = System.Diagnostics.Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(60); )
        {
            var now = Clock.GetCurrentInstant();
            var open = await Parley.Db.ReadAsync(session =>
                session.QueryAsync<Effect>(
                    $"SELECT {Effects.Columns} FROM effect WHERE finished_at IS NULL AND kind <> 'mail' /* all workspaces: tests */"
                )
            );
            if (open.Count == 0)
            {
                return;
            }

            if (
                open.TrueForAll(effect =>
                    effect.NotBefore > now && effect.State is not (EffectState.Sending or EffectState.Reconciling)
                )
            )
            {
                Clock.Set(open.Min(effect => effect.NotBefore));
            }

            await Task.Delay(5);
        }

        throw new TimeoutException("Waited 60 s in vain: all sweeps are done");
    }

    public Task<long> OpenAsync() =>
        Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>(
                "SELECT COUNT(*) FROM effect WHERE finished_at IS NULL AND kind <> 'mail' /* all workspaces: tests */"
            )
        );

    public Task ExecuteAsync(string sql) =>
        Parley.Db.WriteAsync(session => session.ExecuteAsync($"{sql} /* all workspaces: tests */"));

    public async ValueTask DisposeAsync()
    {
        Provider.Release();
        TwinHttp.Dispose();
        await Parley.DisposeAsync();
        if (_ownsTwin)
        {
            await Twin.DisposeAsync();
        }
    }

    public static async Task<JsonNode> Body(HttpResponseMessage reply)
    {
        var text = await reply.Content.ReadAsStringAsync();
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    [GeneratedRegex("name=\"formKey\" value=\"([^\"]+)\"")]
    private static partial Regex FormKey();

    /// <summary>The twin is up before the server whose clock it shares.</summary>
    private sealed class SharedClock : IClock
    {
        private volatile FakeClock? _followed;

        public void Follow(FakeClock clock) => _followed = clock;

        public Instant GetCurrentInstant() => _followed?.GetCurrentInstant() ?? FakeClock.Start;
    }
}
