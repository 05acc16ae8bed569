using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>The limits of the Zoom twin: of the account by class, of a host by day.</summary>
public sealed class ZoomLimitTests
{
    private const string Second = "per-second rate limit";
    private const string Day = "maximum daily rate limit";
    private const string Report = "report/users?from=2026-11-01&to=2026-11-21";
    private const string Host = "Meeting Create/Update API requests permitted for this particular user";

    [Fact]
    public async Task An_account_has_so_many_calls_a_second_and_the_clock_refills_them()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string zoe = await twin.ZoomTokenAsync();
        for (int call = 0; call < 30; call++)
        {
            await twin.ZoomGetAsync("users/me", zoe);
        }

        // Whoever calls: it is the account that has used them up. Another account has its own.
        (await RefusedAsync(twin, "users/me", await twin.ZoomTokenAsync(ZoomCalls.Bruno))).ShouldContain(Second);
        await twin.ZoomGetAsync("users/me", await twin.ZoomTokenAsync(ZoomCalls.Alma));
        // Another class has its own too.
        await twin.ZoomGetAsync("users/me/meetings", zoe);
        await twin.ControlAsync("clock", """{"advanceSeconds":1}""");
        await twin.ZoomGetAsync("users/me", zoe);
    }

    [Theory]
    [InlineData("free", "users/me", 4)]
    [InlineData("free", "users/me/meetings", 2)]
    [InlineData("pro", "users/me/meetings", 20)]
    [InlineData("business", "users/me", 80)]
    [InlineData("business", "users/me/meetings", 60)]
    public async Task The_plan_decides_how_many(string plan, string path, int calls)
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        await PlanAsync(twin, "Northwind Conferencing", plan);
        string token = await twin.ZoomTokenAsync();
        for (int call = 0; call < calls; call++)
        {
            await twin.ZoomGetAsync(path, token);
        }

        (await RefusedAsync(twin, path, token)).ShouldContain(Second);
        await twin.ZoomSettingsAsync("\"limitsEnforced\":false");
        await twin.ZoomGetAsync(path, token);
    }

    [Fact]
    public async Task A_free_account_runs_out_for_the_day_and_is_told_when_as_a_date_time()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync(ZoomCalls.Sol, ""","app":"account" """);
        // A greater plan makes the thousand calls of the day sooner.
        await PlanAsync(twin, "Sol Solo", "business");
        for (int second = 0; second < 25; second++)
        {
            await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => twin.ZoomGetAsync(Report, token)));
            await twin.ControlAsync("clock", """{"advanceSeconds":1}""");
        }

        await PlanAsync(twin, "Sol Solo", "free");
        using HttpResponseMessage reply = await SendAsync(twin, Report, token);
        reply.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await Twin.ReadAsync(reply)).Text("message").ShouldContain(Day);
        reply.Headers.NonValidated["Retry-After"].ToString().ShouldBe("2026-11-22T00:00:00Z");
        await twin.ControlAsync("clock", """{"to":"2026-11-22T00:00:00Z"}""");
        string tomorrow = await twin.ZoomTokenAsync(ZoomCalls.Sol, ""","app":"account" """);
        await twin.ZoomRefusedAsync(Report, tomorrow, 400, 200);
    }

    [Fact]
    public async Task A_host_has_a_hundred_creates_and_updates_a_day_whoever_makes_them()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string zoe = await twin.ZoomTokenAsync();
        string server = await twin.ZoomServerTokenAsync();
        long id = (await twin.ZoomCreateAsync(zoe)).Id();
        for (int call = 1; call < 100; call++)
        {
            await twin.ControlAsync("clock", """{"advanceSeconds":1}""");
            await twin.ZoomNoContentAsync(
                $"meetings/{id}",
                call % 2 == 0 ? zoe : server,
                HttpMethod.Patch,
                $$"""{"topic":"Change {{call}}"}"""
            );
        }

        await twin.ControlAsync("clock", """{"advanceSeconds":1}""");
        (await twin.ZoomTruthAsync())[0]!["hostWritesToday"]!.GetValue<int>().ShouldBe(100);
        JsonNode refused = await twin.ZoomRefusedAsync(
            $"users/{ZoomCalls.Zoe}/meetings",
            server,
            429,
            429,
            HttpMethod.Post,
            ZoomMeetingCalls.Meeting()
        );
        refused.Text("message").ShouldContain("daily rate limit (100) of " + Host);
        refused.Text("message").ShouldContain("GMT 00:00:00");
        // Reading and removing go on, and so do other hosts.
        await twin.ZoomCreateAsync(await twin.ZoomTokenAsync(ZoomCalls.Adele));
        await twin.ZoomNoContentAsync($"meetings/{id}", zoe, HttpMethod.Delete);
        await twin.ControlAsync("clock", """{"to":"2026-11-22T00:00:00Z"}""");
        await twin.ZoomCreateAsync(await twin.ZoomTokenAsync());
    }

    [Fact]
    public async Task Deletions_count_only_where_the_switch_says_so()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string zoe = await twin.ZoomTokenAsync();
        await twin.ZoomNoContentAsync($"meetings/{(await twin.ZoomCreateAsync(zoe)).Id()}", zoe, HttpMethod.Delete);
        (await twin.ZoomTruthAsync("&includeDeleted=true"))[0]!["hostWritesToday"]!.GetValue<int>().ShouldBe(1);
        await twin.ZoomSettingsAsync("\"countDeletes\":true");
        await twin.ZoomNoContentAsync($"meetings/{(await twin.ZoomCreateAsync(zoe)).Id()}", zoe, HttpMethod.Delete);
        (await twin.ZoomTruthAsync("&includeDeleted=true"))[0]!["hostWritesToday"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task The_count_of_the_day_outlives_a_restart()
    {
        string folder = Directory.CreateTempSubdirectory("zoom-limits").FullName;
        try
        {
            await using (Twin twin = await Twin.StartAsync(folder, new FixedClock(ZoomMeetingCalls.Now)))
            {
                await twin.ZoomCreateAsync(await twin.ZoomTokenAsync(), extra: ""","agenda":"kept" """);
            }

            await using Twin again = await Twin.StartAsync(folder, new FixedClock(ZoomMeetingCalls.Now));
            JsonNode kept = (await again.ZoomTruthAsync()).ShouldHaveSingleItem()!;
            kept.Text("agenda").ShouldBe("kept");
            kept["hostWritesToday"]!.GetValue<int>().ShouldBe(1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_host_changes_the_status_ten_times_a_day()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string zoe = await twin.ZoomTokenAsync();
        string path = $"meetings/{(await twin.ZoomCreateAsync(zoe)).Id()}/status";
        for (int call = 0; call < 10; call++)
        {
            await twin.ZoomNoContentAsync(path, zoe, HttpMethod.Put, """{"action":"recover"}""");
        }

        await twin.ZoomRefusedAsync(path, zoe, 429, 429, HttpMethod.Put, """{"action":"recover"}""");
    }

    [Theory]
    [InlineData("none", null, null)]
    [InlineData("category", "Light", null)]
    [InlineData("full", "Light", "QPS")]
    public async Task Headers_and_the_code_of_a_refusal_are_switches(string headers, string? category, string? type)
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        await twin.ZoomSettingsAsync($"\"rateLimitHeaders\":\"{headers}\",\"perSecondCode\":4001");
        string sol = await twin.ZoomTokenAsync(ZoomCalls.Sol);
        for (int call = 0; call < 4; call++)
        {
            using HttpResponseMessage good = await SendAsync(twin, "users/me", sol);
            good.StatusCode.ShouldBe(HttpStatusCode.OK);
            Header(good, "X-RateLimit-Category").ShouldBe(category);
            Header(good, "X-RateLimit-Type").ShouldBeNull();
        }

        using HttpResponseMessage refused = await SendAsync(twin, "users/me", sol);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        Header(refused, "X-RateLimit-Type").ShouldBe(type);
        (await Twin.ReadAsync(refused)).Code().ShouldBe(4001);
    }

    [Fact]
    public async Task More_calls_at_once_than_allowed_are_refused()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        await twin.ZoomSettingsAsync("\"concurrentCalls\":1");
        string zoe = await twin.ZoomTokenAsync();
        await twin.ControlAsync(
            "faults",
            """{"provider":"zoom","operation":"users.get","kind":"applyThenDelay","delayMs":3000}"""
        );
        Task<(HttpStatusCode Status, JsonNode? Body)> slow = twin.ZoomAsync("users/me", zoe);
        string message = "";
        await twin.UntilAsync(async () =>
        {
            await twin.ControlAsync("clock", """{"advanceSeconds":1}""");
            message = (await twin.ZoomAsync("users/me/settings", zoe)).Body!["message"]?.GetValue<string>() ?? "";
            return message.Length > 0 || slow.IsCompleted;
        });
        message.ShouldContain("Too many concurrent requests");
        (await slow).Status.ShouldBe(HttpStatusCode.OK);
        await twin.UntilAsync(async () =>
            (await twin.ZoomAsync("users/me/meetings?type=live", await twin.ZoomTokenAsync())).Status
            == HttpStatusCode.OK
        );
    }

    private static Task<JsonNode> PlanAsync(Twin twin, string account, string plan) =>
        twin.ControlAsync("accounts", $$"""{"provider":"zoom","account":"{{account}}","plan":"{{plan}}"}""");

    private static string? Header(HttpResponseMessage reply, string name) =>
        reply.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.Single() : null;

    private static async Task<HttpResponseMessage> SendAsync(Twin twin, string path, string token)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"/zoom/v2/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await twin.Http.SendAsync(request);
    }

    private static async Task<string> RefusedAsync(Twin twin, string path, string token) =>
        (await twin.ZoomRefusedAsync(path, token, 429, 429)).Text("message");
}
