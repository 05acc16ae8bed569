using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>What becomes of Zoom's tokens (reference §1.4, §1.5, §1.7).</summary>
public sealed class ZoomRotationTests
{
    private const string DeadToken = """{"reason":"Invalid Token!","error":"invalid_grant"}""";

    [Fact]
    public async Task A_refresh_answers_a_new_refresh_token_and_the_old_one_is_dead_at_once()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode first = await twin.ZoomConnectAsync();
        (HttpStatusCode status, JsonNode second) = await twin.ZoomRefreshAsync(first.Text("refresh_token"));
        status.ShouldBe(HttpStatusCode.OK);
        second.Text("refresh_token").ShouldNotBe(first.Text("refresh_token"));
        second.Text("scope").ShouldBe(first.Text("scope"));
        (await twin.ZoomAsync("users/me", second.Text("access_token"))).Status.ShouldBe(HttpStatusCode.OK);
        (await twin.ZoomAsync("users/me", first.Text("access_token"))).Status.ShouldBe(HttpStatusCode.OK);

        (HttpStatusCode dead, JsonNode refused) = await twin.ZoomRefreshAsync(first.Text("refresh_token"));
        dead.ShouldBe(HttpStatusCode.BadRequest);
        refused.ToJsonString().ShouldBe(DeadToken);
        (await twin.ZoomRefreshAsync(second.Text("refresh_token"))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task With_a_grace_the_old_one_works_for_so_many_seconds_more_and_no_longer()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ZoomSettingsAsync(""" "rotation":"grace:60" """);
        string old = (await twin.ZoomConnectAsync()).Text("refresh_token");
        (await twin.ZoomRefreshAsync(old)).Status.ShouldBe(HttpStatusCode.OK);
        await twin.ControlAsync("clock", """{"advanceSeconds":30}""");
        (await twin.ZoomRefreshAsync(old)).Status.ShouldBe(HttpStatusCode.OK);
        // A use within the grace does not prolong it.
        await twin.ControlAsync("clock", """{"advanceSeconds":31}""");
        (await twin.ZoomRefreshAsync(old)).Body.ToJsonString().ShouldBe(DeadToken);
    }

    [Fact]
    public async Task RotateAndDrop_commits_the_rotation_and_the_new_token_is_lost()
    {
        await using Twin twin = await Twin.StartAsync();
        string old = (await twin.ZoomConnectAsync()).Text("refresh_token");
        await twin.ControlAsync("faults", """{"provider":"zoom","operation":"oauth.refresh","kind":"rotateAndDrop"}""");
        await Should.ThrowAsync<HttpRequestException>(() => twin.ZoomRefreshAsync(old));
        (await twin.ZoomRefreshAsync(old)).Body.ToJsonString().ShouldBe(DeadToken);
        JsonArray log = (await twin.ControlAsync("log?provider=zoom&operation=oauth.refresh"))["items"]!.AsArray();
        log.Select(entry => entry!["status"]!.GetValue<int>()).ShouldBe([0, 400]);
    }

    [Fact]
    public async Task Ninety_days_of_silence_end_the_connection()
    {
        await using Twin twin = await Twin.StartAsync();
        string first = (await twin.ZoomConnectAsync()).Text("refresh_token");
        await AdvanceAsync(twin, days: 89);
        string second = (await twin.ZoomRefreshAsync(first)).Body.Text("refresh_token");
        await AdvanceAsync(twin, days: 89);
        string third = (await twin.ZoomRefreshAsync(second)).Body.Text("refresh_token");
        await AdvanceAsync(twin, days: 90);
        (await twin.ZoomRefreshAsync(third)).Body.ToJsonString().ShouldBe(DeadToken);
    }

    [Fact]
    public async Task Authorising_again_ends_what_the_same_user_gave_the_same_app_before()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode first = await twin.ZoomConnectAsync();
        JsonNode other = await twin.ZoomConnectAsync(ZoomCalls.Bruno);
        JsonNode second = await twin.ZoomConnectAsync();

