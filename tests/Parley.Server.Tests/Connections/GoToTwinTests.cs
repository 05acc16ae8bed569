using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parley.Sandbox;
using Parley.Server.Hosting;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

/// <summary>The real adapter against the GoTo twin: sign-in and consent pages, code exchange, profile, refresh, revoke.</summary>
public sealed partial class GoToTwinTests
{
    [Fact]
    public async Task An_account_is_connected_tested_refreshed_and_given_back()
    {
        await using var sandbox = await SandboxHost.StartAsync(
            new SandboxOptions
            {
                RateLimitPerSecond = null,
                Url = "http://localhost:0",
                Clock = new FakeClock(),
                RedirectUris = ["http://127.0.0.1:5080/oauth/gotomeeting/callback"],
            }
        );
        await using var parley = await TestServer.StartAsync(
            DatabaseKind.Sqlite,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Providers:GoToMeeting:AuthorizeUrl"] = $"{sandbox.Url}/goto/oauth/authorize",
                ["Providers:GoToMeeting:TokenUrl"] = $"{sandbox.Url}/goto/oauth/token",
                ["Providers:GoToMeeting:RevokeUrl"] = $"{sandbox.Url}/goto/oauth/revoke",
                ["Providers:GoToMeeting:ApiBaseUrl"] = $"{sandbox.Url}/goto/G2M/rest",
                ["Providers:GoToMeeting:AdminBaseUrl"] = $"{sandbox.Url}/goto/admin/rest/v1",
                ["Providers:GoToMeeting:ScimBaseUrl"] = $"{sandbox.Url}/goto/identity/v1",
            },
            demo: new DemoOptions(
                true,
                sandbox.Url,
                [new DemoProviderApp("gotomeeting", sandbox.ClientId, sandbox.ClientSecret)]
            )
        );
        var app = await PostAsync(parley, "/api/v1/providers/gotomeeting/app/test");
        app.GetProperty("ok").GetBoolean().ShouldBeTrue(app.ToString());

        var made = await parley.Api.PostAsJsonAsync(
            "/api/v1/connections",
            new { provider = "gotomeeting", purpose = "organizer" }
        );
        var pending = await made.Content.ReadFromJsonAsync<JsonElement>();
        var id = pending.GetProperty("id").GetString()!;
        using var browser = new FormBrowser(parley);
        var authorize = await ConnectWorld.ContinueAsync(
            browser,
            new Uri(pending.GetProperty("connectUrl").GetString()!).AbsolutePath
        );
        var back = await ConsentAsync(authorize);
        var finished = await browser.GetAsync(back.PathAndQuery);
        finished.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await finished.Content.ReadAsStringAsync());

        var connection = await parley.Api.GetFromJsonAsync<JsonElement>($"/api/v1/connections/{id}");
        connection.GetProperty("status").GetString().ShouldBe("connected", connection.ToString());
        connection.GetProperty("account").GetProperty("email").GetString().ShouldBe("olivia@northwind.example");
        connection.GetProperty("missingScopes").GetArrayLength().ShouldBe(0, connection.ToString());
        var test = await PostAsync(parley, $"/api/v1/connections/{id}/test");
        test.GetProperty("ok").GetBoolean().ShouldBeTrue(test.ToString());
        (await PostAsync(parley, $"/api/v1/connections/{id}/refresh"))
            .GetProperty("status")
            .GetString()
            .ShouldBe("connected");
        (await PostAsync(parley, $"/api/v1/connections/{id}/test")).GetProperty("ok").GetBoolean().ShouldBeTrue();
        (await parley.Api.DeleteAsync($"/api/v1/connections/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var gone = await parley.Api.GetFromJsonAsync<JsonElement>($"/api/v1/connections/{id}");
        gone.GetProperty("status").GetString().ShouldBe("disconnected");
        gone.GetProperty("problem").ValueKind.ShouldBe(JsonValueKind.Null, gone.ToString());

        await parley.Api.PutAsJsonAsync(
            "/api/v1/providers/gotomeeting/app",
            new { clientId = sandbox.ClientId, clientSecret = "wrong" }
        );
        var wrong = await PostAsync(parley, "/api/v1/providers/gotomeeting/app/test");
        wrong
            .GetProperty("checks")
            .EnumerateArray()
            .Single(check => check.GetProperty("name").GetString() == "client")
            .GetProperty("ok")
            .GetBoolean()
            .ShouldBeFalse();
    }

    private static async Task<JsonElement> PostAsync(TestServer parley, string path)
    {
        var reply = await parley.Api.PostAsync(path, null);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK, await reply.Content.ReadAsStringAsync());
        return await reply.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Signs in as the first persona and presses Allow.</summary>
    private static async Task<Uri> ConsentAsync(Uri authorize)
    {
        using var http = new HttpClient(
            new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }
        );
        var signIn = await http.GetStringAsync(authorize);
        var signedIn = await http.PostAsync(
            new Uri(authorize, "/goto/oauth/signin"),
            new FormUrlEncodedContent([
                new("request", Field(signIn, "request")),
                new("continueAs", ContinueAs().Match(signIn).Groups["key"].Value),
            ])
        );
        var consentPage = signedIn.Headers.Location is { } location
            ? await http.GetStringAsync(new Uri(authorize, location))
            : await signedIn.Content.ReadAsStringAsync();
        var allowed = await http.PostAsync(
            new Uri(authorize, "/goto/oauth/consent"),
            new FormUrlEncodedContent([
                new("request", Field(consentPage, "request")),
                new("formKey", Field(consentPage, "formKey")),
                new("decision", "allow"),
            ])
        );
        return allowed.Headers.Location.ShouldNotBeNull(await allowed.Content.ReadAsStringAsync());
    }

    private static string Field(string html, string name) =>
        WebUtility.HtmlDecode(
            Regex
                .Match(
                    html,
                    $"name=\"{name}\" value=\"(?<value>[^\"]*)\"",
                    RegexOptions.ExplicitCapture,
                    TimeSpan.FromSeconds(1)
                )
                .Groups[1]
                .Value
        );

    [GeneratedRegex("name=\"continueAs\" value=\"(?<key>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ContinueAs();
}
