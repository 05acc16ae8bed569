using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Tokens, scopes and whom they reach (reference §1.1, §1.9, §1.10, §5).</summary>
public sealed class ZoomAccessTests
{
    [Theory]
    [InlineData(401)]
    [InlineData(400)]
    public async Task A_missing_an_unknown_and_an_expired_token_are_124_under_the_status_of_the_switch(int status)
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ZoomSettingsAsync($""" "expiryStatus":{status} """);
        string token = await twin.ZoomTokenAsync(extra: ""","expiresInSeconds":60""");
        (await twin.ZoomAsync("users/me", token)).Status.ShouldBe(HttpStatusCode.OK);
        await twin.ControlAsync("clock", """{"advanceSeconds":60}""");
        await RefusedAsync(token, "Access token is expired.");
        await RefusedAsync("unknown", "Invalid access token.");
        await RefusedAsync(token: null, "Invalid access token.");

        async Task RefusedAsync(string? token, string message)
        {
            (HttpStatusCode seen, JsonNode? body) = await twin.ZoomAsync("users/me", token);
            ((int)seen).ShouldBe(status);
            body!.ToJsonString().ShouldBe($$"""{"code":124,"message":"{{message}}"}""");
        }
    }

    [Fact]
    public async Task A_token_in_the_query_is_refused_even_when_it_is_good()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomTokenAsync();
        (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync($"users/me?access_token={token}", token);
        status.ShouldBe(HttpStatusCode.Unauthorized);
        body.Code().ShouldBe(124);
        body.Text("message").ShouldContain("query-string parameter");
        (await twin.ControlAsync("log?provider=zoom")).ToJsonString().ShouldNotContain(token);
    }

    [Theory]
    [InlineData("user:read:settings", "does not contain scopes:[user:read:user, user:read:user:admin].", "granular")]
    [InlineData("meeting:read", "does not contain scopes:[user:read, user:read:admin].", "classic")]
    public async Task A_missing_scope_is_4711_and_names_what_would_do(string has, string said, string style)
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ZoomSettingsAsync($""" "scopeStyle":"{style}" """);
        (await twin.ZoomAsync("users/me", await twin.ZoomTokenAsync())).Status.ShouldBe(HttpStatusCode.OK);
        string token = await twin.ZoomTokenAsync(extra: $""","scopes":["{has}"]""");
        (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync("users/me", token);
        status.ShouldBe(HttpStatusCode.BadRequest);
        body!.ToJsonString().ShouldBe($$"""{"code":4711,"message":"Invalid access token, {{said}}"}""");
    }

    [Theory]
    [InlineData("user:read:user")]
    [InlineData("user:read")]
    [InlineData("user:read:user:admin")]
    [InlineData("user:read:admin")]
    public async Task Classic_and_granular_scopes_both_do_for_oneself(string scope)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomTokenAsync(extra: $""","scopes":["{scope}"]""");
        foreach (string who in new[] { "me", ZoomCalls.ZoeId, ZoomCalls.Zoe })
        {
            (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync($"users/{who}", token);
            status.ShouldBe(HttpStatusCode.OK, who);
            body.Text("email").ShouldBe(ZoomCalls.Zoe);
        }
    }

    [Fact]
    public async Task User_scopes_reach_oneself_only_and_admin_scopes_the_own_account_only()
    {
        await using Twin twin = await Twin.StartAsync();
        string zoe = await twin.ZoomTokenAsync();
        string adele = await twin.ZoomAdminTokenAsync();
        foreach (string who in new[] { ZoomCalls.Bruno, ZoomCalls.Nora, "nobody" })
        {
            (await twin.ZoomAsync($"users/{who}", zoe))
                .Body!.ToJsonString()
                .ShouldContain("does not contain scopes:[user:read:user:admin]");
        }

        (await twin.ZoomAsync($"users/{ZoomCalls.Bruno}", adele)).Status.ShouldBe(HttpStatusCode.OK);
        foreach (string who in new[] { ZoomCalls.Nora, "nobody", "piet@northwind.example" })
        {
            (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync($"users/{who}", adele);
            status.ShouldBe(HttpStatusCode.NotFound);
            body!.ToJsonString().ShouldBe($$"""{"code":1001,"message":"User does not exist: {{who}}."}""");
        }

        (await twin.ZoomAsync("users", zoe)).Body.Code().ShouldBe(4711);
        (await twin.ZoomAsync("users", adele)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Me_means_nobody_under_server_to_server_unless_the_switch_says_the_owner()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomServerTokenAsync();
        (await twin.ZoomAsync($"users/{ZoomCalls.ZoeId}", token)).Status.ShouldBe(HttpStatusCode.OK);
        (await twin.ZoomAsync("users/me", token)).Body.Code().ShouldBe(1001);
        await twin.ZoomSettingsAsync(""" "serverToServerMe":"owner" """);
        (await twin.ZoomAsync("users/me", token)).Body.Text("email").ShouldBe(ZoomCalls.Adele);
    }

    [Fact]
    public async Task An_unknown_path_is_2300_and_a_body_that_is_no_object_is_300()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomAdminTokenAsync();
        (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync("nothing/here", token);
        status.ShouldBe(HttpStatusCode.BadRequest);
        body.Code().ShouldBe(2300);
        (await twin.ZoomAsync("marketplace/apps/organizer/preApprove", token, HttpMethod.Post, "[1"))
            .Body.Code()
            .ShouldBe(300);
    }

    [Fact]
    public async Task Faults_name_Zooms_operations_and_fail_in_its_words()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomTokenAsync();
        await twin.ControlAsync("faults", """{"provider":"zoom","operation":"users.get","kind":"failBefore"}""");
        await twin.ControlAsync("faults", """{"provider":"zoom","operation":"users.get","kind":"rateLimit"}""");
        await twin.ControlAsync(
            "faults",
            """{"provider":"zoom","operation":"organizers.list","kind":"failBefore"}""",
            HttpStatusCode.BadRequest
        );
        (await twin.ZoomAsync("users/me/settings", token)).Status.ShouldBe(HttpStatusCode.OK);
        (await twin.ZoomAsync("users/me", token))
            .Body!.ToJsonString()
            .ShouldBe("""{"code":500,"message":"failBefore"}""");
        (HttpStatusCode status, JsonNode? limited) = await twin.ZoomAsync("users/me", token);
        status.ShouldBe(HttpStatusCode.TooManyRequests);
        limited.Code().ShouldBe(429);
        limited.Text("message").ShouldContain("per-second rate limit");
        (await twin.ZoomAsync("users/me", token)).Status.ShouldBe(HttpStatusCode.OK);
        JsonNode counts = (await twin.ControlAsync("log?provider=zoom"))["counts"]!;
        counts["users.get"]!.GetValue<int>().ShouldBe(3);
        (await twin.ControlAsync("log?provider=gotomeeting"))["counts"]!.AsObject().Count.ShouldBe(0);
    }
}