        (await twin.ZoomAsync("users/me", first.Text("access_token"))).Body.Code().ShouldBe(124);
        (HttpStatusCode status, JsonNode revoked) = await twin.ZoomRefreshAsync(first.Text("refresh_token"));
        status.ShouldBe(HttpStatusCode.BadRequest);
        revoked["errorCode"]!.GetValue<int>().ShouldBe(4741);
        revoked.Text("error").ShouldBe("invalid_grant");
        (await twin.ZoomAsync("users/me", second.Text("access_token"))).Status.ShouldBe(HttpStatusCode.OK);
        (await twin.ZoomAsync("users/me", other.Text("access_token"))).Status.ShouldBe(HttpStatusCode.OK);

        await twin.ZoomSettingsAsync(""" "oauthErrorCodes":false """);
        (await twin.ZoomRefreshAsync(first.Text("refresh_token"))).Body["errorCode"].ShouldBeNull();
    }

    [Fact]
    public async Task Revoke_answers_success_and_ends_the_grant()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode tokens = await twin.ZoomConnectAsync();
        (string id, string secret) = await twin.ZoomClientAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, "/zoom/oauth/revoke");
        request.Headers.Authorization = Twin.Basic(id, secret);
        request.Content = new FormUrlEncodedContent([new("token", tokens.Text("access_token"))]);
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await reply.Content.ReadAsStringAsync()).ShouldBe("""{"status":"success"}""");
        (await twin.ZoomAsync("users/me", tokens.Text("access_token"))).Body.Code().ShouldBe(124);
        (await twin.ZoomRefreshAsync(tokens.Text("refresh_token"))).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Removing_the_app_kills_its_tokens_and_tells_the_developer()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode tokens = await twin.ZoomConnectAsync();
        string page = await twin.Http.GetStringAsync("/zoom/marketplace");
        page.ShouldContain("Remove <span class=\"hidden\">Parley of Zoe Organizer");
        using (
            HttpResponseMessage removed = await twin.PostFormAsync(
                "/zoom/marketplace/decide",
                ("app", "organizer"),
                ("account", ZoomCalls.Northwind),
                ("user", ZoomCalls.ZoeId),
                ("action", "remove")
            )
        )
        {
            removed.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        }

        (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync("users/me", tokens.Text("access_token"));
        status.ShouldBe(HttpStatusCode.Unauthorized);
        body!.ToJsonString().ShouldBe("""{"code":124,"message":"Invalid access token."}""");
        JsonNode told = (await twin.ControlAsync("zoom/events?name=app_deauthorized"))["items"]!
            .AsArray()
            .ShouldHaveSingleItem()!;
        told.Text("app").ShouldBe("organizer");
        told["payload"]!
            .AsObject()
            .Select(field => field.Key)
            .ShouldBe(["account_id", "user_id", "signature", "deauthorization_time", "client_id", "event_ts"]);
        told["payload"].Text("event_ts").ShouldMatch(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$");
        await twin.ControlAsync(
            "zoom/deauthorizations",
            $$"""{"account":"{{ZoomCalls.Zoe}}"}""",
            HttpStatusCode.NotFound
        );
    }

    [Fact]
    public async Task A_user_who_is_gone_takes_the_tokens_along()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode tokens = await twin.ZoomConnectAsync();
        await twin.ControlAsync($"people/{ZoomCalls.Zoe}", """{"provider":"zoom","status":"inactive"}""");
        (await twin.ZoomAsync("users/me", tokens.Text("access_token"))).Body.Code().ShouldBe(124);
        (await twin.ZoomRefreshAsync(tokens.Text("refresh_token"))).Body["errorCode"]!.GetValue<int>().ShouldBe(4735);
        using HttpResponseMessage gone = await twin.Http.DeleteAsync($"/control/people/{ZoomCalls.Zoe}?provider=zoom");
        gone.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await twin.ZoomRefreshAsync(tokens.Text("refresh_token"))).Body["errorCode"]!.GetValue<int>().ShouldBe(4735);
    }

    private static Task AdvanceAsync(Twin twin, int days) =>
        twin.ControlAsync("clock", $$"""{"advanceSeconds":{{days * 24 * 3600}}}""");
}
