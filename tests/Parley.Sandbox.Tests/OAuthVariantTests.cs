using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>What the authorization server says of itself, and the ways in that are off until a switch turns them on.</summary>
public sealed class OAuthVariantTests
{
    private const string Verifier = "a-verifier-of-more-than-forty-three-characters-0123";

    [Theory]
    [InlineData("/goto/.well-known/oauth-authorization-server")]
    [InlineData("/.well-known/oauth-authorization-server/goto")]
    public async Task The_metadata_are_the_recorded_ones_with_the_twins_own_addresses(string path)
    {
        await using Twin twin = await Twin.StartAsync();
        JsonObject metadata = JsonNode.Parse(await twin.Http.GetStringAsync(path))!.AsObject();
        metadata
            .Select(field => field.Key)
            .ShouldBe([
                "issuer",
                "authorization_endpoint",
                "token_endpoint",
                "jwks_uri",
                "response_types_supported",
                "grant_types_supported",
                "token_endpoint_auth_methods_supported",
                "introspection_endpoint",
                "revocation_endpoint",
                "code_challenge_methods_supported",
                "client_id_metadata_document_supported",
            ]);
        metadata["issuer"]!.GetValue<string>().ShouldBe($"{twin.Host.Url}/goto");
        metadata["code_challenge_methods_supported"]!.ToJsonString().ShouldBe("""["S256"]""");
        using HttpResponseMessage keys = await twin.Http.GetAsync(metadata["jwks_uri"]!.GetValue<string>());
        (await keys.Content.ReadAsStringAsync()).ShouldBe("""{"keys":[]}""");
    }

