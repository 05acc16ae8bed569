using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

public sealed class OAuthRefusalTests
{
    private const string Verifier = "a-verifier-of-more-than-forty-three-characters-0123";

    [Fact]
    public async Task A_redirect_uri_that_is_not_registered_ends_on_a_page_and_never_in_a_redirect()
    {
        await using Twin twin = await Twin.StartAsync();
        using (HttpResponseMessage registered = await twin.Http.GetAsync(twin.AuthorizeUrl()))
        {
            registered.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        using HttpResponseMessage reply = await twin.Http.GetAsync(twin.AuthorizeUrl(redirect: Twin.Redirect + "/"));
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        reply.Headers.Location.ShouldBeNull();
        string page = await reply.Content.ReadAsStringAsync();
        page.ShouldContain("Redirect URI not registered");
        page.ShouldContain(Twin.Redirect + "/</code>");

        using HttpResponseMessage stranger = await twin.Http.GetAsync(
            "/goto/oauth/authorize?client_id=nobody&response_type=code&redirect_uri=https%3A%2F%2Fevil.example%2F"
        );
        stranger.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        stranger.Headers.Location.ShouldBeNull();
    }

    [Theory]
    [InlineData("&code_challenge=abc&code_challenge_method=plain", "invalid_request")]
    [InlineData("&code_challenge_method=S256", "invalid_request")]
    [InlineData("&code_challenge=tooshort&code_challenge_method=S256", "invalid_request")]
    [InlineData("&scope=meetings:read", "invalid_scope")]
    [InlineData("&response_type=token", "invalid_request")]
    public async Task A_request_the_server_does_not_serve_comes_back_to_the_client_as_an_error(
        string extra,
        string error
    )
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpResponseMessage reply = await twin.Http.GetAsync(twin.AuthorizeUrl(extra: extra));
        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        Uri back = reply.Headers.Location!;
        back.GetLeftPart(UriPartial.Path).ShouldBe(Twin.Redirect);
        Twin.Query(back, "error").ShouldBe(error);
        Twin.Query(back, "state").ShouldBe("s-1");
    }

    [Fact]
    public async Task Denying_tells_the_client_access_denied_and_allows_nothing()
    {
        await using Twin twin = await Twin.StartAsync();
        Uri back = await twin.ConsentAsync(twin.AuthorizeUrl(), decision: "deny");
        Twin.Query(back, "error").ShouldBe("access_denied");
        Twin.Query(back, "state").ShouldBe("s-1");
        Twin.Query(back, "code").ShouldBeNull();

        using HttpResponseMessage again = await twin.Http.GetAsync(twin.AuthorizeUrl());
        (await again.Content.ReadAsStringAsync()).ShouldContain("Allow Parley to use your account?");
    }

    [Fact]
    public async Task A_wrong_password_signs_nobody_in_and_a_consent_without_its_form_key_gives_no_code()
    {
        await using Twin twin = await Twin.StartAsync();
        string query = twin.AuthorizeUrl()[twin.AuthorizeUrl().IndexOf('?', StringComparison.Ordinal)..];
        using (
            HttpResponseMessage wrong = await twin.PostFormAsync(
                "/goto/oauth/signin",
                ("request", query),
                ("email", Twin.Olivia),
                ("password", "guess")
            )
        )
        {
            wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await wrong.Content.ReadAsStringAsync()).ShouldContain("do not belong together");
        }

