using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;

namespace Parley.Sandbox.Tests;

/// <summary>Each open question about the live service is a switch (reference §8), and the defaults are what is known.</summary>
public sealed class MeetingSwitchTests
{
    private const string OscarKey = "7300195775692112813";
    private const string FionaKey = "7300195775692112839";

    [Theory]
    [InlineData("g2m", "int_err_code,msg")]
    [InlineData("g2w", "errorCode,description,incident")]
    [InlineData("edge", "errorCode,message")]
    [InlineData("empty", null)]
    [InlineData("html", null)]
    public async Task Refusals_have_the_body_of_the_chosen_family_and_an_expired_token_the_recorded_one(
        string family,
        string? fields
    )
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", $$"""{"errorBody":"{{family}}"}""");
        string token = await twin.TokenAsync();
        foreach (
            (string path, HttpStatusCode status) in new[]
            {
                ("meetings/111111111", HttpStatusCode.NotFound),
                ("historicalMeetings", HttpStatusCode.BadRequest),
                ("groups/1/organizers", HttpStatusCode.BadRequest),
            }
        )
        {
            using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, path, token);
            reply.StatusCode.ShouldBe(status);
            string text = await reply.Content.ReadAsStringAsync();
            if (fields is not null)
            {
                string.Join(',', JsonNode.Parse(text)!.AsObject().Select(field => field.Key)).ShouldBe(fields);
            }
            else if (family == "empty")
            {
                text.ShouldBe("");
            }
            else
            {
                text.ShouldStartWith("<!doctype html>");
            }
        }

        using HttpResponseMessage expired = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", "expired");
        (await Twin.ReadAsync(expired))["int_err_code"]!.GetValue<string>().ShouldBe("InvalidToken");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(200)]
    public async Task A_start_by_a_colleague_is_answered_as_the_switch_says(int status)
    {
        await using Twin twin = await Twin.StartAsync();
        long id = await twin.CreateAsync(await twin.TokenAsync());
        string oscar = await twin.TokenAsync(Twin.Oscar);
        if (status != 404)
        {
            await twin.ControlAsync("settings", $$"""{"startForOthers":{{status}}}""");
        }

        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}/start", oscar);
        ((int)reply.StatusCode).ShouldBe(status);
        using HttpResponseMessage stranger = await twin.G2mAsync(
            HttpMethod.Get,
            $"meetings/{id}/start",
            await twin.TokenAsync(Twin.Fiona)
        );
        stranger.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("refused", HttpStatusCode.BadRequest, null)]
    [InlineData("ignored", HttpStatusCode.Created, $"[\"{OscarKey}\"]")]
    [InlineData("kept", HttpStatusCode.Created, $"[\"{OscarKey}\",\"{FionaKey}\"]")]
    public async Task A_strangers_key_among_the_co_organizers_is_taken_as_the_switch_says(
        string taken,
        HttpStatusCode status,
        string? kept
    )
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", $$"""{"badCoOrganizer":"{{taken}}"}""");
        string body = Twin.Meeting()
            .Replace("{\"subject\"", $"{{\"coorganizerKeys\":[\"{OscarKey}\",\"{FionaKey}\"],\"subject\"");
        using HttpResponseMessage reply = await twin.G2mAsync(
            HttpMethod.Post,
            "meetings",
            await twin.TokenAsync(),
            body
        );
        reply.StatusCode.ShouldBe(status);
        JsonArray made = await twin.MeetingsAsync();
        (made.Count == 0 ? null : made[0]!["coOrganizerKeys"]!.ToJsonString()).ShouldBe(kept);
    }

    [Fact]
    public async Task A_window_limit_refuses_ranges_that_are_wider_and_only_those()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        const string week = "startDate=2026-01-01T00:00:00Z&endDate=2026-01-08T00:00:00Z";
        const string more = "startDate=2026-01-01T00:00:00Z&endDate=2026-01-08T00:00:01Z";
        (await StatusAsync(twin, $"historicalMeetings?{more}", token)).ShouldBe(HttpStatusCode.OK);
        await twin.ControlAsync("settings", """{"historyWindowDays":7}""");
        foreach (
            string list in new[]
            {
                "historicalMeetings?",
                "meetings?history=true&",
                $"organizers/{OscarKey}/attendees?",
            }
        )
        {
            (await StatusAsync(twin, list + week, token)).ShouldBe(HttpStatusCode.OK, list);
            (await StatusAsync(twin, list + more, token)).ShouldBe(HttpStatusCode.BadRequest, list);
        }
    }

    [Fact]
    public async Task A_rate_limit_answers_429_with_or_without_retry_after_and_lets_calls_through_a_second_later()
    {
        FixedClock clock = new(Instant.FromUtc(2026, 12, 1, 9, 0));
        await using Twin twin = await Twin.StartAsync(clock: clock);
        string token = await twin.TokenAsync();
        for (int call = 0; call < 20; call++)
        {
            (await StatusAsync(twin, "upcomingMeetings", token)).ShouldBe(HttpStatusCode.OK, "started without a limit");
        }

        await twin.ControlAsync("settings", """{"rateLimitPerSecond":10}""");
        for (int call = 0; call < 10; call++)
        {
            (await StatusAsync(twin, "upcomingMeetings", token)).ShouldBe(HttpStatusCode.OK);
        }

        using (HttpResponseMessage bare = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token))
        {
            bare.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            bare.Headers.RetryAfter.ShouldBeNull();
            (await Twin.ReadAsync(bare))["int_err_code"].ShouldNotBeNull();
        }

        await twin.ControlAsync("settings", """{"retryAfterSeconds":2}""");
        using (HttpResponseMessage polite = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token))
        {
            polite.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            polite.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(2));
        }

        // The admin API counts for itself.
        using (HttpRequestMessage me = new(HttpMethod.Get, "/goto/admin/rest/v1/me"))
        {
            me.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
            using HttpResponseMessage reply = await twin.Http.SendAsync(me);
            reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        clock.Now += Duration.FromSeconds(1);
        (await StatusAsync(twin, "upcomingMeetings", token)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Keys_of_the_upcoming_are_text_as_declared_or_digits_as_derived_from_live_replies()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        foreach (
            (string settings, JsonValueKind kind) in ((string, JsonValueKind)[])
                [
                    ("""{"wireMode":"quirk"}""", JsonValueKind.String),
                    ("""{"upcomingKeys":"numbers"}""", JsonValueKind.Number),
                    ("""{"wireMode":"spec"}""", JsonValueKind.String),
                ]
        )
        {
            await twin.ControlAsync("settings", settings);
            using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token);
            JsonNode row = (await Twin.ReadAsync(reply)).AsArray()[0]!;
            foreach (string name in (string[])["meetingId", "organizerKey", "accountKey"])
            {
                row[name]!.GetValueKind().ShouldBe(kind, $"{name} {settings}");
            }
        }
    }

    [Fact]
    public async Task The_limit_is_ten_unless_told_otherwise_and_gives_a_call_back_every_tenth_of_a_second()
    {
        FixedClock clock = new(Instant.FromUtc(2026, 12, 1, 9, 0));
        await using Twin twin = await Twin.StartAsync(clock: clock, rateLimit: new SandboxOptions().RateLimitPerSecond);
        string token = await twin.TokenAsync();
        await BurstAsync(10);

        clock.Now += Duration.FromMilliseconds(100);
        await BurstAsync(1);
        clock.Now += Duration.FromSeconds(60);
        await BurstAsync(10);

        await twin.ControlAsync("settings", """{"rateLimitPerSecond":null}""");
        (await StatusAsync(twin, "upcomingMeetings", token)).ShouldBe(HttpStatusCode.OK, "turned off");
        await twin.ControlAsync("reset", "{}");
        token = await twin.TokenAsync();
        clock.Now += Duration.FromSeconds(60);
        await BurstAsync(10);

        async Task BurstAsync(int calls)
        {
            for (int call = 0; call < calls; call++)
            {
                (await StatusAsync(twin, "upcomingMeetings", token)).ShouldBe(HttpStatusCode.OK, $"call {call}");
            }

            (await StatusAsync(twin, "upcomingMeetings", token)).ShouldBe(HttpStatusCode.TooManyRequests);
        }
    }

    [Fact]
    public async Task Slashes_are_escaped_as_in_older_recordings_when_the_switch_says_so()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await twin.ControlAsync("settings", """{"escapedSlashes":true}""");
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Post, "meetings", token, Twin.Meeting("a/b"));
        string text = await reply.Content.ReadAsStringAsync();
        text.ShouldContain("\"joinURL\":\"http:\\/\\/127.0.0.1");
        JsonNode.Parse(text)![0]!["joinURL"]!.GetValue<string>().ShouldStartWith($"{twin.Host.Url}/join/");
    }

    [Fact]
    public async Task Strict_input_wants_all_seven_fields_and_an_empty_time_zone()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        string without = Twin.Meeting().Replace("\"timezonekey\":\"\",", "", StringComparison.Ordinal);
        string zone = Twin.Meeting()
            .Replace("\"timezonekey\":\"\"", "\"timezonekey\":\"Europe/Berlin\"", StringComparison.Ordinal);
        foreach (
            (string body, HttpStatusCode strict) in new[]
            {
                (Twin.Meeting(), HttpStatusCode.Created),
                (without, HttpStatusCode.BadRequest),
                (zone, HttpStatusCode.BadRequest),
            }
        )
        {
            await twin.ControlAsync("settings", """{"wireMode":"quirk"}""");
            using HttpResponseMessage lenient = await twin.G2mAsync(HttpMethod.Post, "meetings", token, body);
            lenient.StatusCode.ShouldBe(HttpStatusCode.Created);
            await twin.ControlAsync("settings", """{"wireMode":"spec"}""");
            using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Post, "meetings", token, body);
            reply.StatusCode.ShouldBe(strict);
        }
    }

    [Fact]
    public async Task What_live_clients_send_is_taken_in_spec_mode_too()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", """{"wireMode":"spec"}""");
        string token = await twin.TokenAsync();
        const string body = """
            {"subject":"Lenient","starttime":"2027-1-5T9:0:0Z","endtime":"2027-01-05T10:00:00","passwordrequired":"True",
             "conferencecallinfo":"hybrid","timezonekey":"","meetingtype":"Scheduled"}
            """;
        using HttpRequestMessage request = new(HttpMethod.Post, "/goto/G2M/rest/meetings");
        request.Headers.TryAddWithoutValidation("Authorization", $"OAuth oauth_token={token}");
        request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        reply.StatusCode.ShouldBe(HttpStatusCode.Created);
        JsonNode made = (await twin.MeetingsAsync())[0]!;
        made["startsAt"]!.GetValue<string>().ShouldBe("2027-01-05T09:00:00Z");
        made["audio"]!.GetValue<string>().ShouldBe("Hybrid");
    }

    [Theory]
    [InlineData("immediate")]
    [InlineData("recurring")]
    public async Task Meetings_without_a_real_time_may_begin_in_the_past_and_can_be_started_and_changed(string type)
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", """{"pastStart":false}""");
        string token = await twin.TokenAsync();
        string past = Twin.Meeting(start: "2020-01-05T09:00:00Z", end: "2020-01-05T09:30:00Z");
        using HttpResponseMessage scheduled = await twin.G2mAsync(HttpMethod.Post, "meetings", token, past);
        scheduled.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        string body = past.Replace("\"scheduled\"", $"\"{type}\"", StringComparison.Ordinal);
        using HttpResponseMessage made = await twin.G2mAsync(HttpMethod.Post, "meetings", token, body);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        long id = (await Twin.ReadAsync(made))[0]!["meetingid"]!.GetValue<long>();
        (await StatusAsync(twin, $"meetings/{id}/start", token)).ShouldBe(HttpStatusCode.OK);
        string again = body.Replace(
            "{\"subject\"",
            $"{{\"uniquemeetinginstance\":{id},\"subject\"",
            StringComparison.Ordinal
        );
        using HttpResponseMessage put = await twin.G2mAsync(HttpMethod.Put, $"meetings/{id}", token, again);
        put.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        using HttpResponseMessage odd = await twin.G2mAsync(
            HttpMethod.Put,
            $"meetings/{id}",
            token,
            again.Replace(
                $"\"uniquemeetinginstance\":{id}",
                "\"uniquemeetinginstance\":\"x\"",
                StringComparison.Ordinal
            )
        );
        odd.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static async Task<HttpStatusCode> StatusAsync(Twin twin, string path, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, path, token);
        return reply.StatusCode;
    }
}
