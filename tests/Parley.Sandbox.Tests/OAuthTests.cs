using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

public sealed class OAuthTests
{
    private const string Verifier = "a-verifier-of-more-than-forty-three-characters-0123";

    [Fact]
    public async Task A_person_signs_in_allows_and_the_client_gets_tokens_without_an_organizer_key()
    {
        await using Twin twin = await Twin.StartAsync();
        Uri back = await twin.ConsentAsync(twin.AuthorizeUrl(Twin.Challenge(Verifier), state: "xyz"));
        back.GetLeftPart(UriPartial.Path).ShouldBe(Twin.Redirect);
        Twin.Query(back, "state").ShouldBe("xyz");

        using HttpResponseMessage reply = await twin.TokenCallAsync(
            ("grant_type", "authorization_code"),
            ("code", Twin.Query(back, "code")!),
            ("redirect_uri", Twin.Redirect),
            ("code_verifier", Verifier)
        );

        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        reply.Headers.CacheControl!.NoStore.ShouldBeTrue();
        JsonObject tokens = (await Twin.ReadAsync(reply)).AsObject();
        tokens
            .Select(field => field.Key)
            .ShouldBe(["access_token", "token_type", "expires_in", "refresh_token", "scope", "principal"]);
        tokens["access_token"]!.GetValue<string>().ShouldStartWith("eyJ");
        tokens["access_token"]!.GetValue<string>().Length.ShouldBeGreaterThan(255);
        tokens["expires_in"]!.GetValue<int>().ShouldBe(3600);
        tokens["principal"]!.GetValue<string>().ShouldBe(Twin.Olivia);
        tokens["scope"]!.GetValue<string>().ShouldBe("collab: identity: identity:scim.me");
    }

    [Fact]
    public async Task Someone_who_allowed_before_is_sent_straight_back_until_more_is_asked_for()
    {
        await using Twin twin = await Twin.StartAsync();
        string modest = twin.AuthorizeUrl(extra: "&scope=collab:");
        await twin.ConsentAsync(modest);

        using HttpResponseMessage again = await twin.Http.GetAsync(modest);
        again.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        Twin.Query(again.Headers.Location!, "code").ShouldNotBeNullOrEmpty();

        using HttpResponseMessage more = await twin.Http.GetAsync(
            twin.AuthorizeUrl(extra: "&scope=collab:%20identity:")
        );
        more.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await more.Content.ReadAsStringAsync()).ShouldContain("Allow Parley to use your account?");
    }
}