    [Theory]
    [InlineData("GET", "/goto/oauth/v2/authorize?client_id=x")]
    [InlineData("POST", "/goto/oauth/v2/token")]
    public async Task The_retired_host_points_at_the_migration_guide(string method, string path)
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        reply.StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await Twin.ReadAsync(reply))["message"]!
            .GetValue<string>()
            .ShouldBe(
                "This endpoint is no longer valid, see https://developer.goto.com/guides/Authentication/New_Token_Retrieval_Migration_Guide/"
            );
        await twin.ControlAsync("settings", """{"retiredHostStatus":404}""");
        using HttpRequestMessage again = new(new HttpMethod(method), path);
        using HttpResponseMessage moved = await twin.Http.SendAsync(again);
        moved.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_token_reply_of_the_retired_host_is_a_switch()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", """{"oldTokenReply":true}""");
        using HttpResponseMessage reply = await ExchangeAsync(twin, await twin.CodeAsync());
        JsonNode tokens = await Twin.ReadAsync(reply);
        tokens["organizer_key"]!.GetValue<string>().ShouldBe(DirectoryCalls.OliviaKey);
        tokens["account_key"]!.GetValue<string>().ShouldBe(DirectoryCalls.Northwind);
        tokens["platform"]!.GetValue<string>().ShouldBe("GLOBAL");
        tokens["email"]!.GetValue<string>().ShouldBe(Twin.Olivia);
    }

    [Fact]
    public async Task A_personal_access_token_is_traded_only_where_the_client_may_and_has_its_scopes()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode made = await twin.ControlAsync(
            "tokens",
            $$"""{"account":"{{Twin.Oscar}}","kind":"pat","scopes":["collab:"]}""",
            HttpStatusCode.Created
        );
        string pat = made["pat"]!.GetValue<string>();
        (await TradeAsync(twin, pat)).ShouldBe((HttpStatusCode.Unauthorized, "unauthorized_client"));
        await twin.ControlAsync("settings", """{"patGrant":true}""");
        using (
            HttpResponseMessage reply = await twin.TokenCallAsync(("grant_type", "personal_access_token"), ("pat", pat))
        )
        {
            reply.StatusCode.ShouldBe(HttpStatusCode.OK);
            JsonObject tokens = (await Twin.ReadAsync(reply)).AsObject();
            tokens
                .Select(field => field.Key)
                .ShouldBe(["access_token", "token_type", "expires_in", "scope", "principal", "loa"]);
            tokens["loa"]!.GetValue<int>().ShouldBe(3);
            await twin.CreateAsync(tokens["access_token"]!.GetValue<string>());
        }

        (await TradeAsync(twin, "never-seen")).ShouldBe((HttpStatusCode.BadRequest, "invalid_grant"));
        // The token itself opens nothing.
        using HttpResponseMessage direct = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", pat);
        direct.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        await twin.ControlAsync("settings", """{"clientScopes":["identity:"]}""");
        (await TradeAsync(twin, pat)).ShouldBe((HttpStatusCode.BadRequest, "invalid_scope"));
    }

    [Fact]
    public async Task A_scope_the_client_was_not_registered_for_comes_back_as_invalid_scope()
    {
        await using Twin twin = await Twin.StartAsync();
        string url = twin.AuthorizeUrl(extra: "&scope=collab:%20identity:");
        using (HttpResponseMessage registered = await twin.Http.GetAsync(url))
        {
            registered.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        await twin.ControlAsync("settings", """{"clientScopes":["collab:"]}""");
        using HttpResponseMessage refused = await twin.Http.GetAsync(url);
        refused.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        Twin.Query(refused.Headers.Location!, "error").ShouldBe("invalid_scope");
    }

    [Fact]
    public async Task A_public_client_needs_no_secret_but_pkce()
    {
        await using Twin twin = await Twin.StartAsync();
        string code = await twin.CodeAsync(Twin.Challenge(Verifier));
        (await PublicAsync(twin, code)).ShouldBe(HttpStatusCode.Unauthorized);
        await twin.ControlAsync("settings", """{"publicClient":true}""");
        (await PublicAsync(twin, code)).ShouldBe(HttpStatusCode.OK);
        using HttpResponseMessage without = await twin.Http.GetAsync(twin.AuthorizeUrl());
        Twin.Query(without.Headers.Location!, "error").ShouldBe("invalid_request");
    }

    [Fact]
    public async Task Pkce_is_required_of_every_client_when_the_setting_says_so()
    {
        await using Twin twin = await Twin.StartAsync();
        (await twin.ControlAsync("settings"))["pkceRequired"]!.GetValue<bool>().ShouldBeFalse();
        (await twin.CodeAsync()).ShouldNotBeEmpty();

        await twin.ControlAsync("settings", """{"pkceRequired":true}""");
        using HttpResponseMessage without = await twin.Http.GetAsync(twin.AuthorizeUrl());
        without.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        Twin.Query(without.Headers.Location!, "error").ShouldBe("invalid_request");
        Twin.Query(without.Headers.Location!, "state").ShouldBe("s-1");
        (await twin.CodeAsync(Twin.Challenge(Verifier))).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task The_life_of_codes_and_of_refresh_tokens_are_settings()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", """{"codeSeconds":20,"refreshTokenSeconds":100}""");
        string late = await twin.CodeAsync();
        await twin.ControlAsync("clock", """{"advanceSeconds":21}""");
        using (HttpResponseMessage refused = await ExchangeAsync(twin, late))
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        using HttpResponseMessage reply = await ExchangeAsync(twin, await twin.CodeAsync());
        string refresh = (await Twin.ReadAsync(reply))["refresh_token"]!.GetValue<string>();
        foreach (
            (int seconds, HttpStatusCode status) in new[] { (95, HttpStatusCode.OK), (10, HttpStatusCode.BadRequest) }
        )
        {
            await twin.ControlAsync("clock", $$"""{"advanceSeconds":{{seconds}}}""");
            using HttpResponseMessage refreshed = await twin.TokenCallAsync(
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh)
            );
            refreshed.StatusCode.ShouldBe(status);
        }
    }

    [Fact]
    public async Task Expired_tokens_are_gone_from_the_journal_in_time()
    {
        string folder = Directory.CreateTempSubdirectory("sandbox-tests-").FullName;
        try
        {
            await using (Twin twin = await Twin.StartAsync(folder))
            {
                await twin.ControlAsync("settings", """{"refreshTokenSeconds":600}""");
                for (int made = 0; made < 20; made++)
                {
                    await twin.TokenAsync(extra: $",\"accessToken\":\"fixed-{made}\"");
                }

                await twin.ControlAsync("clock", """{"advanceSeconds":3600}""");
                await twin.TokenAsync(extra: ",\"accessToken\":\"recent\"");
            }

            (await RowsAsync(folder)).ShouldBe(21);
            await using (Twin later = await Twin.StartAsync(folder))
            {
                await later.ControlAsync("clock", """{"advanceSeconds":100000}""");
                await later.TokenAsync(extra: ",\"accessToken\":\"newest\"");
            }

            await using (await Twin.StartAsync(folder))
            {
                // Read again and rewritten: the newest access token and its refresh token.
            }

            (await RowsAsync(folder)).ShouldBe(2);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> RowsAsync(string folder) =>
        (await File.ReadAllLinesAsync(Path.Combine(folder, "sandbox.journal"))).Count(line =>
            line.StartsWith("[{\"t\":\"tokens\"", StringComparison.Ordinal)
        );

    private static Task<HttpResponseMessage> ExchangeAsync(Twin twin, string code) =>
        twin.TokenCallAsync(("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Twin.Redirect));

    private static async Task<(HttpStatusCode Status, string? Error)> TradeAsync(Twin twin, string pat)
    {
        using HttpResponseMessage reply = await twin.TokenCallAsync(
            ("grant_type", "personal_access_token"),
            ("pat", pat)
        );
        return (reply.StatusCode, (await Twin.ReadAsync(reply))["error"]?.GetValue<string>());
    }

    private static async Task<HttpStatusCode> PublicAsync(Twin twin, string code)
    {
        using HttpResponseMessage reply = await twin.PostFormAsync(
            "/goto/oauth/token",
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", Twin.Redirect),
            ("code_verifier", Verifier),
            ("client_id", twin.Host.ClientId)
        );
        return reply.StatusCode;
    }
}
