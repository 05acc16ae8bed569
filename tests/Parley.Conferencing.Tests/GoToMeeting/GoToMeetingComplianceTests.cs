using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing.GoToMeeting;
using Parley.Conferencing.OAuth;
using Parley.Sandbox;

namespace Parley.Conferencing.Tests.GoToMeeting;

/// <summary>The adapter against the GoTo twin as it answers by default.</summary>
public sealed class GoToMeetingComplianceTests : ProviderComplianceSuite
{
    protected override async Task<IProviderBench> StartBenchAsync() => await GoToBench.StartAsync();
}

/// <summary>The same where the sources leave GoTo another choice: 401 for old tokens, entities undone, refresh tokens that rotate.</summary>
public sealed class GoToMeetingOtherwiseComplianceTests : ProviderComplianceSuite
{
    protected override async Task<IProviderBench> StartBenchAsync() =>
        await GoToBench.StartAsync(
            """{"expiryStatus":401,"subjectEntities":"decoded","refreshPolicy":"rotated","upcomingKeys":"numbers"}"""
        );
}

/// <summary>The twin as the published file says, strictly.</summary>
public sealed class GoToMeetingSpecComplianceTests : ProviderComplianceSuite
{
    protected override async Task<IProviderBench> StartBenchAsync() =>
        await GoToBench.StartAsync("""{"wireMode":"spec"}""");
}

/// <summary>Records and directory, the twin as it answers by default.</summary>
public sealed class GoToRecordsComplianceTests : RecordsComplianceSuite
{
    protected override async Task<IProviderBench> StartBenchAsync() => await GoToBench.StartAsync();
}

/// <summary>The same where the sources leave GoTo another choice.</summary>
public sealed class GoToRecordsOtherwiseComplianceTests : RecordsComplianceSuite
{
    protected override async Task<IProviderBench> StartBenchAsync() =>
        await GoToBench.StartAsync(
            """{"subjectEntities":"decoded","errorBody":"edge","guestEmail":"NA","escapedSlashes":true,"statusWords":"interface","adminKeys":"numbers","upcomingKeys":"numbers"}"""
        );
}

/// <summary>The same as the published file says, strictly.</summary>
public sealed class GoToRecordsSpecComplianceTests : RecordsComplianceSuite
{
    protected override async Task<IProviderBench> StartBenchAsync() =>
        await GoToBench.StartAsync("""{"wireMode":"spec"}""");
}

internal sealed class GoToBench : IProviderBench
{
    private const string Redirect = "http://127.0.0.1:5080/oauth/gotomeeting/callback";
    private readonly SandboxHost _twin;
    private readonly ServiceProvider _services;
    private readonly HttpClient _browser;

