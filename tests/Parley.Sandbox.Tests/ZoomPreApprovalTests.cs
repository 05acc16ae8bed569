using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Who may add an app, and what an administrator decides (reference §1.6).</summary>
public sealed class ZoomPreApprovalTests
{
    [Fact]
    public async Task Someone_not_approved_is_stuck_on_Zooms_page_until_the_administrator_approves()
    {
        await using Twin twin = await Twin.StartAsync();
        string url = await twin.ZoomAuthorizeUrlAsync();
        (string html, Uri? location) = await twin.ZoomSignInAsync(url, ZoomCalls.Nora);
        location.ShouldBeNull();
        html.ShouldContain("Request pre-approve");
        html.ShouldNotContain(">Allow<");

        // Not even the consent form's own call gets through.
        using (HttpResponseMessage forced = await twin.ZoomPressAsync(url, html, "allow"))
        {
            forced.StatusCode.ShouldBe(HttpStatusCode.OK);
            forced.Headers.Location.ShouldBeNull();
        }

        using (HttpResponseMessage asked = await twin.ZoomPressAsync(url, html, "", "request-approval"))
        {
            asked.Headers.Location!.OriginalString.ShouldStartWith("/zoom/oauth/authorize?");
        }

        (await twin.Http.GetStringAsync(url)).ShouldContain("Your request was sent");
        (await twin.ControlAsync("zoom/events"))["items"]!
            .AsArray()
            .ShouldHaveSingleItem()
            .Text("event")
            .ShouldBe("app.authorization_request_created");

        string market = await twin.Http.GetStringAsync("/zoom/marketplace");
        string nora = (await UserAsync(twin, ZoomCalls.Nora)).Text("id");
        market.ShouldContain(nora);
        using (HttpResponseMessage approved = await DecideAsync(twin, "approve", nora))
        {
            approved.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        }

        string consent = await twin.Http.GetStringAsync(url);
        consent.ShouldContain(">Allow<");
        using HttpResponseMessage allowed = await twin.ZoomPressAsync(url, consent, "allow");
        Twin.Query(allowed.Headers.Location!, "code").ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_declined_request_can_be_made_again()
    {
        await using Twin twin = await Twin.StartAsync();
        string url = await twin.ZoomAuthorizeUrlAsync();
        (string html, _) = await twin.ZoomSignInAsync(url, ZoomCalls.Nora);
        using (await twin.ZoomPressAsync(url, html, "", "request-approval")) { }

        using (await DecideAsync(twin, "decline", (await UserAsync(twin, ZoomCalls.Nora)).Text("id"))) { }

        string again = await twin.Http.GetStringAsync(url);
        again.ShouldContain("declined your request");
        again.ShouldContain("Request pre-approve");
    }

    [Fact]
    public async Task An_administrator_approves_and_authorises_in_one_step()
    {
        await using Twin twin = await Twin.StartAsync();
        string url = await twin.ZoomAuthorizeUrlAsync();
        (string html, _) = await twin.ZoomSignInAsync(url, ZoomCalls.Alma);
        html.ShouldContain("Pre-approve and allow");
        using (HttpResponseMessage plain = await twin.ZoomPressAsync(url, html, "allow"))
        {
            // Without the approval even she is not let through.
            plain.Headers.Location.ShouldBeNull();
        }

        using (HttpResponseMessage both = await twin.ZoomPressAsync(url, html, "approveAndAllow"))
        {
            Twin.Query(both.Headers.Location!, "code").ShouldNotBeNullOrEmpty();
        }

        (string next, _) = await twin.ZoomSignInAsync(url, ZoomCalls.Nora);
        next.ShouldContain(">Allow<");
    }

    [Fact]
    public async Task An_app_for_administrators_cannot_be_authorised_by_anybody_else()
    {
        await using Twin twin = await Twin.StartAsync();
        string url = await twin.ZoomAuthorizeUrlAsync("account");
        (string html, Uri? location) = await twin.ZoomSignInAsync(url, ZoomCalls.Zoe);
        location.ShouldBeNull();
        html.ShouldContain("You cannot authorize the app");
        JsonNode tokens = await twin.ZoomConnectAsync(ZoomCalls.Adele, "account");
        tokens.Text("scope").Split(' ').ShouldAllBe(scope => scope.EndsWith(":admin", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Alone_in_an_account_nobody_has_to_be_asked_unless_the_switch_says_so()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ZoomConnectAsync(ZoomCalls.Sol);
        await twin.ZoomSettingsAsync(""" "preApproval":"always" """);
        await twin.ControlAsync("accounts", """{"provider":"zoom","account":"Free","email":"fay@free.example"}""");
        string url = await twin.ZoomAuthorizeUrlAsync();
        (await twin.ZoomSignInAsync(url, "fay@free.example")).Html.ShouldContain("Request pre-approve");
        await twin.ZoomSettingsAsync(""" "preApproval":"multiUser" """);
        (await twin.ZoomSignInAsync(url, "fay@free.example")).Html.ShouldContain(">Allow<");
        await twin.ControlAsync("accounts", """{"provider":"zoom","account":"Free","email":"flo@free.example"}""");
        (await twin.ZoomSignInAsync(url, "flo@free.example")).Html.ShouldContain("Request pre-approve");
        await twin.ZoomSettingsAsync(""" "preApproval":"never" """);
        (await twin.ZoomSignInAsync(url, "flo@free.example")).Html.ShouldContain(">Allow<");
    }

    [Theory]
    [InlineData("api")]
    [InlineData("control")]
    [InlineData("page")]
    public async Task Withdrawing_the_approval_disables_live_tokens(string how)
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode tokens = await twin.ZoomConnectAsync();
        string admin = await twin.ZoomServerTokenAsync();
        (await twin.ZoomAsync("users/me", tokens.Text("access_token"))).Status.ShouldBe(HttpStatusCode.OK);
        switch (how)
        {
            case "api":
                (await PreApproveAsync(twin, admin, """{"action":"disapprove_all"}""")).Status.ShouldBe(
                    HttpStatusCode.Created
                );
                break;
            case "control":
                await twin.ControlAsync(
                    "zoom/approvals",
                    """{"account":"Northwind Conferencing","action":"withdraw"}"""
                );
                break;
            default:
                using (await DecideAsync(twin, "withdraw", "", ZoomCalls.Northwind)) { }
                break;
        }

        (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync("users/me", tokens.Text("access_token"));
        status.ShouldBe(HttpStatusCode.Unauthorized);
        body.Code().ShouldBe(124);
        (HttpStatusCode refresh, JsonNode refused) = await twin.ZoomRefreshAsync(tokens.Text("refresh_token"));
        refresh.ShouldBe(HttpStatusCode.BadRequest);
        refused["errorCode"]!.GetValue<int>().ShouldBe(4738);
        // The server-to-server app needs nobody's approval.
        (await twin.ZoomAsync("users", admin)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("newConsent", HttpStatusCode.Unauthorized)]
    [InlineData("revives", HttpStatusCode.OK)]
    public async Task Given_back_the_approval_gives_tokens_back_where_the_switch_says_so(
        string reapproval,
        HttpStatusCode expected
    )
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", $$"""{"provider":"zoom","reapproval":"{{reapproval}}"}""");
        JsonNode tokens = await twin.ZoomConnectAsync();
        await twin.ControlAsync("zoom/approvals", """{"account":"Northwind Conferencing","action":"withdraw"}""");
        (await StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);

        await twin.ControlAsync("zoom/approvals", """{"account":"Northwind Conferencing","action":"approve"}""");

        (await StatusAsync()).ShouldBe(expected);

        async Task<HttpStatusCode> StatusAsync() =>
            (await twin.ZoomAsync("users/me", tokens.Text("access_token"))).Status;
    }

    [Fact]
    public async Task Disapproving_one_user_leaves_the_others_their_tokens()
    {
        await using Twin twin = await Twin.StartAsync();
        string zoe = await twin.ZoomTokenAsync();
        string bruno = await twin.ZoomTokenAsync(ZoomCalls.Bruno);
        string admin = await twin.ZoomAdminTokenAsync();
        (HttpStatusCode status, JsonNode? done) = await PreApproveAsync(
            twin,
            admin,
            $$"""{"action":"disapprove_user","user_ids":["{{ZoomCalls.ZoeId}}","nobody"]}"""
        );
        status.ShouldBe(HttpStatusCode.Created);
        done!["user_ids"]!.AsArray().Count.ShouldBe(1);
        (await twin.ZoomAsync("users/me", zoe)).Body.Code().ShouldBe(124);
        (await twin.ZoomAsync("users/me", bruno)).Status.ShouldBe(HttpStatusCode.OK);
        (
            await PreApproveAsync(twin, admin, $$"""{"action":"approve_user","user_ids":["{{ZoomCalls.ZoeId}}"]}""")
        ).Status.ShouldBe(HttpStatusCode.Created);
        await twin.ZoomConnectAsync();
    }

    [Fact]
    public async Task PreApprove_refuses_as_published()
    {
        await using Twin twin = await Twin.StartAsync();
        string admin = await twin.ZoomAdminTokenAsync();
        string twentyOne = string.Join(',', Enumerable.Range(0, 21).Select(number => $"\"u{number}\""));
        (await PreApproveAsync(twin, admin, """{"action":"approve_all"}""")).Status.ShouldBe(HttpStatusCode.Created);
        (await PreApproveAsync(twin, admin, """{"action":"grant"}""")).Body.Code().ShouldBe(300);
        (await PreApproveAsync(twin, admin, $$"""{"action":"approve_user","user_ids":[{{twentyOne}}]}"""))
            .Body.Code()
            .ShouldBe(300);
        (HttpStatusCode unknown, JsonNode? noApp) = await PreApproveAsync(twin, admin, "{}", "nothing");
        unknown.ShouldBe(HttpStatusCode.NotFound);
        noApp!.ToJsonString().ShouldBe("""{"code":1401,"message":"App ID does not exist: nothing"}""");
        string member = await twin.ZoomTokenAsync(
            extra: ""","app":"account","scopes":["marketplace:write:app_pre_approve:admin"]"""
        );
        (await PreApproveAsync(twin, member, """{"action":"approve_all"}""")).Body.Code().ShouldBe(1500);
        await twin.ZoomSettingsAsync(""" "preApproval":"never" """);
        (await PreApproveAsync(twin, admin, """{"action":"approve_all"}""")).Body.Code().ShouldBe(1404);
    }

    [Fact]
    public async Task Requests_are_listed_approved_and_declined_over_the_API()
    {
        await using Twin twin = await Twin.StartAsync();
        string url = await twin.ZoomAuthorizeUrlAsync();
        (string html, _) = await twin.ZoomSignInAsync(url, ZoomCalls.Nora);
        using (await twin.ZoomPressAsync(url, html, "", "request-approval")) { }

        string admin = await twin.ZoomAdminTokenAsync(ZoomCalls.Alma);
        JsonNode asked = (await RequestsAsync(twin, admin)).ShouldHaveSingleItem()!;
        asked.Text("request_user_email").ShouldBe(ZoomCalls.Nora);
        string northwind = await twin.ZoomAdminTokenAsync();
        (await RequestsAsync(twin, northwind)).Count.ShouldBe(0);

        (HttpStatusCode status, _) = await twin.ZoomAsync(
            "marketplace/apps/organizer/requests",
            admin,
            HttpMethod.Patch,
            $$"""{"action":"approve","request_user_ids":["{{asked.Text("request_user_id")}}"]}"""
        );
        status.ShouldBe(HttpStatusCode.NoContent);
        (await RequestsAsync(twin, admin)).Count.ShouldBe(0);
        (await RequestsAsync(twin, admin, "?status=approved")).Count.ShouldBe(1);
        JsonNode tokens = await twin.ZoomConnectAsync(ZoomCalls.Nora);

        (
            await twin.ZoomAsync(
                "marketplace/apps/organizer/requests",
                admin,
                HttpMethod.Patch,
                """{"action":"decline_all"}"""
            )
        ).Status.ShouldBe(HttpStatusCode.NoContent);
        (await twin.ZoomRefreshAsync(tokens.Text("refresh_token"))).Body["errorCode"]!.GetValue<int>().ShouldBe(4738);
    }

    private static async Task<JsonNode> UserAsync(Twin twin, string email) =>
        (await twin.ControlAsync("accounts?provider=zoom"))["items"]!
            .AsArray()
            .Single(user => user.Text("email") == email)!;

    private static Task<HttpResponseMessage> DecideAsync(
        Twin twin,
        string action,
        string user,
        string account = ZoomCalls.Contoso
    ) =>
        twin.PostFormAsync(
            "/zoom/marketplace/decide",
            ("app", "organizer"),
            ("account", account),
            ("user", user),
            ("action", action)
        );

    private static Task<(HttpStatusCode Status, JsonNode? Body)> PreApproveAsync(
        Twin twin,
        string token,
        string body,
        string app = "organizer"
    ) => twin.ZoomAsync($"marketplace/apps/{app}/preApprove", token, HttpMethod.Post, body);

    private static async Task<JsonArray> RequestsAsync(Twin twin, string token, string query = "")
    {
        (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync(
            $"marketplace/apps/organizer/requests{query}",
            token
        );
        status.ShouldBe(HttpStatusCode.OK, body?.ToJsonString());
        return body!["requests"]!.AsArray();
    }
}
