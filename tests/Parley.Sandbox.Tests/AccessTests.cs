using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Who may do what, and how a refusal looks.</summary>
public sealed class AccessTests
{
    [Fact]
    public async Task An_expired_token_is_403_InvalidToken_and_401_by_setting()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync(extra: ",\"expiresInSeconds\":60");
        (await CallAsync(twin, "G2M/rest/upcomingMeetings", token)).Status.ShouldBe(HttpStatusCode.OK);
        await twin.ControlAsync("clock", """{"advanceSeconds":60}""");
        (HttpStatusCode status, JsonNode body) = await CallAsync(twin, "G2M/rest/upcomingMeetings", token);
        status.ShouldBe(HttpStatusCode.Forbidden);
        body.ToJsonString().ShouldBe("""{"int_err_code":"InvalidToken","msg":"Invalid token passed"}""");

        await twin.ControlAsync("settings", """{"expiryStatus":401}""");
        (await CallAsync(twin, "G2M/rest/upcomingMeetings", token)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await CallAsync(twin, "G2M/rest/upcomingMeetings", token: null)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_token_without_collab_is_refused_in_words_that_do_not_look_like_expiry()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync(extra: ",\"scopes\":[\"identity:\"]");
        (HttpStatusCode status, JsonNode body) = await CallAsync(twin, "G2M/rest/upcomingMeetings", token);
        status.ShouldBe(HttpStatusCode.Forbidden);
        body["int_err_code"]!.GetValue<string>().ShouldNotBe("InvalidToken");
        (await CallAsync(twin, "admin/rest/v1/me", token)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(Twin.Oscar)]
    [InlineData(Twin.Fiona)]
    public async Task Someone_elses_meeting_is_404_for_every_verb(string other)
    {
        await using Twin twin = await Twin.StartAsync();
        string owner = await twin.TokenAsync();
        long id = await twin.CreateAsync(owner);
        string stranger = await twin.TokenAsync(other);
        using (HttpResponseMessage mine = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}", owner))
        {
            mine.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        foreach (
            (HttpMethod method, string path) in new[]
            {
                (HttpMethod.Get, $"meetings/{id}"),
                (HttpMethod.Put, $"meetings/{id}"),
                (HttpMethod.Delete, $"meetings/{id}"),
                (HttpMethod.Get, $"meetings/{id}/start"),
            }
        )
        {
            string? body = method == HttpMethod.Put ? Twin.Meeting("Mine now") : null;
            using HttpResponseMessage reply = await twin.G2mAsync(method, path, stranger, body);
            reply.StatusCode.ShouldBe(HttpStatusCode.NotFound, $"{method} {path}");
        }

        (await twin.MeetingsAsync()).ShouldHaveSingleItem()!["subject"]!.GetValue<string>().ShouldBe("Demo with Alice");
    }

    [Fact]
    public async Task Creating_without_a_licence_is_a_500_whose_text_speaks_of_412()
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpResponseMessage reply = await twin.G2mAsync(
            HttpMethod.Post,
            "meetings",
            await twin.TokenAsync(Twin.Una),
            Twin.Meeting()
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await Twin.ReadAsync(reply))["msg"]!.GetValue<string>().ShouldContain("412");
    }

    [Fact]
    public async Task Admin_me_tells_keys_as_text_and_number_and_needs_the_identity_scope()
    {
        await using Twin twin = await Twin.StartAsync();
        (HttpStatusCode status, JsonNode me) = await CallAsync(twin, "admin/rest/v1/me", await twin.TokenAsync());
        status.ShouldBe(HttpStatusCode.OK);
        me["key"]!.GetValue<string>().ShouldBe("7300195775692112801");
        me["accountKey"]!.GetValue<long>().ShouldBe(6514392870011230017);
        me["email"]!.GetValue<string>().ShouldBe(Twin.Olivia);
        me["accounts"]!.AsArray().ShouldHaveSingleItem()!["name"]!
            .GetValue<string>()
            .ShouldBe("Northwind Conferencing");
        me["adminRoles"]!.AsArray().Select(role => role!.GetValue<string>()).ShouldContain("SUPER_USER");

        string modest = await twin.TokenAsync(extra: ",\"scopes\":[\"collab:\",\"identity:scim.me\"]");
        (HttpStatusCode refused, JsonNode why) = await CallAsync(twin, "admin/rest/v1/me", modest);
        refused.ShouldBe(HttpStatusCode.Unauthorized);
        why["errorCode"]!.GetValue<string>().ShouldBe("not.authenticated");
    }

    [Fact]
    public async Task Scim_me_is_the_way_for_a_client_with_the_profile_scope_only()
    {
        await using Twin twin = await Twin.StartAsync();
        string modest = await twin.TokenAsync(Twin.Oscar, ",\"scopes\":[\"identity:scim.me\"]");
        (HttpStatusCode status, JsonNode me) = await CallAsync(twin, "identity/v1/Users/me", modest);
        status.ShouldBe(HttpStatusCode.OK);
        me["id"]!.GetValue<string>().ShouldBe("7300195775692112813");
        me["accounts"]![0]!["value"]!.GetValue<string>().ShouldBe("6514392870011230017");
        string none = await twin.TokenAsync(Twin.Oscar, ",\"scopes\":[\"collab:\"]");
        (await CallAsync(twin, "identity/v1/Users/me", none)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<(HttpStatusCode Status, JsonNode Body)> CallAsync(Twin twin, string path, string? token)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"/goto/{path}");
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        return (reply.StatusCode, await Twin.ReadAsync(reply));
    }
}