    private GoToBench(SandboxHost twin)
    {
        _twin = twin;
        _browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = new Uri(twin.Url),
        };
        _services = new ServiceCollection()
            .AddGoToMeeting(
                new GoToMeetingOptions
                {
                    AuthorizeUrl = twin.Url + "/goto/oauth/authorize",
                    TokenUrl = twin.Url + "/goto/oauth/token",
                    RevokeUrl = twin.Url + "/goto/oauth/revoke",
                    ApiBaseUrl = twin.Url + "/goto/G2M/rest",
                    AdminBaseUrl = twin.Url + "/goto/admin/rest/v1",
                    ScimBaseUrl = twin.Url + "/goto/identity/v1",
                    TrustedInsecureOrigins = [twin.Url],
                    HttpTimeout = HttpTimeout,
                    ReadRetryDelay = TimeSpan.Zero,
                }
            )
            .BuildServiceProvider();
        var registration = _services.GetRequiredService<ProviderCatalogue>().Find("gotomeeting")!;
        (Provider, OAuth) = (registration.Provider, registration.OAuth);
    }

    public IConferencingProvider Provider { get; }
    public IOAuthClient OAuth { get; }
    public OAuthApp App => new(_twin.ClientId, _twin.ClientSecret);
    public string RedirectUri => Redirect;
    public TimeSpan HttpTimeout => TimeSpan.FromSeconds(3);

    /// <param name="settings">For the twin's <c>/control/settings</c>.</param>
    public static async Task<GoToBench> StartAsync(string settings = "{}")
    {
        var bench = new GoToBench(
            await SandboxHost.StartAsync(
                new SandboxOptions
                {
                    Url = "http://127.0.0.1:0",
                    RedirectUris = [Redirect],
                    RateLimitPerSecond = null,
                }
            )
        );
        await bench.PostAsync("settings", settings);
        return bench;
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _services.DisposeAsync();
        await _twin.DisposeAsync();
    }

    public async Task<ProviderAccess> AccessAsync(Persona persona)
    {
        var account = EmailOf(persona);
        var more = persona switch
        {
            Persona.ExpiredToken => ",\"expiresInSeconds\":-60",
            Persona.ProfileOnly => ",\"scopes\":[\"collab:\",\"identity:scim.me\"]",
            Persona.MeetingsOnly => ",\"scopes\":[\"collab:\"]",
            _ => "",
        };
        var tokens = await PostAsync("tokens", $$"""{"provider":"gotomeeting","account":"{{account}}"{{more}}}""");
        return new ProviderAccess(tokens["accessToken"]!.GetValue<string>());
    }

    public async Task<(string Email, string Key)> PersonAsync(Persona persona)
    {
        var email = EmailOf(persona);
        var people = (await GetAsync("accounts"))["items"]!.AsArray();
        return (
            email,
            people.Single(one => one!["email"]!.GetValue<string>() == email)!["organizerKey"]!.GetValue<string>()
        );
    }

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
            $$"""{"provider":"gotomeeting","organizer":"{{EmailOf(persona)}}","count":{{sessions}},"from":"{{InstantPattern.General.Format(from)}}","to":"{{InstantPattern.General.Format(to)}}","attendees":1}"""
        );

    public Task NarrowHistoryAsync(int days) => PostAsync("settings", $$"""{"historyWindowDays":{{days}}}""");

    public async Task<string> RefreshTokenAsync() =>
        (await PostAsync("tokens", """{"provider":"gotomeeting","account":"olivia@northwind.example"}"""))[
            "refreshToken"
        ]!.GetValue<string>();

    public async Task<string> ConsentAsync(string authorizeUrl)
    {
        var request = new Uri(authorizeUrl).Query;
        var page = await FormAsync(
            "/goto/oauth/signin",
            ("request", request),
            ("email", "olivia@northwind.example"),
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
                "/goto/oauth/consent",
                ("request", request),
                ("formKey", key),
                ("decision", "allow")
            );
        }
        var back = page.Headers.Location.ShouldNotBeNull();
        back.AbsoluteUri.ShouldStartWith(Redirect);
        return QueryHelpers.ParseQuery(back.Query)["code"].ToString();
    }

    private static string EmailOf(Persona persona) =>
        persona switch
        {
            Persona.Unlicensed => "una@northwind.example",
            Persona.Colleague => "odile@northwind.example",
            _ => "olivia@northwind.example",
        };

    public Task SpoilAsync(string operation, string kind, string more = "") =>
        PostAsync(
            "faults",
            $$"""{"provider":"gotomeeting","operation":"{{operation}}","kind":"{{kind}}","times":1{{more}}}"""
        );

    public async Task<int> CountAsync() => (await GetAsync("meetings"))["items"]!.AsArray().Count;

    public async Task<int> CallsAsync(string operation) =>
        (await GetAsync("log?operation=" + operation))["items"]!.AsArray().Count;

    private Task<HttpResponseMessage> FormAsync(string path, params (string Name, string Value)[] fields) =>
        _browser.PostAsync(
            path,
            new FormUrlEncodedContent(fields.ToDictionary(field => field.Name, field => field.Value))
        );

    private async Task<JsonNode> GetAsync(string path) =>
        JsonNode.Parse(await _browser.GetStringAsync("/control/" + path))!;

    private async Task<JsonNode> PostAsync(string path, string json)
    {
        var reply = await _browser.PostAsync(
            "/control/" + path,
            new StringContent(json, Encoding.UTF8, "application/json")
        );
        var text = await reply.Content.ReadAsStringAsync();
        reply.IsSuccessStatusCode.ShouldBeTrue(text);
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }
}
