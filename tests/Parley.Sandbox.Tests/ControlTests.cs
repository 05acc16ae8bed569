using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

public sealed class ControlTests
{
    [Fact]
    public async Task A_chosen_access_token_lets_any_client_in_without_a_browser()
    {
        await using Twin twin = await Twin.StartAsync();
        using (HttpResponseMessage before = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", "my-fixed-token"))
        {
            before.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }

        JsonNode made = await twin.ControlAsync(
            "tokens",
            $$"""{"account":"{{Twin.Oscar}}","accessToken":"my-fixed-token"}""",
            HttpStatusCode.Created
        );
        made["accessToken"]!.GetValue<string>().ShouldBe("my-fixed-token");
        made["organizerKey"]!.GetValue<string>().ShouldBe("7300195775692112813");
        using HttpResponseMessage after = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", "my-fixed-token");
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await twin.ControlAsync("log")).ToJsonString().ShouldNotContain("my-fixed-token");

        using HttpResponseMessage refreshed = await twin.TokenCallAsync(
            ("grant_type", "refresh_token"),
            ("refresh_token", made["refreshToken"]!.GetValue<string>())
        );
        refreshed.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("tokens", """{"account":"nobody@northwind.example"}""", 404)]
    [InlineData("tokens", """{}""", 400)]
    [InlineData("tokens", """{"account":"olivia@northwind.example","accessToken":"two words"}""", 400)]
    [InlineData("tokens", """{"account":"olivia@northwind.example","provider":"webex"}""", 400)]
    [InlineData("settings", """{"refreshPolicy":"sometimes"}""", 400)]
    [InlineData("settings", """{"expiryStatus":402}""", 400)]
    [InlineData("settings", """{"colour":"red"}""", 400)]
    [InlineData("settings", """{"wireMode":"odd"}""", 400)]
    [InlineData("settings", """{"historyWindowDays":0}""", 400)]
    [InlineData("settings", """{"errorBody":"xml"}""", 400)]
    [InlineData("settings", """{"badCoOrganizer":"maybe"}""", 400)]
    [InlineData("settings", """{"rateLimitPerSecond":0}""", 400)]
    [InlineData("meetings/310000101/run", """{"recording":true}""", 400)]
    [InlineData("meetings/310000101/run", """{"recording":{"fileSize":0}}""", 400)]
    [InlineData("settings", """[]""", 400)]
    [InlineData("settings", """{""", 400)]
    [InlineData("settings", """{"clientScopes":["meetings:read"]}""", 400)]
    [InlineData("clock", """{}""", 400)]
    [InlineData("clock", """{"advanceSeconds":1,"to":"2027-01-01T00:00:00Z"}""", 400)]
    [InlineData("clock", """{"to":"tomorrow"}""", 400)]
    [InlineData("reset", """{"keepClients":false}""", 400)]
    [InlineData("accounts", """{"email":"no address"}""", 400)]
    [InlineData("accounts", """{"email":"a@b.example","timeZone":"Mars/Olympus"}""", 400)]
    [InlineData("accounts", """{"email":"olivia@northwind.example"}""", 409)]
    [InlineData("meetings/123456789/run", """{}""", 404)]
    [InlineData("meetings/310000101/run", """{"attendees":[{"email":"a@b.example"}]}""", 400)]
    [InlineData("clients/redirect-uris", """{"redirectUri":"/relative"}""", 400)]
    public async Task What_does_not_fit_is_refused_as_a_problem_with_a_code(string path, string body, int status)
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode problem = await twin.ControlAsync(path, body, (HttpStatusCode)status);
        problem["code"]!.GetValue<string>().ShouldNotBeNullOrEmpty();
        problem["status"]!.GetValue<int>().ShouldBe(status);
    }

    [Fact]
    public async Task Settings_change_one_by_one_and_none_when_one_of_them_does_not_fit()
    {
        await using Twin twin = await Twin.StartAsync();
        string before = (await twin.ControlAsync("settings")).ToJsonString();
        await twin.ControlAsync(
            "settings",
            """{"wireMode":"spec","expiryStatus":401,"startForOthers":402}""",
            HttpStatusCode.BadRequest
        );
        (await twin.ControlAsync("settings")).ToJsonString().ShouldBe(before);
        JsonNode after = await twin.ControlAsync("settings", """{"wireMode":"spec","historyWindowDays":60}""");
        after["wireMode"]!.GetValue<string>().ShouldBe("spec");
        after["historyWindowDays"]!.GetValue<int>().ShouldBe(60);
        await twin.ControlAsync("settings", """{"wireMode":"quirk"}""");
        (await twin.ControlAsync("settings"))["historyWindowDays"]!.GetValue<int>().ShouldBe(60);
        JsonNode back = await twin.ControlAsync("settings", """{"historyWindowDays":null}""");
        back.ToJsonString().ShouldBe(before);
    }

    [Fact]
    public async Task The_clock_moves_by_seconds_and_to_a_time_and_says_where_it_is()
    {
        FixedClock real = new(NodaTime.Instant.FromUtc(2026, 12, 1, 9, 0));
        await using Twin twin = await Twin.StartAsync(clock: real);
        (await twin.ControlAsync("clock", """{"advanceSeconds":90}"""))["now"]!
            .GetValue<string>()
            .ShouldBe("2026-12-01T09:01:30Z");
        JsonNode there = await twin.ControlAsync("clock", """{"to":"2027-01-01T00:00:00Z"}""");
        there["now"]!.GetValue<string>().ShouldBe("2027-01-01T00:00:00Z");
        real.Now += NodaTime.Duration.FromSeconds(5);
        (await twin.ControlAsync("clock"))["now"]!.GetValue<string>().ShouldBe("2027-01-01T00:00:05Z");
    }

    [Fact]
    public async Task The_wire_log_shows_the_calls_and_none_of_the_secrets()
    {
        await using Twin twin = await Twin.StartAsync();
        string code = await twin.CodeAsync();
        using HttpResponseMessage exchanged = await twin.TokenCallAsync(
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", Twin.Redirect)
        );
        JsonNode tokens = await Twin.ReadAsync(exchanged);
        string access = tokens["access_token"]!.GetValue<string>();
        using HttpResponseMessage posted = await twin.PostFormAsync(
            "/goto/oauth/token",
            ("grant_type", "refresh_token"),
            ("refresh_token", tokens["refresh_token"]!.GetValue<string>()),
            ("client_id", twin.Host.ClientId),
            ("client_secret", twin.Host.ClientSecret)
        );
        posted.StatusCode.ShouldBe(HttpStatusCode.OK);
        using MultipartFormDataContent multipart = new()
        {
            { new StringContent(twin.Host.ClientSecret), "client_secret" },
        };
        using HttpResponseMessage odd = await twin.Http.PostAsync("/goto/oauth/token", multipart);
        long id = await twin.CreateAsync(access, "Visible subject");
        using HttpResponseMessage start = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}/start", access);
        string host = (await Twin.ReadAsync(start))["hostURL"]!.GetValue<string>();
        using HttpResponseMessage query = await twin.G2mAsync(
            HttpMethod.Get,
            $"upcomingMeetings?access_token={access}&token=short-secret",
            access
        );

        string log = (await twin.ControlAsync("log")).ToJsonString();
        using HttpResponseMessage page = await twin.Http.GetAsync("/log");
        string html = await page.Content.ReadAsStringAsync();
        foreach (string shown in new[] { log, html })
        {
            shown.ShouldContain("Visible subject");
            shown.ShouldContain("[redacted]");
            foreach (
                string secret in new[]
                {
                    code,
                    access,
                    tokens["refresh_token"]!.GetValue<string>(),
                    twin.Host.ClientSecret,
                    Twin.Query(new Uri(host), "authenticationToken")!,
                    "authenticationToken=",
                    "short-secret",
                    "password=sandbox",
                }
            )
            {
                shown.ShouldNotContain(secret);
            }
        }

        JsonNode counts = (await twin.ControlAsync("log"))["counts"]!;
        counts["oauth.refresh"]!.GetValue<int>().ShouldBe(1);
        counts["meetings.start"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task The_log_is_read_from_where_one_left_off_and_by_operation()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await twin.CreateAsync(token);
        long last = (await twin.ControlAsync("log"))["items"]!.AsArray()[^1]!["id"]!.GetValue<long>();
        using (await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token))
        {
            JsonArray newer = (await twin.ControlAsync($"log?after={last}"))["items"]!.AsArray();
            newer.ShouldHaveSingleItem()!["operation"]!.GetValue<string>().ShouldBe("meetings.upcoming");
        }

        JsonArray made = (await twin.ControlAsync("log?operation=meetings.create"))["items"]!.AsArray();
        made.ShouldHaveSingleItem()!["status"]!.GetValue<int>().ShouldBe(201);
    }

    [Fact]
    public async Task The_ground_truth_tells_of_removed_meetings_and_personal_rooms_on_request()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long gone = await twin.CreateAsync(token, "Gone");
        await twin.CreateAsync(token, "Here");
        using HttpResponseMessage deleted = await twin.G2mAsync(HttpMethod.Delete, $"meetings/{gone}", token);
        deleted.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await twin.MeetingsAsync()).ShouldHaveSingleItem()!["subject"]!.GetValue<string>().ShouldBe("Here");
        JsonArray all = await twin.MeetingsAsync("?includeDeleted=true");
        JsonNode removed = all.Single(item => item!["subject"]!.GetValue<string>() == "Gone")!;
        removed["deleted"]!.GetValue<bool>().ShouldBeTrue();
        removed["organizerEmail"]!.GetValue<string>().ShouldBe(Twin.Olivia);
        (await twin.MeetingsAsync("?includePersonalRooms=true")).Count.ShouldBe(5);
    }

    [Fact]
    public async Task A_meeting_can_have_taken_place_twice_with_the_people_named()
    {
        await using Twin twin = await Twin.StartAsync();
        long id = await twin.CreateAsync(await twin.TokenAsync());
        JsonNode session = await twin.ControlAsync(
            $"meetings/{id}/run",
            """{"startedAt":"2026-12-01T09:00:00Z","minutes":45,"attendees":[{"name":"Alice","email":"a@b.example"},{"name":"Guest"}]}""",
            HttpStatusCode.Created
        );
        session["endedAt"]!.GetValue<string>().ShouldBe("2026-12-01T09:45:00Z");
        session["attendees"]!
            .AsArray()
            .Select(attendee => attendee!["name"]!.GetValue<string>())
            .ShouldBe(["Olivia Organizer", "Alice", "Guest"], ignoreOrder: true);
        await twin.ControlAsync($"meetings/{id}/run", "", HttpStatusCode.Created);
        (await twin.MeetingsAsync())[0]!["sessions"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_new_persona_signs_in_and_reset_takes_everything_but_the_client()
    {
        await using Twin twin = await Twin.StartAsync();
        (string id, string secret) = (twin.Host.ClientId, twin.Host.ClientSecret);
        JsonNode made = await twin.ControlAsync(
            "accounts",
            """{"email":"nina@northwind.example","firstName":"Nina"}""",
            HttpStatusCode.Created
        );
        made["organizerKey"]!.GetValue<string>().Length.ShouldBe(19);
        Uri back = await twin.ConsentAsync(twin.AuthorizeUrl(), "nina@northwind.example");
        Twin.Query(back, "code").ShouldNotBeNull();
        string token = await twin.TokenAsync("nina@northwind.example");
        await twin.CreateAsync(token);

        await twin.ControlAsync("reset", "", HttpStatusCode.NoContent);
        (twin.Host.ClientId, twin.Host.ClientSecret).ShouldBe((id, secret));
        (await twin.MeetingsAsync("?includeDeleted=true")).ShouldBeEmpty();
        (await twin.ControlAsync("accounts"))["items"]!.AsArray().Count.ShouldBe(9);
        using HttpResponseMessage dead = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token);
        dead.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_registered_redirect_uri_is_served_from_then_on()
    {
        await using Twin twin = await Twin.StartAsync();
        const string other = "https://app.example/back";
        using (HttpResponseMessage before = await twin.Http.GetAsync(twin.AuthorizeUrl(redirect: other)))
        {
            before.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        await twin.ControlAsync("clients/redirect-uris", $$"""{"redirectUri":"{{other}}"}""");
        using HttpResponseMessage after = await twin.Http.GetAsync(twin.AuthorizeUrl(redirect: other));
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("cross-site", HttpStatusCode.Forbidden)]
    [InlineData("same-site", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", HttpStatusCode.NoContent)]
    [InlineData(null, HttpStatusCode.NoContent)]
    public async Task A_page_of_another_site_cannot_make_the_browser_reset_the_sandbox(
        string? site,
        HttpStatusCode expected
    )
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, "/control/reset");
        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        reply.StatusCode.ShouldBe(expected);
    }
}
