using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Access;

public sealed class KeyRateTests
{
    private const string Path = "/api/v1/providers";

    [Fact]
    public async Task A_key_that_calls_too_often_is_told_to_wait_and_the_others_are_not()
    {
        await using var parley = await TestServer.StartAsync(
            DatabaseKind.Sqlite,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["RateLimits:PerKeyPerMinute"] = "6" }
        );
        using var other = await KeyAsync(parley, "connections:read");
        for (var left = 4; left >= 0; left--)
        {
            // Making the other key was the first call.
            var reply = await parley.Api.GetAsync(Path);
            reply.StatusCode.ShouldBe(HttpStatusCode.OK);
            Header(reply, "RateLimit-Policy").ShouldBe("\"key\";q=6;w=60");
            Header(reply, "RateLimit").ShouldBe($"\"key\";r={left};t={(6 - left) * 10}");
        }

        var refused = await parley.Api.GetAsync(Path);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await ApiKeyTests.JsonOf(refused)).GetProperty("code").GetString().ShouldBe("rate_limited");
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(10));
        Header(refused, "RateLimit").ShouldStartWith("\"key\";r=0;");

        // What a key may not do counts as well; another key has its own.
        for (var call = 0; call < 6; call++)
        {
            (await other.GetAsync("/api/v1/meetings")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }

        (await other.GetAsync(Path)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        parley.Clock.Advance(Duration.FromSeconds(9));
        (await parley.Api.GetAsync(Path)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        parley.Clock.Advance(Duration.FromSeconds(1));
        (await parley.Api.GetAsync(Path)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await parley.Api.GetAsync(Path)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        // Pages and customers are not of the key's.
        (await parley.Client.GetAsync("/sign-in")).StatusCode.ShouldBe(HttpStatusCode.OK);
        parley.Clock.Advance(Duration.FromHours(1));
        var full = await parley.Api.GetAsync(Path);
        Header(full, "RateLimit").ShouldBe("\"key\";r=5;t=10");
    }

    [Fact]
    public async Task Two_nodes_keep_one_rate()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed (apt-get install postgresql)");
        const int Quota = 120;
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["RateLimits:PerKeyPerMinute"] = Quota.ToString(CultureInfo.InvariantCulture),
        };
        await using var one = await TestServer.StartAsync(DatabaseKind.Postgres, settings);
        await using var two = await TestServer.StartAsync(DatabaseKind.Postgres, settings, shareDatabaseWith: one);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 2 * Quota).Select(call => (call % 2 == 0 ? one : two).Api.GetAsync(Path))
        );
        var comesBack = (int)Math.Ceiling(watch.Elapsed.TotalMinutes * Quota);
        var granted = replies.Count(reply => reply.StatusCode == HttpStatusCode.OK);
        // Each node may hold back less than a second's worth.
        granted.ShouldBeInRange(Quota - 4, Quota + comesBack);
        replies.Count(reply => reply.StatusCode == HttpStatusCode.TooManyRequests).ShouldBe((2 * Quota) - granted);
        replies
            .Where(reply => reply.StatusCode == HttpStatusCode.TooManyRequests)
            .ShouldAllBe(reply => reply.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Whoever_tries_many_wrong_keys_is_slowed_down_and_a_right_one_still_works()
    {
        await using var parley = await TestServer.StartAsync(
            DatabaseKind.Sqlite,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["RateLimits:Enabled"] = "true" }
        );
        using var guesser = ApiKeyTests.Bearer(parley, "pk_test_0123456789abcdefghijklmnoX");
        for (var attempt = 0; attempt < 60; attempt++)
        {
            (await guesser.GetAsync(Path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        var refused = await guesser.GetAsync(Path);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await ApiKeyTests.JsonOf(refused)).GetProperty("code").GetString().ShouldBe("too_many_requests");
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        // The rate is on without being asked for, and the key's owner is not locked out by a neighbour.
        var right = await parley.Api.GetAsync(Path);
        right.StatusCode.ShouldBe(HttpStatusCode.OK);
        Header(right, "RateLimit-Policy").ShouldBe("\"key\";q=600;w=60");
        parley.Clock.Advance(Duration.FromMinutes(1));
        (await guesser.GetAsync(Path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<HttpClient> KeyAsync(TestServer parley, string scope)
    {
        var made = await parley.Api.PostAsJsonAsync(
            "/api/v1/api-keys",
            new { name = "Other", scopes = new[] { scope } }
        );
        return ApiKeyTests.Bearer(
            parley,
            (await made.Content.ReadFromJsonAsync<JsonNode>())!["secret"]!.GetValue<string>()
        );
    }

    private static string Header(HttpResponseMessage reply, string name) => reply.Headers.GetValues(name).Single();
}
