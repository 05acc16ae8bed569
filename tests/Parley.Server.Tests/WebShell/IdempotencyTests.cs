using System.Net;
using System.Text;
using NodaTime;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.WebShell;

public sealed class IdempotencyTests
{
    private const string Body = """{"name":"CRM","scopes":["admin"]}""";

    [Theory, DatabaseMatrix]
    public async Task The_same_key_and_body_answer_the_same_resource(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);

        var first = await PostAsync(parley.Api, "k1", Body);
        var second = await PostAsync(parley.Api, "k1", Body);

        first.StatusCode.ShouldBe(HttpStatusCode.Created);
        second.StatusCode.ShouldBe(HttpStatusCode.Created);
        second.Headers.Location.ShouldBe(first.Headers.Location);
        var made = await ApiKeyTests.JsonOf(first);
        var again = await ApiKeyTests.JsonOf(second);
        again.GetProperty("id").GetString().ShouldBe(made.GetProperty("id").GetString());
        made.TryGetProperty("secret", out _).ShouldBeTrue();
        again.TryGetProperty("secret", out _).ShouldBeFalse();
        (await KeysAsync(parley)).ShouldBe(2);
        (await PostAsync(parley.Api, "k2", Body)).StatusCode.ShouldBe(HttpStatusCode.Created);
        (await KeysAsync(parley)).ShouldBe(3);
    }

    [Theory, DatabaseMatrix]
    public async Task Another_body_under_the_key_is_refused(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        await PostAsync(parley.Api, "k1", Body);

        var other = await PostAsync(parley.Api, "k1", """{"name":"Other","scopes":["admin"]}""");

        other.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await ApiKeyTests.JsonOf(other)).GetProperty("code").GetString().ShouldBe("idempotency_key_reused");
    }

    [Theory, DatabaseMatrix]
    public async Task Many_at_once_make_one(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);

        var replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => PostAsync(parley.Api, "k1", Body)));

        replies.ShouldAllBe(reply => reply.StatusCode == HttpStatusCode.Created);
        replies.Select(reply => reply.Headers.Location).Distinct().ShouldHaveSingleItem();
        (await KeysAsync(parley)).ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task A_refused_request_leaves_the_key_free(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);

        (await PostAsync(parley.Api, "k1", """{"name":"","scopes":["admin"]}""")).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );

        (await PostAsync(parley.Api, "k1", Body)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory, DatabaseMatrix]
    public async Task A_first_request_that_died_holds_the_key_only_for_a_while(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(
            database,
            new Dictionary<string, string?> { ["Provisioning:AnswerWait"] = "00:00:00.2" }
        );
        await PostAsync(parley.Api, "k1", Body);
        // As a crash between claim and commit leaves it.
        await parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE idempotency SET status = NULL, resource_id = NULL, claim = 'dead' /* all workspaces: test */"
            )
        );

        var early = await PostAsync(parley.Api, "k1", Body);
        early.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        early.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(2));
        (await ApiKeyTests.JsonOf(early)).GetProperty("code").GetString().ShouldBe("idempotency_in_progress");

        parley.Clock.Advance(Duration.FromMinutes(2));
        (await PostAsync(parley.Api, "k1", Body)).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory, DatabaseMatrix]
    public async Task Another_workspaces_key_is_another_key(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var (_, secret) = await ApiKeyTests.SecondWorkspaceAsync(parley);
        using var elsewhere = ApiKeyTests.Bearer(parley, secret);

        var here = await PostAsync(parley.Api, "k1", Body);
        var there = await PostAsync(elsewhere, "k1", """{"name":"Other","scopes":["admin"]}""");

        here.StatusCode.ShouldBe(HttpStatusCode.Created);
        there.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_key_is_kept_for_a_day_and_no_control_characters_are_taken()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var first = await PostAsync(parley.Api, "k1", Body);
        parley.Clock.Advance(Duration.FromHours(24));
        (await PostAsync(parley.Api, "k1", Body)).Headers.Location.ShouldBe(first.Headers.Location);
        parley.Clock.Advance(Duration.FromHours(25));
        (await PostAsync(parley.Api, "k1", Body)).Headers.Location.ShouldNotBe(first.Headers.Location);

        (await PostAsync(parley.Api, new string('k', 256), Body)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string key, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/api-keys")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", key);
        return client.SendAsync(request);
    }

    private static Task<long> KeysAsync(TestServer parley) =>
        parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>("SELECT COUNT(*) FROM api_key /* all workspaces: test */")
        );
}
