using System.Net;
using Parley.Conferencing.OAuth;
using static Parley.Conferencing.Tests.Zoom.ZoomUnderTest;

namespace Parley.Conferencing.Tests.Zoom;

public sealed class OAuthRefusalTests
{
    private static readonly OAuthApp App = new("client", "CANARYSECRET");
    private readonly ZoomUnderTest _zoom = new();

    [Theory]
    [InlineData(
        """{"reason":"Invalid Token!","error":"invalid_grant"}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData(
        """{"reason":"Token is invalid","error":"invalid_grant"}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData(
        """{"reason":"Invalid authorization code abc","error":"invalid_request"}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData(
        """{"reason":"Invalid code verifier","error":"invalid_request"}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData(
        """{"reason":"x","error":"invalid_request","errorCode":4733,"errorMessage":"x"}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData(
        """{"reason":"x","error":"invalid_request","errorCode":"4734"}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData(
        """{"reason":"x","error":"invalid_grant","errorCode":4735}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData("""{"code":4737,"message":"token not found"}""", FailureKind.GrantDead, FailureCodes.InvalidGrant)]
    [InlineData(
        """{"reason":"x","error":"invalid_grant","errorCode":4738}""",
        FailureKind.Unapproved,
        FailureCodes.ApprovalWithdrawn
    )]
    [InlineData(
        """{"reason":"The token was disabled by admin. (4738)","error":"invalid_grant"}""",
        FailureKind.Unapproved,
        FailureCodes.ApprovalWithdrawn
    )]
    [InlineData(
        """{"reason":"x","error":"invalid_grant","errorCode":4740}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData(
        """{"reason":"x","error":"invalid_grant","errorCode":4741}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData(
        """{"status":false,"errorCode":4700,"errorMessage":"Invalid redirect url","result":null}""",
        FailureKind.Rejected,
        FailureCodes.RedirectUriMismatch
    )]
    [InlineData(
        """{"status":false,"errorCode":4700,"errorMessage":"Token cannot be empty","result":null}""",
        FailureKind.GrantDead,
        FailureCodes.InvalidGrant
    )]
    [InlineData(
        """{"reason":"Redirect URI mismatch","error":"invalid_request","errorCode":4709}""",
        FailureKind.Rejected,
        FailureCodes.RedirectUriMismatch
    )]
    [InlineData(
        """{"reason":"Redirect URI mismatch","error":"invalid_request"}""",
        FailureKind.Rejected,
        FailureCodes.RedirectUriMismatch
    )]
    [InlineData(
        """{"reason":"Invalid client_id or client_secret","error":"invalid_client"}""",
        FailureKind.Rejected,
        FailureCodes.InvalidClient
    )]
    [InlineData(
        """{"errorCode":4702,"errorMessage":"Invalid client"}""",
        FailureKind.Rejected,
        FailureCodes.InvalidClient
    )]
    [InlineData(
        """{"errorCode":4704,"errorMessage":"Invalid client secret"}""",
        FailureKind.Rejected,
        FailureCodes.InvalidClient
    )]
    [InlineData(
        """{"errorCode":4711,"errorMessage":"Invalid scope"}""",
        FailureKind.Rejected,
        FailureCodes.InvalidScope
    )]
    [InlineData(
        """{"errorCode":4717,"errorMessage":"The app has been disabled"}""",
        FailureKind.Rejected,
        FailureCodes.OAuthRejected
    )]
    [InlineData(
        """{"reason":"unsupported grant type","error":"unsupported_grant_type","errorCode":4705}""",
        FailureKind.Rejected,
        FailureCodes.OAuthRejected
    )]
    [InlineData(
        """{"reason":"Bad Request","error":"invalid_request"}""",
        FailureKind.Rejected,
        FailureCodes.OAuthRejected
    )]
    public async Task A_refusal_says_what_happened_and_what_to_do(string body, FailureKind kind, string code)
    {
        _zoom.Network.On("POST " + TokenEndpoint, HttpStatusCode.BadRequest, body);
        var failure = (await _zoom.OAuth.RefreshAsync(App, "CANARYREFRESH", default)).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code).ShouldBe((kind, code));
        failure.Next.ShouldNotBeNullOrEmpty();
        failure.ProviderMessage.ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData(502, "<html>bad gateway</html>", "text/html")]
    [InlineData(400, "<html>a captive portal</html>", "text/html")]
    [InlineData(400, "", "application/json")]
    [InlineData(400, "{}", "application/json")]
    [InlineData(200, "{}", "application/json")]
    [InlineData(200, "{\"access_token\":", "application/json")]
    public async Task What_no_one_said_of_zoom_leaves_the_grant_in_doubt_and_never_dead(
        int status,
        string body,
        string type
    )
    {
        _zoom.Network.On("POST " + TokenEndpoint, (HttpStatusCode)status, body, type);
        (await _zoom.OAuth.RefreshAsync(App, "r", default)).Failure!.Kind.ShouldBe(FailureKind.Unknown);
    }

    [Fact]
    public async Task A_refusal_in_a_200_is_a_refusal()
    {
        _zoom.Network.On(
            "POST " + TokenEndpoint,
            HttpStatusCode.OK,
            """{"reason":"Invalid Token!","error":"invalid_grant"}"""
        );
        (await _zoom.OAuth.RefreshAsync(App, "r", default)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
    }

    [Fact]
    public async Task Tokens_come_with_the_regions_base_and_the_credentials_go_by_basic()
    {
        _zoom.Network.On(
            "POST " + TokenEndpoint,
            HttpStatusCode.OK,
            """{"access_token":"a","token_type":"bearer","refresh_token":"r2","expires_in":3599,"scope":"meeting:write:meeting user:read:user","api_url":"https://api-eu.zoom.us"}"""
        );
        var tokens = (await _zoom.OAuth.RefreshAsync(App, "r1", default)).Value;
        (tokens.RefreshToken, tokens.ApiBaseUrl).ShouldBe(("r2", "https://api-eu.zoom.us"));
        tokens.Scopes.ShouldBe(["meeting:write:meeting", "user:read:user"]);
        var sent = _zoom.Network.Sent.ShouldHaveSingleItem();
        sent.Headers.Authorization!.Scheme.ShouldBe("Basic");
        sent.Body.ShouldBe("grant_type=refresh_token&refresh_token=r1");
        sent.Url.ShouldBe("https://zoom.us/oauth/token");
    }

    [Fact]
    public async Task A_server_to_server_token_takes_the_account_and_has_no_refresh_token()
    {
        _zoom.Network.On(
            "POST " + TokenEndpoint,
            HttpStatusCode.OK,
            """{"access_token":"a","expires_in":3599,"scope":"user:read:list_users:admin"}"""
        );
        (await _zoom.OAuth.RequestAccountTokenAsync(App, "AAA", default)).Value.RefreshToken.ShouldBeNull();
        _zoom.Network.Sent.ShouldHaveSingleItem().Body.ShouldBe("grant_type=account_credentials&account_id=AAA");
    }

    [Fact]
    public async Task A_token_is_taken_back_at_zooms_revoke()
    {
        _zoom.Network.On("POST /oauth/revoke", HttpStatusCode.OK, """{"status":"success"}""");
        (await _zoom.OAuth.RevokeAsync(App, "access", default)).Failure.ShouldBeNull();
        _zoom.Network.Sent.ShouldHaveSingleItem().Body.ShouldBe("token=access");
    }
}
