using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing.OAuth;
using Parley.Conferencing.Tests.GoToMeeting;
using Parley.Conferencing.Zoom;
using Parley.Sandbox;

namespace Parley.Conferencing.Tests.Zoom;

/// <summary>
/// The adapter beside the Zoom twin. Adele, the owner, comes through the administrators' app; Zoe through the organizers'. The accounts ask
/// for no passcode by themselves, so that with and without can both be had.
/// </summary>
internal sealed class ZoomBench : IProviderBench
{
    public static readonly Instant Now = Instant.FromUtc(2026, 11, 20, 12, 0);

    private const string Redirect = "https://parley.example/oauth/zoom/callback";
    private const string Unlicensed = "una@northwind.example";
    private const string Meetings =
        "\"meeting:write:meeting\",\"meeting:read:meeting\",\"meeting:update:meeting\",\"meeting:delete:meeting\",\"meeting:read:list_meetings\"";
    private readonly SandboxHost _twin;
    private readonly ServiceProvider _services;
    private readonly HttpClient _browser;

    private ZoomBench(SandboxHost twin)
    {
        _twin = twin;
        _browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = new Uri(twin.Url),
        };
        var services = new ServiceCollection();
        services.AddSingleton<IClock>(new StoppedClock(Now));
        _services = services
            .AddZoom(
                new ZoomOptions
                {
                    AuthorizeUrl = twin.Url + "/zoom/oauth/authorize",
                    TokenUrl = twin.Url + "/zoom/oauth/token",
                    RevokeUrl = twin.Url + "/zoom/oauth/revoke",
                    ApiBaseUrl = twin.Url + "/zoom/v2",
                    TrustedInsecureOrigins = [twin.Url],
                    HttpTimeout = HttpTimeout,
                    ReadRetryDelay = TimeSpan.Zero,
                }
            )
            .BuildServiceProvider();
        var registration = _services.GetRequiredService<ProviderCatalogue>().Find("zoom")!;
        (Provider, OAuth) = (registration.Provider, registration.OAuth);
    }

    public IConferencingProvider Provider { get; }
    public IOAuthClient OAuth { get; }
    public OAuthApp App => AppOf("organizer");
    public string RedirectUri => Redirect;
    public TimeSpan HttpTimeout => TimeSpan.FromSeconds(3);

    /// <param name="settings">For the twin's <c>/control/settings</c>.</param>
    public static async Task<ZoomBench> StartAsync(string settings = """{"provider":"zoom"}""")
    {
        var bench = new ZoomBench(
            await SandboxHost.StartAsync(
                new SandboxOptions
                {
                    Url = "http://127.0.0.1:0",
                    ZoomRedirectUris = [Redirect],
                    Clock = new StoppedClock(Now),
                }
            )
        );
        await bench.PostAsync("settings", """{"provider":"zoom","limitsEnforced":false}""");
        await bench.PostAsync("settings", settings);
        await bench.PostAsync(
            "accounts",
            $$"""{"provider":"zoom","email":"{{Unlicensed}}","firstName":"Una","lastName":"Unlicensed","unassigned":true}"""
        );
        foreach (var email in new[] { "adele@northwind.example", "zoe@northwind.example" })
            await bench.PostAsync("people/" + email, """{"provider":"zoom","settings":{"requirePasscode":false}}""");
        return bench;
    }

    public OAuthApp AppOf(string purpose)
    {
        var app = _twin.ZoomApps.Single(one => one.Purpose == purpose);
        return new OAuthApp(app.ClientId, app.ClientSecret);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _services.DisposeAsync();
        await _twin.DisposeAsync();
    }

    public async Task<ProviderAccess> AccessAsync(Persona persona)
    {
        var (app, more) = persona switch
        {
            Persona.Organizer => ("account", ""),
            Persona.ExpiredToken => ("account", ",\"expiresInSeconds\":-60"),
            Persona.ProfileOnly => ("organizer", $",\"scopes\":[{Meetings},\"user:read:user\"]"),
            Persona.MeetingsOnly => ("organizer", $",\"scopes\":[{Meetings}]"),
            _ => ("organizer", ""),
        };
        return await AccessAsync(EmailOf(persona), app, more);
    }

    public async Task<ProviderAccess> AccessAsync(string email, string app = "organizer", string more = "")
    {
        var tokens = await PostAsync(
            "tokens",
            $$"""{"provider":"zoom","app":"{{app}}","account":"{{email}}"{{more}}}"""
        );
        return new ProviderAccess(tokens["accessToken"]!.GetValue<string>());
    }

    public async Task<(string Email, string Key)> PersonAsync(Persona persona)
    {
        var email = EmailOf(persona);
        var people = (await GetAsync("accounts?provider=zoom"))["items"]!.AsArray();
        return (email, people.Single(one => one!["email"]!.GetValue<string>() == email)!["id"]!.GetValue<string>());
    }

    // Zoom tells alternative hosts by address, also those that were named by id.
    public Task<string> CoOrganizerAsync() => Task.FromResult(EmailOf(Persona.Colleague));

    public async Task<string> HoldAsync(string meetingId, Instant startedAt, int minutes, params Present[] people)
    {
        var attendees = new JsonArray([
            .. people.Select(one => new JsonObject { ["name"] = one.Name, ["email"] = one.Email }),
        ]);
        var session = await PostAsync(
            $"meetings/{meetingId}/run",
            new JsonObject
            {
                ["startedAt"] = InstantPattern.General.Format(startedAt),
                ["minutes"] = minutes,
                ["attendees"] = attendees,
            }.ToJsonString()
        );
        return session["id"]!.GetValue<string>();
    }

    public Task FillAsync(Persona persona, int sessions, Instant from, Instant to) =>
        PostAsync(
            "sessions",
            $$"""{"provider":"zoom","organizer":"{{EmailOf(persona)}}","count":{{sessions}},"from":"{{InstantPattern.General.Format(from)}}","to":"{{InstantPattern.General.Format(to)}}","attendees":1}"""
        );

    // Zoom's windows are fixed: a month for reports.
    public Task NarrowHistoryAsync(int days) => Task.CompletedTask;

    public async Task<string> RefreshTokenAsync() =>
        (await PostAsync("tokens", """{"provider":"zoom","account":"zoe@northwind.example"}"""))[
            "refreshToken"
        ]!.GetValue<string>();

    public async Task<string> ConsentAsync(string authorizeUrl)
    {
        var request = new Uri(authorizeUrl).Query;
        var page = await FormAsync(
            "/zoom/oauth/signin",
            ("request", request),
            ("email", "zoe@northwind.example"),
            ("password", "sandbox")
        );
        page = await _browser.GetAsync(page.Headers.Location);
        if (page.StatusCode == HttpStatusCode.OK)
        {
            var html = await page.Content.ReadAsStringAsync();
            const string mark = "name=\"formKey\" value=\"";
            var from = html.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
            var key = WebUtility.HtmlDecode(html[from..html.IndexOf('"', from)]);
            page = await FormAsync(
                "/zoom/oauth/consent",
                ("request", request),
                ("formKey", key),
                ("decision", "allow")
            );
        }
        var back = page.Headers.Location.ShouldNotBeNull();
        back.AbsoluteUri.ShouldStartWith(Redirect);
        return QueryHelpers.ParseQuery(back.Query)["code"].ToString();
    }

    public Task SpoilAsync(string operation, string kind, string more = "") =>
        PostAsync(
            "faults",
            $$"""{"provider":"zoom","operation":"{{operation}}","kind":"{{kind}}","times":1{{more}}}"""
        );

    public async Task<int> CountAsync() => (await GetAsync("meetings?provider=zoom"))["items"]!.AsArray().Count;

    public async Task<int> CallsAsync(string operation) =>
        (await GetAsync("log?provider=zoom&operation=" + operation))["items"]!.AsArray().Count;

    public async Task<JsonNode> GetAsync(string path) =>
        JsonNode.Parse(await _browser.GetStringAsync("/control/" + path))!;

    public async Task<JsonNode> PostAsync(string path, string json)
    {
        var reply = await _browser.PostAsync(
            "/control/" + path,
            new StringContent(json, Encoding.UTF8, "application/json")
        );
        var text = await reply.Content.ReadAsStringAsync();
        reply.IsSuccessStatusCode.ShouldBeTrue(text);
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    private static string EmailOf(Persona persona) =>
        persona switch
        {
            Persona.Unlicensed => Unlicensed,
            Persona.Colleague => "zoe@northwind.example",
            _ => "adele@northwind.example",
        };

    private Task<HttpResponseMessage> FormAsync(string path, params (string Name, string Value)[] fields) =>
        _browser.PostAsync(
            path,
            new FormUrlEncodedContent(fields.ToDictionary(field => field.Name, field => field.Value))
        );
}