        using HttpResponseMessage signedIn = await twin.PostFormAsync(
            "/goto/oauth/signin",
            ("request", query),
            ("email", Twin.Olivia),
            ("password", "sandbox")
        );
        signedIn.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        using HttpResponseMessage forged = await twin.PostFormAsync(
            "/goto/oauth/consent",
            ("request", query),
            ("formKey", "guess"),
            ("decision", "allow")
        );
        forged.Headers.Location!.OriginalString.ShouldStartWith("/goto/oauth/authorize");
    }

    [Fact]
    public async Task A_wrong_verifier_is_an_invalid_grant_where_the_right_one_gets_tokens()
    {
        await using Twin twin = await Twin.StartAsync();
        string challenge = Twin.Challenge(Verifier);
        (await ExchangeAsync(twin, await twin.CodeAsync(challenge), Verifier)).Status.ShouldBe(HttpStatusCode.OK);
        (await ExchangeAsync(twin, await twin.CodeAsync(challenge), Verifier + "4")).ShouldBe(
            (HttpStatusCode.BadRequest, "invalid_grant")
        );
        // The challenge itself as verifier is what "plain" would be.
        (await ExchangeAsync(twin, await twin.CodeAsync(challenge), challenge)).ShouldBe(
            (HttpStatusCode.BadRequest, "invalid_grant")
        );
        (await ExchangeAsync(twin, await twin.CodeAsync(challenge), verifier: null)).ShouldBe(
            (HttpStatusCode.BadRequest, "invalid_grant")
        );
        (await ExchangeAsync(twin, await twin.CodeAsync(), Verifier)).ShouldBe(
            (HttpStatusCode.BadRequest, "invalid_grant")
        );
    }

    [Fact]
    public async Task A_code_works_once_and_its_second_use_ends_the_tokens_of_the_first()
    {
        await using Twin twin = await Twin.StartAsync();
        string code = await twin.CodeAsync();
        JsonNode tokens = await TokensAsync(twin, code);
        string access = tokens["access_token"]!.GetValue<string>();
        using (HttpResponseMessage works = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", access))
        {
            works.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await ExchangeAsync(twin, code, verifier: null)).ShouldBe((HttpStatusCode.BadRequest, "invalid_grant"));
        using HttpResponseMessage dead = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", access);
        dead.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_code_is_refused_once_the_sandboxs_clock_is_past_its_life()
    {
        await using Twin twin = await Twin.StartAsync();
        string timely = await twin.CodeAsync();
        await twin.ControlAsync("clock", """{"advanceSeconds":590}""");
        (await ExchangeAsync(twin, timely, verifier: null)).Status.ShouldBe(HttpStatusCode.OK);

        string late = await twin.CodeAsync();
        await twin.ControlAsync("clock", """{"advanceSeconds":601}""");
        (await ExchangeAsync(twin, late, verifier: null)).ShouldBe((HttpStatusCode.BadRequest, "invalid_grant"));
    }

    [Fact]
    public async Task The_redirect_uri_of_the_authorization_must_be_repeated()
    {
        await using Twin twin = await Twin.StartAsync();
        foreach (string? redirect in new[] { null, Twin.Redirect + "x" })
        {
            string code = await twin.CodeAsync();
            List<(string, string)> fields = [("grant_type", "authorization_code"), ("code", code)];
            if (redirect is not null)
            {
                fields.Add(("redirect_uri", redirect));
            }

            using HttpResponseMessage reply = await twin.TokenCallAsync([.. fields]);
            reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task A_wrong_secret_and_an_unknown_client_are_401_invalid_client()
    {
        await using Twin twin = await Twin.StartAsync();
        (HttpStatusCode Status, string? Error, string? Words) known = await ClientAsync(
            twin,
            twin.Host.ClientId,
            twin.Host.ClientSecret
        );
        // The client is proved; what is wrong is the code.
        (known.Status, known.Error).ShouldBe((HttpStatusCode.BadRequest, "invalid_grant"));

        (HttpStatusCode Status, string? Error, string? Words) wrong = await ClientAsync(
            twin,
            twin.Host.ClientId,
            "guess"
        );
        (wrong.Status, wrong.Error).ShouldBe((HttpStatusCode.Unauthorized, "invalid_client"));
        (await ClientAsync(twin, "nobody", "guess")).ShouldBe(
            (HttpStatusCode.Unauthorized, "invalid_client", "client not found")
        );
    }

    [Fact]
    public async Task An_empty_client_id_beside_basic_and_a_charset_are_taken_and_secrets_in_the_body_too()
    {
        await using Twin twin = await Twin.StartAsync();
        using (
            HttpResponseMessage empty = await twin.TokenCallAsync(
                ("grant_type", "authorization_code"),
                ("code", await twin.CodeAsync()),
                ("redirect_uri", Twin.Redirect),
                ("client_id", "")
            )
        )
        {
            empty.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        string code = await twin.CodeAsync();
        using StringContent form = new(
            $"grant_type=authorization_code&code={code}&redirect_uri={Uri.EscapeDataString(Twin.Redirect)}"
                + $"&client_id={twin.Host.ClientId}&client_secret={twin.Host.ClientSecret}",
            System.Text.Encoding.UTF8,
            "application/x-www-form-urlencoded"
        );
        form.Headers.ContentType!.CharSet.ShouldBe("utf-8");
        using HttpResponseMessage posted = await twin.Http.PostAsync("/goto/oauth/token", form);
        posted.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("client_credentials", 401, "unauthorized_client")]
    [InlineData("password", 401, "unauthorized_client")]
    [InlineData("implicit", 400, "unsupported_grant_type")]
    [InlineData("", 400, "invalid_request")]
    public async Task Grants_the_real_server_does_not_give_are_refused(string grant, int status, string error)
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpResponseMessage reply = await twin.TokenCallAsync(("grant_type", grant));
        ((int)reply.StatusCode).ShouldBe(status);
        (await Twin.ReadAsync(reply))["error"]!.GetValue<string>().ShouldBe(error);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("same")]
    [InlineData("rotated")]
    public async Task A_refresh_answers_as_the_policy_says(string policy)
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", $$"""{"refreshPolicy":"{{policy}}"}""");
        JsonNode tokens = await TokensAsync(twin, await twin.CodeAsync());
        string first = tokens["refresh_token"]!.GetValue<string>();
        string oldAccess = tokens["access_token"]!.GetValue<string>();

        using HttpResponseMessage reply = await RefreshAsync(twin, first);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        JsonObject refreshed = (await Twin.ReadAsync(reply)).AsObject();
        string? second = refreshed["refresh_token"]?.GetValue<string>();
        using HttpResponseMessage old = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", oldAccess);
        using HttpResponseMessage again = await RefreshAsync(twin, first);
        switch (policy)
        {
            case "none":
                refreshed.ContainsKey("refresh_token").ShouldBeFalse();
                break;
            case "same":
                second.ShouldBe(first);
                break;
            default:
                second.ShouldNotBeNullOrEmpty();
                second.ShouldNotBe(first);
                break;
        }

        bool rotated = policy == "rotated";
        old.StatusCode.ShouldBe(rotated ? HttpStatusCode.Forbidden : HttpStatusCode.OK);
        again.StatusCode.ShouldBe(rotated ? HttpStatusCode.BadRequest : HttpStatusCode.OK);
        using HttpResponseMessage works = await twin.G2mAsync(
            HttpMethod.Get,
            "upcomingMeetings",
            refreshed["access_token"]!.GetValue<string>()
        );
        works.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_revoked_refresh_token_takes_its_access_token_along_and_introspection_says_so()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode tokens = await TokensAsync(twin, await twin.CodeAsync());
        string access = tokens["access_token"]!.GetValue<string>();
        string refresh = tokens["refresh_token"]!.GetValue<string>();
        JsonNode alive = await IntrospectAsync(twin, access);
        alive["active"]!.GetValue<bool>().ShouldBeTrue();
        alive["username"]!.GetValue<string>().ShouldBe(Twin.Olivia);
        alive["scope"]!.GetValue<string>().ShouldContain("collab:");

        foreach (string token in new[] { refresh, "never-seen" })
        {
            using HttpResponseMessage revoked = await SecretCallAsync(twin, "revoke", token);
            revoked.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (await IntrospectAsync(twin, access)).ToJsonString().ShouldBe("""{"active":false}""");
        using HttpResponseMessage dead = await RefreshAsync(twin, refresh);
        dead.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await Twin.ReadAsync(dead))["error"]!.GetValue<string>().ShouldBe("invalid_grant");
    }

    [Fact]
    public async Task Posts_that_are_no_form_are_refused_without_a_server_error()
    {
        await using Twin twin = await Twin.StartAsync();
        foreach (string path in new[] { "token", "signin", "consent", "signout" })
        {
            using HttpResponseMessage reply = await twin.Http.PostAsync($"/goto/oauth/{path}", Twin.Json("{}"));
            reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
        }
    }

    private static async Task<JsonNode> TokensAsync(Twin twin, string code)
    {
        using HttpResponseMessage reply = await twin.TokenCallAsync(
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", Twin.Redirect)
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await Twin.ReadAsync(reply);
    }

    private static async Task<(HttpStatusCode Status, string? Error)> ExchangeAsync(
        Twin twin,
        string code,
        string? verifier
    )
    {
        List<(string, string)> fields =
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", Twin.Redirect),
        ];
        if (verifier is not null)
        {
            fields.Add(("code_verifier", verifier));
        }

        using HttpResponseMessage reply = await twin.TokenCallAsync([.. fields]);
        return (reply.StatusCode, (await Twin.ReadAsync(reply))["error"]?.GetValue<string>());
    }

    private static async Task<(HttpStatusCode Status, string? Error, string? Words)> ClientAsync(
        Twin twin,
        string id,
        string secret
    )
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/goto/oauth/token");
        request.Headers.Authorization = Twin.Basic(id, secret);
        request.Content = new FormUrlEncodedContent([new("grant_type", "authorization_code"), new("code", "unknown")]);
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        JsonNode body = await Twin.ReadAsync(reply);
        return (
            reply.StatusCode,
            body["error"]?.GetValue<string>(),
            id == "nobody" ? body["error_description"]?.GetValue<string>() : null
        );
    }

    private static Task<HttpResponseMessage> RefreshAsync(Twin twin, string token) =>
        twin.TokenCallAsync(("grant_type", "refresh_token"), ("refresh_token", token));

    private static async Task<JsonNode> IntrospectAsync(Twin twin, string token)
    {
        using HttpResponseMessage reply = await SecretCallAsync(twin, "introspect", token);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await Twin.ReadAsync(reply);
    }

    private static async Task<HttpResponseMessage> SecretCallAsync(Twin twin, string path, string token)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"/goto/oauth/{path}");
        request.Headers.Authorization = Twin.Basic(twin.Host.ClientId, twin.Host.ClientSecret);
        request.Content = new FormUrlEncodedContent([new("token", token)]);
        return await twin.Http.SendAsync(request);
    }
}
