using System.Net;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using NodaTime;
using Parley.Conferencing.OAuth;
using Parley.Conferencing.Tests.GoToMeeting;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.OAuth;

public sealed class OAuthClientTests
{
    private const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private const string Redirect = "https://parley.example/oauth/gotomeeting/callback";
    private static readonly OAuthApp App = new("client-id", "CANARYSECRET");
    private readonly GoToUnderTest _goto = new();

    [Fact]
    public void The_authorize_url_carries_the_challenge_and_never_the_verifier_and_no_scope()
    {
        var url = _goto.OAuth.AuthorizeUrl(App, Redirect, "st&te=1", Verifier);

        url.ShouldStartWith("https://authentication.logmeininc.com/oauth/authorize?");
        var query = QueryHelpers
            .ParseQuery(new Uri(url).Query)
            .ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
        query.ShouldBe(
            new Dictionary<string, string>
            {
                ["response_type"] = "code",
                ["client_id"] = "client-id",
                ["redirect_uri"] = Redirect,
                ["state"] = "st&te=1",
                // RFC 7636, appendix B
                ["code_challenge"] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                ["code_challenge_method"] = "S256",
            },
            ignoreOrder: true
        );
        url.ShouldNotContain(Verifier);
        url.ShouldNotContain("CANARY");
    }

