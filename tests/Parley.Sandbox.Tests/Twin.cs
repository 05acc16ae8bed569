using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NodaTime;

namespace Parley.Sandbox.Tests;

/// <summary>A sandbox on a free port with a browser-like client (cookies, no redirects) and helpers for its API.</summary>
public sealed class Twin : IAsyncDisposable
{
    public const string Redirect = "http://127.0.0.1:5080/oauth/gotomeeting/callback";
    public const string Olivia = "olivia@northwind.example";
    public const string Oscar = "oscar@northwind.example";
    public const string Una = "una@northwind.example";
    public const string Fiona = "fiona@fabrikam.example";

    private readonly HttpClientHandler handler = new()
    {
        AllowAutoRedirect = false,
        CookieContainer = new CookieContainer(),
    };

    private Twin(SandboxHost host)
    {
        Host = host;
        Http = new HttpClient(handler) { BaseAddress = new Uri(host.Url), Timeout = TimeSpan.FromSeconds(20) };
    }

    public SandboxHost Host { get; }
    public HttpClient Http { get; }

    /// <param name="rateLimit">Calls a second; null: none, for most tests are about something else.</param>
    public static async Task<Twin> StartAsync(
        string? dataDirectory = null,
        IClock? clock = null,
        int? rateLimit = null
    ) =>
        new(
            await SandboxHost.StartAsync(
                new SandboxOptions
                {
                    Url = "http://127.0.0.1:0",
                    RateLimitPerSecond = rateLimit,
                    RedirectUris = [Redirect],
                    ZoomRedirectUris = [ZoomCalls.Redirect],
                    DataDirectory = dataDirectory,
                    Clock = clock ?? SystemClock.Instance,
                },
                TestContext.Current.CancellationToken
            )
        );

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        handler.Dispose();
        await Host.DisposeAsync();
    }

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public static async Task<JsonNode> ReadAsync(HttpResponseMessage reply) =>
        JsonNode.Parse(await reply.Content.ReadAsStringAsync()) ?? throw new InvalidDataException("null");

    public async Task<JsonNode> ControlAsync(string path, string json, HttpStatusCode? expected = null)
    {
        using HttpResponseMessage reply = await Http.PostAsync($"/control/{path}", Json(json));
        string text = await reply.Content.ReadAsStringAsync();
        if (expected is null)
        {
            reply.IsSuccessStatusCode.ShouldBeTrue(text);
        }
        else
        {
            reply.StatusCode.ShouldBe(expected.Value, text);
        }

        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    public async Task<JsonNode> ControlAsync(string path) => await ReadAsync(await Http.GetAsync($"/control/{path}"));

    /// <summary>An access token without the browser.</summary>
    public async Task<string> TokenAsync(string account = Olivia, string extra = "") =>
        (await ControlAsync("tokens", $$"""{"provider":"gotomeeting","account":"{{account}}"{{extra}}}"""))[
            "accessToken"
        ]!.GetValue<string>();

    public async Task<HttpResponseMessage> G2mAsync(HttpMethod method, string path, string? token, string? body = null)
    {
        using HttpRequestMessage request = new(method, $"/goto/G2M/rest/{path}");
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        request.Content = body is null ? null : Json(body);
        return await Http.SendAsync(request);
    }

    public static string Meeting(
        string subject = "Demo with Alice",
        string start = "2027-01-05T09:00:00Z",
        string end = "2027-01-05T09:30:00Z"
    ) =>
        $$"""
            {"subject":"{{subject}}","starttime":"{{start}}","endtime":"{{end}}","passwordrequired":false,
             "conferencecallinfo":"Hybrid","timezonekey":"","meetingtype":"scheduled"}
            """;

    /// <summary>Creates a meeting and returns its id.</summary>
    public async Task<long> CreateAsync(string token, string subject = "Demo with Alice")
    {
        using HttpResponseMessage reply = await G2mAsync(HttpMethod.Post, "meetings", token, Meeting(subject));
        reply.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (await ReadAsync(reply))[0]!["meetingid"]!.GetValue<long>();
    }

    /// <summary>The twin's own truth about live meetings.</summary>
    public async Task<JsonArray> MeetingsAsync(string query = "") =>
        (await ControlAsync($"meetings{query}"))["items"]!.AsArray();

    public string AuthorizeUrl(
        string? challenge = null,
        string redirect = Redirect,
        string extra = "",
        string state = "s-1"
    ) =>
        $"/goto/oauth/authorize?client_id={Uri.EscapeDataString(Host.ClientId)}&response_type=code&state={state}"
        + $"&redirect_uri={Uri.EscapeDataString(redirect)}"
        + (challenge is null ? "" : $"&code_challenge={challenge}&code_challenge_method=S256")
        + extra;

    /// <summary>Looks again until something has happened; the request in between is the pause.</summary>
    public async Task UntilAsync(Func<Task<bool>> happened)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!await happened())
        {
            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(10));
            using HttpResponseMessage pause = await Http.GetAsync("/control/clock");
        }
    }

    public static string Challenge(string verifier) =>
        System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    public async Task<HttpResponseMessage> PostFormAsync(string path, params (string Name, string Value)[] fields) =>
        await Http.PostAsync(
            path,
            new FormUrlEncodedContent(fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value)))
        );

    /// <summary>The token endpoint with Basic authentication.</summary>
    public async Task<HttpResponseMessage> TokenCallAsync(params (string Name, string Value)[] fields)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/goto/oauth/token");
        request.Headers.Authorization = Basic(Host.ClientId, Host.ClientSecret);
        request.Content = new FormUrlEncodedContent(
            fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value))
        );
        return await Http.SendAsync(request);
    }

    public static AuthenticationHeaderValue Basic(string id, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));

    /// <summary>Signs in with e-mail and password, allows, and returns where the browser is sent.</summary>
    public async Task<Uri> ConsentAsync(string authorizeUrl, string email = Olivia, string decision = "allow")
    {
        string query = authorizeUrl[authorizeUrl.IndexOf('?', StringComparison.Ordinal)..];
        using HttpResponseMessage signedIn = await PostFormAsync(
            "/goto/oauth/signin",
            ("request", query),
            ("email", email),
            ("password", "sandbox")
        );
        signedIn.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        using HttpResponseMessage page = await Http.GetAsync(signedIn.Headers.Location);
        if (page.StatusCode == HttpStatusCode.Redirect)
        {
            return page.Headers.Location!;
        }

        string html = await page.Content.ReadAsStringAsync();
        using HttpResponseMessage decided = await PostFormAsync(
            "/goto/oauth/consent",
            ("request", query),
            ("formKey", Hidden(html, "formKey")),
            ("decision", decision)
        );
        decided.StatusCode.ShouldBe(HttpStatusCode.SeeOther, html);
        return decided.Headers.Location!;
    }

    public async Task<string> CodeAsync(string? challenge = null) =>
        Query(await ConsentAsync(AuthorizeUrl(challenge)), "code") ?? throw new InvalidDataException("no code");

    public static string? Query(Uri uri, string name) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(uri.Query).TryGetValue(name, out var value)
            ? value.ToString()
            : null;

    public static string Hidden(string html, string name)
    {
        string start = $"name=\"{name}\" value=\"";
        int from = html.IndexOf(start, StringComparison.Ordinal) + start.Length;
        from.ShouldBeGreaterThan(start.Length, html);
        return WebUtility.HtmlDecode(html[from..html.IndexOf('"', from)]);
    }
}
