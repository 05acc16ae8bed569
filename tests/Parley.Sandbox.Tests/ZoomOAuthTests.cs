using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Zoom's authorize and token endpoints (reference §1.1–1.3, §1.8).</summary>
public sealed class ZoomOAuthTests
{
    private const string Verifier = "a-verifier-of-more-than-forty-three-characters-0123";

    [Fact]
    public async Task A_user_signs_in_allows_and_the_app_gets_its_scopes_and_a_regional_address()
    {
        await using Twin twin = await Twin.StartAsync();
        Uri back = await twin.ZoomConsentAsync(
            await twin.ZoomAuthorizeUrlAsync(challenge: Twin.Challenge(Verifier), extra: "&state=xyz")
        );
        back.GetLeftPart(UriPartial.Path).ShouldBe(ZoomCalls.Redirect);
        Twin.Query(back, "state").ShouldBe("xyz");

        (HttpStatusCode status, JsonNode reply) = await ExchangeAsync(twin, back, ("code_verifier", Verifier));

        status.ShouldBe(HttpStatusCode.OK);
        reply
            .AsObject()
            .Select(field => field.Key)
            .ShouldBe(["access_token", "token_type", "refresh_token", "expires_in", "scope", "api_url"]);
        reply.Text("token_type").ShouldBe("bearer");
        reply["expires_in"]!.GetValue<int>().ShouldBe(3600);
        reply.Text("scope").Split(' ').ShouldContain("meeting:write:meeting");
        reply.Text("scope").ShouldNotContain(":admin");
        reply.Text("api_url").ShouldBe($"{twin.Host.Url}/zoom");
        (HttpStatusCode me, JsonNode? user) = await twin.ZoomAsync("users/me", reply.Text("access_token"));
        me.ShouldBe(HttpStatusCode.OK);
        user.Text("id").ShouldBe(ZoomCalls.ZoeId);
    }

