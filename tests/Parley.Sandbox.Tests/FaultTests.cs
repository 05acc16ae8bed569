using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Every kind of fault strikes as described, for as many calls as asked, and then leaves the calls alone.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("refuse", 0)]
    [InlineData("applyThenDrop", 1)]
    public async Task A_cut_connection_answers_nothing_with_or_without_the_work_done(string kind, int made)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await twin.CreateAsync(token, "before");
        await AddAsync(twin, "meetings.create", kind);
        await Should.ThrowAsync<HttpRequestException>(() => PostAsync(twin, token));
        (await twin.MeetingsAsync()).Count.ShouldBe(1 + made);
        (await LastAsync(twin, "meetings.create"))["status"]!.GetValue<int>().ShouldBe(0);
        await twin.CreateAsync(token, "after");
    }

    [Theory]
    [InlineData("failBefore", 0)]
    [InlineData("applyThenFail", 1)]
    public async Task An_error_is_answered_with_the_status_and_body_asked_for(string kind, int made)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await AddAsync(twin, "meetings.create", kind, ",\"times\":2,\"status\":503,\"body\":\"<h1>down</h1>\"");
        for (int call = 0; call < 2; call++)
        {
            using HttpResponseMessage reply = await PostAsync(twin, token);
            reply.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            reply.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
            (await reply.Content.ReadAsStringAsync()).ShouldBe("<h1>down</h1>");
        }

        (await twin.MeetingsAsync()).Count.ShouldBe(2 * made);
        using HttpResponseMessage after = await PostAsync(twin, token);
        after.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(204)]
    [InlineData(304)]
    public async Task An_error_may_have_no_body_at_all(int status)
    {
        await using Twin twin = await Twin.StartAsync();
        await AddAsync(twin, "meetings.create", "failBefore", $",\"status\":{status},\"body\":\"\"");
        using HttpResponseMessage reply = await PostAsync(twin, await twin.TokenAsync());
        ((int)reply.StatusCode).ShouldBe(status);
        (await reply.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("delayBefore", 0)]
    [InlineData("applyThenDelay", 1)]
    public async Task A_slow_call_does_its_work_before_or_after_the_wait_though_the_client_has_left(
        string kind,
        int madeWhileWaiting
    )
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await AddAsync(twin, "meetings.create", kind, ",\"delayMs\":1500");
        using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(250));
        using HttpRequestMessage request = new(HttpMethod.Post, "/goto/G2M/rest/meetings");
        request.Headers.Authorization = new("Bearer", token);
        request.Content = Twin.Json(Twin.Meeting());
        await Should.ThrowAsync<OperationCanceledException>(() => twin.Http.SendAsync(request, patience.Token));
        (await twin.MeetingsAsync()).Count.ShouldBe(madeWhileWaiting);
        await twin.UntilAsync(async () => (await twin.MeetingsAsync()).Count == 1);
    }

    [Fact]
    public async Task A_call_applied_late_is_refused_now_and_takes_effect_when_the_clock_says_so()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync(extra: ",\"expiresInSeconds\":120");
        await AddAsync(twin, "meetings.create", "applyLate", ",\"delayMs\":300000");
        using HttpResponseMessage reply = await PostAsync(twin, token);
        reply.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await twin.ControlAsync("faults"))["late"]!.AsArray().Count.ShouldBe(1);
        await twin.ControlAsync("clock", """{"advanceSeconds":290}""");
        (await twin.MeetingsAsync()).ShouldBeEmpty();
        await twin.ControlAsync("clock", """{"advanceSeconds":11}""");
        // The token has ended by now; it was good when the call came in.
        (await twin.MeetingsAsync()).Count.ShouldBe(1);
        (await twin.ControlAsync("faults"))["late"]!.AsArray().ShouldBeEmpty();
        (await LastAsync(twin, "meetings.create"))["fault"]!.GetValue<string>().ShouldBe("appliedLate");
    }

    [Fact]
    public async Task Truncation_sends_half_an_answer_or_none_where_there_is_no_body()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await AddAsync(twin, "meetings.create", "truncate");
        await Should.ThrowAsync<HttpRequestException>(() => PostAsync(twin, token));
        long id = (await twin.MeetingsAsync()).ShouldHaveSingleItem()!["id"]!.GetValue<string>() is { } text
            ? long.Parse(text, null)
            : 0;
        await AddAsync(twin, "meetings.delete", "truncate");
        await Should.ThrowAsync<HttpRequestException>(() => twin.G2mAsync(HttpMethod.Delete, $"meetings/{id}", token));
        (await twin.MeetingsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_web_page_is_answered_in_place_of_the_answer()
    {
        await using Twin twin = await Twin.StartAsync();
        await AddAsync(twin, "meetings.create", "html");
        using HttpResponseMessage reply = await PostAsync(twin, await twin.TokenAsync());
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        reply.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        (await reply.Content.ReadAsStringAsync()).ShouldStartWith("<!doctype html>");
        (await twin.MeetingsAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_rate_limit_lets_so_many_through_and_a_later_one_starts_from_nothing()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        for (int round = 0; round < 2; round++)
        {
            await AddAsync(twin, "meetings.create", "rateLimit", ",\"perDay\":2,\"retryAfterSeconds\":7");
            for (int call = 0; call < 3; call++)
            {
                using HttpResponseMessage reply = await PostAsync(twin, token);
                reply.StatusCode.ShouldBe(
                    call < 2 ? HttpStatusCode.Created : HttpStatusCode.TooManyRequests,
                    $"round {round} call {call}"
                );
                reply.Headers.RetryAfter?.Delta.ShouldBe(TimeSpan.FromSeconds(7));
                (reply.Headers.RetryAfter is not null).ShouldBe(call == 2);
            }

            (await twin.Http.DeleteAsync("/control/faults")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        }
    }

    [Fact]
    public async Task A_daily_limit_is_over_on_the_next_day_of_the_sandboxs_clock()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync(extra: ",\"expiresInSeconds\":1000000");
        await AddAsync(twin, "meetings.create", "rateLimit", ",\"perDay\":1");
        await twin.CreateAsync(token);
        using (HttpResponseMessage second = await PostAsync(twin, token))
        {
            second.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            second.Headers.RetryAfter.ShouldBeNull();
        }

        await twin.ControlAsync("clock", """{"advanceSeconds":86400}""");
        await twin.CreateAsync(token);
    }

    [Fact]
    public async Task A_lagging_list_misses_new_meetings_and_keeps_removed_ones()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long old = await twin.CreateAsync(token, "old");
        await twin.ControlAsync("clock", """{"advanceSeconds":120}""");
        (await ListedAsync(twin, token)).ShouldContain("old");
        await AddAsync(twin, "meetings.upcoming", "listLag", ",\"delayMs\":60000");
        await twin.CreateAsync(token, "new");
        (await twin.G2mAsync(HttpMethod.Delete, $"meetings/{old}", token)).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        (await ListedAsync(twin, token)).ShouldBe(["old", "Olivia's Meeting"], ignoreOrder: true);
        await twin.ControlAsync("clock", """{"advanceSeconds":61}""");
        (await ListedAsync(twin, token)).ShouldBe(["new", "Olivia's Meeting"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_fault_with_a_match_strikes_only_calls_that_contain_it()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await AddAsync(twin, "*", "failBefore", ",\"match\":\"unlucky\"");
        await twin.CreateAsync(token, "Lucky one");
        using HttpResponseMessage reply = await twin.G2mAsync(
            HttpMethod.Post,
            "meetings",
            token,
            Twin.Meeting("The unlucky one")
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
    }

    [Fact]
    public async Task The_same_seed_strikes_the_same_calls()
    {
        async Task<string> DrawAsync()
        {
            await using Twin twin = await Twin.StartAsync();
            string token = await twin.TokenAsync();
            await AddAsync(twin, "meetings.upcoming", "failBefore", ",\"seed\":7,\"times\":0");
            string struck = "";
            for (int call = 0; call < 24; call++)
            {
                using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token);
                struck += reply.StatusCode == HttpStatusCode.OK ? '.' : 'x';
            }

            return struck;
        }

        string first = await DrawAsync();
        first.ShouldContain('x');
        first.ShouldContain('.');
        (await DrawAsync()).ShouldBe(first);
    }

    [Fact]
    public async Task Faults_reach_the_token_endpoint_and_the_directory()
    {
        await using Twin twin = await Twin.StartAsync();
        await AddAsync(twin, "oauth.refresh", "failBefore", ",\"status\":502");
        await AddAsync(twin, "admin.me", "failBefore", ",\"status\":502");
        using HttpResponseMessage code = await twin.TokenCallAsync(("grant_type", "authorization_code"));
        code.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using HttpResponseMessage refresh = await twin.TokenCallAsync(("grant_type", "refresh_token"));
        refresh.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        using HttpResponseMessage me = await twin.Http.GetAsync("/goto/admin/rest/v1/me");
        me.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
    }

    [Theory]
    [InlineData("duplicateWebhook")]
    [InlineData("loseWebhook")]
    public async Task A_kind_for_webhooks_says_that_there_are_none(string kind)
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode problem = await twin.ControlAsync(
            "faults",
            $$"""{"operation":"oauth.refresh","kind":"{{kind}}"}""",
            HttpStatusCode.BadRequest
        );
        problem["code"]!.GetValue<string>().ShouldBe("not_supported");
        problem["detail"]!.GetValue<string>().ShouldContain(kind);
    }

    [Theory]
    [InlineData("""{"operation":"meetings.create","kind":"explode"}""", "kind")]
    [InlineData("""{"operation":"meetings.dance","kind":"html"}""", "operation")]
    [InlineData("""{"kind":"html"}""", "operation")]
    [InlineData("""{"operation":"meetings.create","kind":"refuse","status":500}""", "status")]
    [InlineData("""{"operation":"meetings.create","kind":"listLag"}""", "operation")]
    [InlineData("""{"operation":"*","kind":"rateLimit","perDay":1,"perSecond":1}""", "perDay")]
    [InlineData("""{"operation":"*","kind":"html","probability":2}""", "probability")]
    [InlineData("""{"operation":"*","kind":"html","often":true}""", "often")]
    [InlineData("""{"provider":"webex","operation":"*","kind":"html"}""", "provider")]
    public async Task A_fault_that_does_not_fit_is_refused_by_field(string fault, string field)
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode problem = await twin.ControlAsync("faults", fault, HttpStatusCode.BadRequest);
        problem["errors"]!.AsObject().Select(error => error.Key).ShouldContain(field);
        (await twin.ControlAsync("faults"))["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_waiting_call_does_not_hold_up_the_end_of_the_sandbox()
    {
        Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await AddAsync(twin, "meetings.create", "delayBefore", ",\"delayMs\":600000");
        Task<HttpResponseMessage> waiting = PostAsync(twin, token);
        await twin.UntilAsync(async () =>
            (await twin.ControlAsync("faults"))["items"]![0]!["struck"]!.GetValue<int>() == 1
        );
        Stopwatch clock = Stopwatch.StartNew();
        await twin.Host.DisposeAsync();
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
        try
        {
            using HttpResponseMessage reply = await waiting;
            reply.IsSuccessStatusCode.ShouldBeFalse();
        }
        catch (HttpRequestException)
        {
            // Cut without an answer: as good as an error.
        }

        twin.Http.Dispose();
    }

    private static Task<JsonNode> AddAsync(Twin twin, string operation, string kind, string extra = "") =>
        twin.ControlAsync(
            "faults",
            $$"""{"operation":"{{operation}}","kind":"{{kind}}"{{extra}}}""",
            HttpStatusCode.Created
        );

    private static Task<HttpResponseMessage> PostAsync(Twin twin, string token) =>
        twin.G2mAsync(HttpMethod.Post, "meetings", token, Twin.Meeting());

    private static async Task<JsonNode> LastAsync(Twin twin, string operation) =>
        (await twin.ControlAsync($"log?operation={operation}"))["items"]!.AsArray()[^1]!;

    private static async Task<IReadOnlyList<string>> ListedAsync(Twin twin, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return [.. (await Twin.ReadAsync(reply)).AsArray().Select(item => item!["subject"]!.GetValue<string>())];
    }
}