    [Fact]
    public async Task The_code_is_exchanged_with_basic_authentication_the_same_redirect_uri_and_the_verifier()
    {
        _goto.Network.On($"POST {TokenEndpoint}", HttpStatusCode.OK, Sample("oauth-token_POST.json"));

        var reply = (await _goto.OAuth.ExchangeCodeAsync(App, "the-code", Redirect, Verifier, default)).Value;

        reply.AccessToken.ShouldBe("eyJraWQiOiI0LCANARYACCESS");
        reply.RefreshToken.ShouldBe("eyJCANARYREFRESH");
        reply.ExpiresIn.ShouldBe(Duration.FromHours(1));
        reply.Scopes.ShouldBe(["collab:", "identity:", "identity:scim.me"]);
        reply.Principal.ShouldBe("sam@example.test");
        reply.ToString().ShouldNotContain("CANARY");
        var sent = _goto.Network.Sent.ShouldHaveSingleItem();
        sent.ContentType.ShouldBe("application/x-www-form-urlencoded");
        Encoding
            .UTF8.GetString(Convert.FromBase64String(sent.Headers.Authorization!.Parameter!))
            .ShouldBe("client-id:CANARYSECRET");
        Form(sent.Body)
            .ShouldBe(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "authorization_code",
                    ["code"] = "the-code",
                    ["redirect_uri"] = Redirect,
                    ["code_verifier"] = Verifier,
                },
                ignoreOrder: true
            );
        sent.Body.ShouldNotContain("CANARY");
    }

    [Fact]
    public async Task A_refresh_reply_without_refresh_token_says_so_by_null()
    {
        _goto.Network.On($"POST {TokenEndpoint}", HttpStatusCode.OK, Sample("oauth-token_POST.refreshed.json"));
        var reply = (await _goto.OAuth.RefreshAsync(App, "r1", default)).Value;
        reply.RefreshToken.ShouldBeNull();
        reply.ExpiresIn.ShouldBe(Duration.FromHours(1));
        Form(_goto.Network.Sent[0].Body)
            .ShouldBe(
                new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = "r1" },
                ignoreOrder: true
            );
    }

    [Theory]
    [InlineData("""{"access_token":"a","expires_in":"30758399","refresh_token":""}""", 30758399)]
    [InlineData("""{"access_token":"a","expires_in":1800}""", 1800)]
    [InlineData("""{"access_token":"a"}""", 3600)]
    [InlineData("""{"access_token":"a","expires_in":null,"scope":null,"refresh_token":null}""", 3600)]
    [InlineData("""{"access_token":"a","expires_in":"soon","scope":""}""", 3600)]
    [InlineData("""{"access_token":"a","expires_in":-5}""", 3600)]
    [InlineData("""{"access_token":"a","expires_in":99999999999999999999}""", 400 * 24 * 3600)]
    public async Task Odd_lifetimes_never_cost_the_tokens(string body, long seconds)
    {
        _goto.Network.On($"POST {TokenEndpoint}", HttpStatusCode.OK, body);
        var reply = (await _goto.OAuth.RefreshAsync(App, "r1", default)).Value;
        reply.ExpiresIn.ShouldBe(Duration.FromSeconds(seconds));
        (reply.AccessToken, reply.RefreshToken, reply.Scopes).ShouldBe(("a", null, null));
    }

    public static TheoryData<int, string, FailureKind, string> Refusals { get; } =
        new()
        {
            {
                400,
                """{"error":"invalid_grant","error_description":"used"}""",
                FailureKind.GrantDead,
                FailureCodes.InvalidGrant
            },
            { 401, """{"error":"invalid_grant"}""", FailureKind.GrantDead, FailureCodes.InvalidGrant },
            {
                401,
                """{"error":"invalid_client","error_description":"client not found"}""",
                FailureKind.Rejected,
                FailureCodes.InvalidClient
            },
            {
                400,
                """{"error":"invalid_grant","error_description":"redirect_uri does not match"}""",
                FailureKind.Rejected,
                FailureCodes.RedirectUriMismatch
            },
            { 400, """{"error":"redirect_uri_mismatch"}""", FailureKind.Rejected, FailureCodes.RedirectUriMismatch },
            { 400, """{"error":"invalid_scope"}""", FailureKind.Rejected, FailureCodes.InvalidScope },
            {
                401,
                """{"error":"unauthorized_client","error_description":"Unauthorized grant type"}""",
                FailureKind.Rejected,
                FailureCodes.OAuthRejected
            },
            {
                410,
                """{"message":"This endpoint is no longer valid, see https://developer.goto.com/guides/Authentication/New_Token_Retrieval_Migration_Guide/"}""",
                FailureKind.Rejected,
                FailureCodes.HostRetired
            },
            {
                200,
                """{"message":"This endpoint is no longer valid, see the guide"}""",
                FailureKind.Rejected,
                FailureCodes.HostRetired
            },
            { 429, "", FailureKind.Throttled, FailureCodes.Throttled },
            { 500, """{"error":"server_error"}""", FailureKind.Unknown, FailureCodes.ServerError },
            { 503, "<html>", FailureKind.Unknown, FailureCodes.ServerError },
            { 400, """{"error":"temporarily_unavailable"}""", FailureKind.Unknown, FailureCodes.ServerError },
            { 400, "", FailureKind.Unknown, FailureCodes.Unreadable },
            { 401, "<html>invalid_grant</html>", FailureKind.Unknown, FailureCodes.Unreadable },
            { 404, "not here", FailureKind.Unknown, FailureCodes.Unreadable },
            { 200, "", FailureKind.Unknown, FailureCodes.Unreadable },
            { 200, "<html></html>", FailureKind.Unknown, FailureCodes.Unreadable },
            { 200, """{"access_token":"\ud800"}""", FailureKind.Unknown, FailureCodes.Unreadable },
            { 200, """{"access_token":"a","expires""", FailureKind.Unknown, FailureCodes.Unreadable },
            { 302, "", FailureKind.Unknown, FailureCodes.Undecided },
            { 409, "{}", FailureKind.Unknown, FailureCodes.Undecided },
        };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Each_answer_of_the_token_endpoint_has_its_kind_and_is_asked_once(
        int status,
        string body,
        FailureKind kind,
        string code
    )
    {
        _goto.Network.On($"POST {TokenEndpoint}", (HttpStatusCode)status, body);
        var failure = (await _goto.OAuth.RefreshAsync(App, "r1", default)).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code).ShouldBe((kind, code));
        _goto.Network.Sent.Count.ShouldBe(1);
        if (kind is FailureKind.Rejected or FailureKind.GrantDead)
            failure.Next.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_token_that_the_server_echoes_is_removed()
    {
        _goto.Network.On(
            $"POST {TokenEndpoint}",
            HttpStatusCode.BadRequest,
            """{"error":"invalid_grant","error_description":"refresh token opaque-CANARY-1 of CANARYSECRET is used"}"""
        );
        var failure = (await _goto.OAuth.RefreshAsync(App, "opaque-CANARY-1", default)).Failure.ShouldNotBeNull();
        failure.ProviderMessage.ShouldBe("refresh token [removed] of [removed] is used");
        failure.ToString().ShouldNotContain("CANARY");
    }

    [Fact]
    public async Task Lost_is_unknown_and_never_sent_is_never_sent()
    {
        _goto
            .Network.On($"POST {TokenEndpoint}", new HttpRequestException(HttpRequestError.ResponseEnded))
            .On($"POST {TokenEndpoint}", new HttpRequestException(HttpRequestError.ConnectionError));
        (await _goto.OAuth.RefreshAsync(App, "r", default)).Failure!.Kind.ShouldBe(FailureKind.Unknown);
        (await _goto.OAuth.RefreshAsync(App, "r", default)).Failure!.Kind.ShouldBe(FailureKind.NeverSent);
    }

    [Fact]
    public async Task A_refresh_that_takes_too_long_is_unknown_and_not_repeated()
    {
        var arrived = new TaskCompletionSource();
        _goto.Network.On(
            $"POST {TokenEndpoint}",
            async token =>
            {
                arrived.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                throw new InvalidOperationException();
            }
        );
        var refresh = _goto.OAuth.RefreshAsync(App, "r", default);
        await arrived.Task;
        _goto.Time.Advance(TimeSpan.FromSeconds(10));
        (await refresh).Failure!.Code.ShouldBe(FailureCodes.Timeout);
        _goto.Network.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_endless_reply_is_cut_off()
    {
        _goto.Network.On(
            $"POST {TokenEndpoint}",
            HttpStatusCode.OK,
            "{\"access_token\":\"" + new string('a', 300_000) + "\"}"
        );
        (await _goto.OAuth.RefreshAsync(App, "r", default)).Failure!.Code.ShouldBe(FailureCodes.Unreadable);
    }

    [Fact]
    public async Task Revoking_sends_the_token_and_needs_no_body_back()
    {
        _goto.Network.On("POST /oauth/revoke", HttpStatusCode.OK).On("POST /oauth/revoke", HttpStatusCode.BadGateway);
        (await _goto.OAuth.RevokeAsync(App, "r1", default)).Succeeded.ShouldBeTrue();
        Form(_goto.Network.Sent[0].Body).ShouldBe(new Dictionary<string, string> { ["token"] = "r1" });
        (await _goto.OAuth.RevokeAsync(App, "r1", default)).Failure!.Kind.ShouldBe(FailureKind.Unknown);
    }

    private static Dictionary<string, string> Form(string body) =>
        QueryHelpers.ParseQuery(body).ToDictionary(pair => pair.Key, pair => pair.Value.ToString());
}