    [Fact]
    public async Task Expires_in_is_what_the_switch_says_and_the_address_can_be_another_or_missing()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ZoomSettingsAsync(""" "accessTokenSeconds":3599,"apiUrl":"http://127.0.0.1:9/zoom" """);
        JsonNode tokens = await twin.ZoomConnectAsync();
        tokens["expires_in"]!.GetValue<int>().ShouldBe(3599);
        tokens.Text("api_url").ShouldBe("http://127.0.0.1:9/zoom");
        await twin.ZoomSettingsAsync(""" "apiUrl":"absent" """);
        (_, JsonNode next) = await twin.ZoomRefreshAsync(tokens.Text("refresh_token"));
        next["access_token"].ShouldNotBeNull();
        next["api_url"].ShouldBeNull();
    }

    [Theory]
    [InlineData("&client_id=nobody", "Invalid client_id (4702)")]
    [InlineData("&redirect_uri=http://127.0.0.1:5080/oauth/zoom/callback/", "Invalid redirect url (4700)")]
    [InlineData("&redirect_uri=", "Invalid redirect url (4700)")]
    [InlineData("&response_type=token", "Invalid response type (4705)")]
    [InlineData("&code_challenge=short&code_challenge_method=S256", "Invalid code challenge (4700)")]
    [InlineData("&code_challenge_method=S256", "Invalid code challenge (4700)")]
    public async Task A_wrong_authorize_request_ends_on_Zooms_page_and_nobody_is_called_back(string wrong, string said)
    {
        await using Twin twin = await Twin.StartAsync();
        string right = await twin.ZoomAuthorizeUrlAsync(extra: "");
        using (HttpResponseMessage signIn = await twin.Http.GetAsync(right))
        {
            signIn.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        string name = wrong[1..wrong.IndexOf('=', StringComparison.Ordinal)];
        string kept = string.Join(
            '&',
            right[(right.IndexOf('?', StringComparison.Ordinal) + 1)..]
                .Split('&')
                .Where(pair => !pair.StartsWith($"{name}=", StringComparison.Ordinal))
        );
        using HttpResponseMessage page = await twin.Http.GetAsync($"/zoom/oauth/authorize?{kept}{wrong}");
        page.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        page.Headers.Location.ShouldBeNull();
        (await page.Content.ReadAsStringAsync()).ShouldContain(said);
    }

    [Fact]
    public async Task A_scope_parameter_is_ignored_or_refused_and_https_can_be_demanded()
    {
        await using Twin twin = await Twin.StartAsync();
        string url = await twin.ZoomAuthorizeUrlAsync(extra: "&scope=meeting:read");
        using (HttpResponseMessage ignored = await twin.Http.GetAsync(url))
        {
            ignored.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        await twin.ZoomSettingsAsync(""" "authorizeScope":"refused" """);
        using HttpResponseMessage refused = await twin.Http.GetAsync(url);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("Invalid scope");

        await twin.ZoomSettingsAsync(""" "httpsRedirect":true """);
        using HttpResponseMessage plain = await twin.Http.GetAsync(await twin.ZoomAuthorizeUrlAsync());
        (await plain.Content.ReadAsStringAsync()).ShouldContain("Invalid redirect url (4700)");
    }

    [Fact]
    public async Task Decline_comes_back_as_access_denied_or_never()
    {
        await using Twin twin = await Twin.StartAsync();
        string url = await twin.ZoomAuthorizeUrlAsync();
        Uri back = await twin.ZoomConsentAsync(url, decision: "decline");
        Twin.Query(back, "error").ShouldBe("access_denied");
        Twin.Query(back, "state").ShouldBe("s-1");
        Twin.Query(back, "code").ShouldBeNull();

        await twin.ZoomSettingsAsync(""" "decline":"never" """);
        (string html, _) = await twin.ZoomSignInAsync(url, ZoomCalls.Zoe);
        using HttpResponseMessage never = await twin.ZoomPressAsync(url, html, "decline");
        never.StatusCode.ShouldBe(HttpStatusCode.OK);
        never.Headers.Location.ShouldBeNull();
    }

    [Fact]
    public async Task A_code_works_once_for_five_minutes_with_the_same_redirect_uri_and_its_verifier()
    {
        await using Twin twin = await Twin.StartAsync();
        string url = await twin.ZoomAuthorizeUrlAsync(challenge: Twin.Challenge(Verifier));
        Uri back = await twin.ZoomConsentAsync(url);
        (await ExchangeAsync(twin, back)).Body.Text("reason").ShouldBe("Invalid code verifier");
        (await ExchangeAsync(twin, back, ("code_verifier", Verifier + "x"))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (_, JsonNode elsewhere) = await twin.ZoomTokenCallAsync(
            "organizer",
            ("grant_type", "authorization_code"),
            ("code", Twin.Query(back, "code")!),
            ("code_verifier", Verifier),
            ("redirect_uri", "http://127.0.0.1:5080/other")
        );
        elsewhere["errorCode"]!.GetValue<int>().ShouldBe(4709);
        (await ExchangeAsync(twin, back, ("code_verifier", Verifier))).Status.ShouldBe(HttpStatusCode.OK);

        (HttpStatusCode status, JsonNode again) = await ExchangeAsync(twin, back, ("code_verifier", Verifier));
        status.ShouldBe(HttpStatusCode.BadRequest);
        again.Text("error").ShouldBe("invalid_request");
        again.Text("reason").ShouldStartWith("Invalid authorization code ");
        again["errorCode"]!.GetValue<int>().ShouldBe(4734);

        Uri late = await twin.ZoomConsentAsync(url);
        await twin.ControlAsync("clock", """{"advanceSeconds":300}""");
        (await ExchangeAsync(twin, late, ("code_verifier", Verifier))).Body["errorCode"]!
            .GetValue<int>()
            .ShouldBe(4733);
    }

    [Fact]
    public async Task A_plain_challenge_is_taken_too_and_a_verifier_without_a_challenge_is_not()
    {
        await using Twin twin = await Twin.StartAsync();
        Uri plain = await twin.ZoomConsentAsync(
            await twin.ZoomAuthorizeUrlAsync(extra: $"&code_challenge={Verifier}&code_challenge_method=plain")
        );
        (await ExchangeAsync(twin, plain, ("code_verifier", Verifier))).Status.ShouldBe(HttpStatusCode.OK);
        Uri none = await twin.ZoomConsentAsync(await twin.ZoomAuthorizeUrlAsync());
        (await ExchangeAsync(twin, none, ("code_verifier", Verifier))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await ExchangeAsync(twin, none)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_token_call_is_taken_from_the_query_too_and_a_wrong_client_is_refused()
    {
        await using Twin twin = await Twin.StartAsync();
        Uri back = await twin.ZoomConsentAsync(await twin.ZoomAuthorizeUrlAsync());
        (string id, string secret) = await twin.ZoomClientAsync();
        string query =
            $"/zoom/oauth/token?grant_type=authorization_code&code={Twin.Query(back, "code")}"
            + $"&redirect_uri={Uri.EscapeDataString(ZoomCalls.Redirect)}";
        using (HttpRequestMessage wrong = new(HttpMethod.Post, query))
        {
            wrong.Headers.Authorization = Twin.Basic(id, secret + "x");
            using HttpResponseMessage refused = await twin.Http.SendAsync(wrong);
            refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            (await Twin.ReadAsync(refused)).Text("error").ShouldBe("invalid_client");
        }

        using HttpRequestMessage right = new(HttpMethod.Post, query);
        right.Headers.Authorization = Twin.Basic(id, secret);
        using HttpResponseMessage reply = await twin.Http.SendAsync(right);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        reply.Headers.CacheControl!.NoStore.ShouldBeTrue();
    }

    [Fact]
    public async Task Server_to_server_and_app_tokens_are_for_their_kind_of_app_only()
    {
        await using Twin twin = await Twin.StartAsync();
        (HttpStatusCode status, JsonNode reply) = await twin.ZoomTokenCallAsync(
            "server",
            ("grant_type", "account_credentials"),
            ("account_id", ZoomCalls.Northwind)
        );
        status.ShouldBe(HttpStatusCode.OK);
        reply["refresh_token"].ShouldBeNull();
        reply.Text("scope").ShouldContain("report:read:list_users:admin");
        string token = reply.Text("access_token");
        (await twin.ZoomAsync($"users/{ZoomCalls.Zoe}", token)).Status.ShouldBe(HttpStatusCode.OK);
        // A second one does not end the first.
        (await twin.ZoomServerTokenAsync()).ShouldNotBe(token);
        (await twin.ZoomAsync("users", token)).Status.ShouldBe(HttpStatusCode.OK);

        (
            await twin.ZoomTokenCallAsync("server", ("grant_type", "account_credentials"), ("account_id", "other"))
        ).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await twin.ZoomTokenCallAsync("organizer", ("grant_type", "account_credentials"), ("account_id", "x")))
            .Body.Text("error")
            .ShouldBe("unsupported_grant_type");
        (_, JsonNode app) = await twin.ZoomTokenCallAsync("organizer", ("grant_type", "client_credentials"));
        (await twin.ZoomAsync("users/me", app.Text("access_token"))).Body.Code().ShouldBe(124);
    }

    [Fact]
    public async Task Adding_the_app_from_the_Marketplace_comes_back_with_a_code_and_no_state()
    {
        await using Twin twin = await Twin.StartAsync();
        (await twin.Http.GetStringAsync("/zoom/marketplace")).ShouldContain("/zoom/marketplace/apps/organizer/add");
        using HttpResponseMessage add = await twin.Http.GetAsync("/zoom/marketplace/apps/organizer/add");
        add.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        Uri back = await twin.ZoomConsentAsync(add.Headers.Location!.OriginalString);
        back.GetLeftPart(UriPartial.Path).ShouldBe(ZoomCalls.Redirect);
        Twin.Query(back, "state").ShouldBeNull();
        (await ExchangeAsync(twin, back)).Status.ShouldBe(HttpStatusCode.OK);
    }

    private static Task<(HttpStatusCode Status, JsonNode Body)> ExchangeAsync(
        Twin twin,
        Uri back,
        params (string Name, string Value)[] more
    ) =>
        twin.ZoomTokenCallAsync(
            "organizer",
            [
                ("grant_type", "authorization_code"),
                ("code", Twin.Query(back, "code")!),
                ("redirect_uri", ZoomCalls.Redirect),
                .. more,
            ]
        );
}
