using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>The control calls and the pages of the Zoom twin.</summary>
public sealed class ZoomControlTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sandbox-zoom-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        JsonNode tokens;
        string url;
        (string, string) client;
        await using (Twin twin = await Twin.StartAsync(folder))
        {
            client = await twin.ZoomClientAsync();
            url = await twin.ZoomAuthorizeUrlAsync();
            tokens = await twin.ZoomConnectAsync();
            await twin.ZoomSettingsAsync(""" "rotation":"grace:60" """);
            (string html, _) = await twin.ZoomSignInAsync(url, ZoomCalls.Nora);
            using (await twin.ZoomPressAsync(url, html, "", "request-approval")) { }

            await twin.ControlAsync(
                "accounts",
                """{"provider":"zoom","account":"Tailspin","plan":"business","email":"tia@tailspin.example","role":"owner"}"""
            );
        }

        await using Twin again = await Twin.StartAsync(folder);
        (await again.ZoomClientAsync()).ShouldBe(client);
        (await again.ZoomAsync("users/me", tokens.Text("access_token"))).Status.ShouldBe(HttpStatusCode.OK);
        (await again.ControlAsync("settings?provider=zoom")).Text("rotation").ShouldBe("grace:60");
        (await again.ControlAsync("zoom/events?name=app.authorization_request_created"))["items"]!
            .AsArray()
            .Count.ShouldBe(1);
        (await again.ZoomSignInAsync(url, ZoomCalls.Nora)).Html.ShouldContain("Your request was sent");
        string tia = await again.ZoomAdminTokenAsync("tia@tailspin.example");
        (await again.ZoomAsync("users/me", tia)).Body.Text("role_name").ShouldBe("Owner");
    }

    [Fact]
    public async Task Reset_brings_the_personas_back_and_keeps_the_apps()
    {
        await using Twin twin = await Twin.StartAsync();
        (string, string) client = await twin.ZoomClientAsync();
        string token = await twin.ZoomTokenAsync();
        await twin.ZoomSettingsAsync(""" "scopeStyle":"classic","planUsage":"403" """);
        using (await twin.Http.DeleteAsync($"/control/people/{ZoomCalls.Bruno}?provider=zoom")) { }

        await twin.ControlAsync("reset", "{}");

        (await twin.ZoomClientAsync()).ShouldBe(client);
        (await twin.ZoomAppAsync())["redirectUris"]![0]!.GetValue<string>().ShouldBe(ZoomCalls.Redirect);
        (await twin.ZoomAsync("users/me", token)).Body.Code().ShouldBe(124);
        JsonNode settings = await twin.ControlAsync("settings?provider=zoom");
        settings.Text("scopeStyle").ShouldBe("granular");
        settings.Text("planUsage").ShouldBe("available");
        settings.Text("rotation").ShouldBe("strict");
        (await twin.ZoomAsync("users/me", await twin.ZoomTokenAsync(ZoomCalls.Bruno))).Status.ShouldBe(
            HttpStatusCode.OK
        );
    }

    [Fact]
    public async Task The_two_providers_settings_and_people_are_apart()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ZoomSettingsAsync(""" "accessTokenSeconds":60 """);
        (await twin.ControlAsync("settings"))["accessTokenSeconds"]!.GetValue<int>().ShouldBe(3600);
        (await twin.ControlAsync("settings?provider=zoom"))["accessTokenSeconds"]!.GetValue<int>().ShouldBe(60);
        (await twin.ControlAsync("accounts"))["items"].Texts("email").ShouldNotContain(ZoomCalls.Zoe);
        (await twin.ControlAsync("accounts?provider=zoom"))["items"].Texts("email").ShouldContain(ZoomCalls.Zoe);
        // The same address may be somebody at both.
        await twin.ControlAsync("accounts", $$"""{"provider":"zoom","email":"{{Twin.Olivia}}"}""");
        (await twin.ZoomAsync("users/me", await twin.ZoomTokenAsync(Twin.Olivia))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("settings", """{"provider":"zoom","rotation":"sometimes"}""", 400)]
    [InlineData("settings", """{"provider":"zoom","rotation":"grace:-1"}""", 400)]
    [InlineData("settings", """{"provider":"zoom","expiryStatus":403}""", 400)]
    [InlineData("settings", """{"provider":"zoom","wireMode":"spec"}""", 400)]
    [InlineData("settings", """{"provider":"gotomeeting","rotation":"strict"}""", 400)]
    [InlineData("accounts", """{"provider":"zoom","email":"zoe@northwind.example"}""", 409)]
    [InlineData("accounts", """{"provider":"zoom","email":"x@y.example","role":"king"}""", 400)]
    [InlineData("accounts", """{"provider":"zoom","email":"x@y.example","timeZone":"Mars/Olympus"}""", 400)]
    [InlineData("accounts", """{"provider":"zoom"}""", 400)]
    [InlineData("tokens", """{"provider":"zoom","account":"nobody@northwind.example"}""", 404)]
    [InlineData("tokens", """{"provider":"zoom","account":"ida@northwind.example"}""", 409)]
    [InlineData("tokens", """{"provider":"zoom","app":"server","account":"zoe@northwind.example"}""", 400)]
    [InlineData("tokens", """{"provider":"zoom","account":"zoe@northwind.example","kind":"pat"}""", 400)]
    [InlineData("zoom/approvals", """{"account":"Nobody","action":"approve"}""", 404)]
    [InlineData(
        "zoom/approvals",
        """{"account":"Contoso","action":"approve","users":["zoe@northwind.example"]}""",
        404
    )]
    public async Task What_does_not_fit_is_refused(string path, string body, int status)
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode problem = await twin.ControlAsync(path, body, (HttpStatusCode)status);
        problem["code"].ShouldNotBeNull();
    }

    [Fact]
    public async Task The_overview_lists_the_people_and_every_page_escapes_hostile_text()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync(
            "accounts",
            """{"provider":"zoom","account":"<b>acc</b>","email":"<i>@evil.example","firstName":"<script>n</script>","role":"owner"}"""
        );
        string url = await twin.ZoomAuthorizeUrlAsync(extra: "&state=%22%3E%3Cscript%3E");
        string home = await twin.Http.GetStringAsync("/");
        foreach (string email in new[] { ZoomCalls.Zoe, ZoomCalls.Bruno, ZoomCalls.Adele, ZoomCalls.Nora })
        {
            home.ShouldContain(email);
        }

        List<string> pages = [home, (await twin.ZoomSignInAsync(url, "<i>@evil.example")).Html];
        foreach (string path in new[] { "/zoom/marketplace", url, $"{url}&scope=<script>" })
        {
            using HttpResponseMessage page = await twin.Http.GetAsync(path);
            page.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldContain("'none'");
            pages.Add(await page.Content.ReadAsStringAsync());
        }

        foreach (string html in pages)
        {
            html.ShouldContain("<!DOCTYPE html>");
            html.ShouldNotContain("<script", Case.Insensitive);
            html.ShouldNotContain("<i>");
            html.ShouldNotContain("<b>");
        }
    }

    [Fact]
    public async Task A_fault_can_be_added_on_the_overview()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomTokenAsync();
        (await twin.Http.GetStringAsync("/")).ShouldContain("Add Zoom fault");
        using (
            HttpResponseMessage added = await twin.PostFormAsync(
                "/actions/faults",
                ("provider", "zoom"),
                ("operation", "users.get"),
                ("kind", "failBefore"),
                ("times", "1")
            )
        )
        {
            added.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        }

        (await twin.ZoomAsync("users/me", token)).Status.ShouldBe(HttpStatusCode.InternalServerError);
        (await twin.ZoomAsync("users/me", token)).Status.ShouldBe(HttpStatusCode.OK);
    }
}
