using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NodaTime;
using Parley.Sandbox;
using Parley.Server.Hosting;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections.Diagnosis;

/// <summary>How a world differs from one where everything is right.</summary>
internal sealed record TwinWorldOptions
{
    /// <summary>Registered at the twin; null = exactly what Parley sends.</summary>
    public string? RegisteredRedirectUri { get; init; }

    /// <summary>Further configuration; <c>{twin}</c> stands for the twin's address.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);
    public string? ClientId { get; init; }
    public string? ClientSecret { get; init; }
    public string Purpose { get; init; } = "organizer";
    public DatabaseKind Database { get; init; } = DatabaseKind.Sqlite;
}

/// <summary>Parley, the GoTo twin on the same clock, and the owner at a browser.</summary>
internal sealed partial class TwinWorld : IAsyncDisposable
{
    public const string RedirectUri = "http://127.0.0.1:5080/oauth/gotomeeting/callback";
    private readonly TwinWorldOptions _options;

    private TwinWorld(TwinWorldOptions options, TestServer parley, SandboxHost twin)
    {
        (_options, Parley, Twin) = (options, parley, twin);
        Owner = new FormBrowser(parley);
        TwinHttp = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }
        )
        {
            BaseAddress = new Uri(twin.Url),
        };
    }

    public TestServer Parley { get; }
    public SandboxHost Twin { get; }
    public FormBrowser Owner { get; }
    public HttpClient TwinHttp { get; }
    public string Id { get; private set; } = "";
    public string Api => $"/api/v1/connections/{Id}";

    /// <summary>What the person saw at the end of the last attempt to connect; empty when it led back into the product.</summary>
    public string LastPage { get; private set; } = "";

    public static async Task<TwinWorld> StartAsync(TwinWorldOptions? options = null)
    {
        options ??= new TwinWorldOptions();
        var clock = new SharedClock();
        var twin = await SandboxHost.StartAsync(
            new SandboxOptions
            {
                Url = "http://127.0.0.1:0",
                RateLimitPerSecond = null,
                Clock = clock,
                RedirectUris = [options.RegisteredRedirectUri ?? RedirectUri],
            }
        );
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Provisioning:HttpTimeout"] = "00:00:05",
            ["Provisioning:AnswerWait"] = "00:00:10",
            ["Providers:GoToMeeting:AuthorizeUrl"] = $"{twin.Url}/goto/oauth/authorize",
            ["Providers:GoToMeeting:TokenUrl"] = $"{twin.Url}/goto/oauth/token",
            ["Providers:GoToMeeting:RevokeUrl"] = $"{twin.Url}/goto/oauth/revoke",
            ["Providers:GoToMeeting:ApiBaseUrl"] = $"{twin.Url}/goto/G2M/rest",
            ["Providers:GoToMeeting:AdminBaseUrl"] = $"{twin.Url}/goto/admin/rest/v1",
            ["Providers:GoToMeeting:ScimBaseUrl"] = $"{twin.Url}/goto/identity/v1",
            ["Providers:GoToMeeting:JoinHosts"] = twin.Url,
            ["Providers:GoToMeeting:JoinUrlTemplate"] = $"{twin.Url}/join/{{id}}",
        };
        foreach (var (key, value) in options.Settings)
        {
            values[key] = value.Replace("{twin}", twin.Url, StringComparison.Ordinal);
        }

        var parley = await TestServer.StartAsync(options.Database, values);
        clock.Follow(parley.Clock);
        var world = new TwinWorld(options, parley, twin);
        await world.Owner.SignInAsync();
        (
            await parley.Api.PutAsJsonAsync(
                $"/api/v1/providers/gotomeeting/apps/{options.Purpose}",
                new
                {
                    clientId = options.ClientId ?? twin.ClientId,
                    clientSecret = options.ClientSecret ?? twin.ClientSecret,
                }
            )
        ).StatusCode.ShouldBe(HttpStatusCode.OK);
        return world;
    }

    /// <summary>Presses Connect and consents, or denies; the outcome is on <see cref="LastPage"/>.</summary>
    public async Task ConnectAsync(string account = ConnectedServer.Olivia, string decision = "allow")
    {
        var left = await Owner.SubmitAsync(
            "/account",
            "/connections/start",
            ("provider", "gotomeeting"),
            ("purpose", _options.Purpose)
        );
        var authorize = left.Headers.Location.ShouldNotBeNull(await left.Content.ReadAsStringAsync());
        var list = (await GetAsync("/api/v1/connections"))["items"]!.AsArray();
        Id = list[^1]!["id"]!.GetValue<string>();
        var signedIn = await TwinHttp.PostAsync(
            "/goto/oauth/signin",
            Form(("request", authorize.Query), ("email", account), ("password", "sandbox"))
        );
        var page = await TwinHttp.GetAsync(signedIn.Headers.Location);
        var back = page.Headers.Location;
        if (back is null)
        {
            var html = await page.Content.ReadAsStringAsync();
            var decided = await TwinHttp.PostAsync(
                "/goto/oauth/consent",
                Form(
                    ("request", authorize.Query),
                    ("formKey", WebUtility.HtmlDecode(FormKey().Match(html).Groups[1].Value)),
                    ("decision", decision)
                )
            );
            back = decided.Headers.Location.ShouldNotBeNull(await decided.Content.ReadAsStringAsync());
        }

        var finished = await Owner.GetAsync(back.PathAndQuery);
        LastPage = finished.StatusCode == HttpStatusCode.SeeOther ? "" : await TextAsync(finished);
    }

    public async Task ConnectedAsync(string account = ConnectedServer.Olivia)
    {
        await ConnectAsync(account);
        LastPage.ShouldBeEmpty();
    }

    /// <summary>Somebody with the owner's password and another role.</summary>
    public Task AddMemberAsync(string email, string role) =>
        Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO member (workspace_id, id, email, email_normalized, name, role, time_zone, password_hash, security_stamp, created_at)
                SELECT workspace_id, @email, @email, @normalized, 'Mia', @role, 'Europe/Berlin', password_hash, security_stamp, created_at
                FROM member WHERE email = @owner /* all workspaces: test */
                """,
                new
                {
                    email,
                    normalized = email.ToUpperInvariant(),
                    role,
                    owner = TestServer.OwnerEmail,
                }
            )
        );

    public async Task FaultAsync(string operation, string kind, object? more = null)
    {
        var fault = more is null ? [] : System.Text.Json.JsonSerializer.SerializeToNode(more)!.AsObject();
        fault["provider"] = "gotomeeting";
        fault["operation"] = operation;
        fault["kind"] = kind;
        var reply = await TwinHttp.PostAsJsonAsync("/control/faults", fault);
        reply.StatusCode.ShouldBe(HttpStatusCode.Created, await reply.Content.ReadAsStringAsync());
    }

    public async Task ControlAsync(string path, object body)
    {
        var reply = await TwinHttp.PostAsJsonAsync($"/control/{path}", body);
        reply.IsSuccessStatusCode.ShouldBeTrue(await reply.Content.ReadAsStringAsync());
    }

    /// <summary>By API key.</summary>
    public async Task<(int Status, JsonNode Body)> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        using var reply = await Parley.Api.SendAsync(request);
        var text = await reply.Content.ReadAsStringAsync();
        return ((int)reply.StatusCode, text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!);
    }

    public async Task<JsonNode> GetAsync(string path) => (await SendAsync(HttpMethod.Get, path)).Body;

    /// <summary>The text of a page, as the owner reads it.</summary>
    public async Task<string> ReadAsync(string path) => await TextAsync(await Owner.GetAsync(path));

    /// <summary>Sends a form of the product as the owner.</summary>
    public async Task<(HttpStatusCode Status, string Text)> SubmitAsync(
        string action,
        params (string Name, string Value)[] fields
    )
    {
        var reply = await Owner.SubmitAsync("/account", action, fields);
        return (reply.StatusCode, await TextAsync(reply));
    }

    private static async Task<string> TextAsync(HttpResponseMessage reply) =>
        WebUtility.HtmlDecode(await reply.Content.ReadAsStringAsync());

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    public async ValueTask DisposeAsync()
    {
        Owner.Dispose();
        TwinHttp.Dispose();
        await Parley.DisposeAsync();
        await Twin.DisposeAsync();
    }

    [GeneratedRegex("name=\"formKey\" value=\"([^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex FormKey();

    private sealed class SharedClock : IClock
    {
        private volatile FakeClock? _followed;

        public void Follow(FakeClock clock) => _followed = clock;

        public Instant GetCurrentInstant() => _followed?.GetCurrentInstant() ?? FakeClock.Start;
    }
}
