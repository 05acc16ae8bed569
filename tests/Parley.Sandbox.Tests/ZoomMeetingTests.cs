using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>One meeting of the Zoom twin: create, read, change, remove, end, recover.</summary>
public sealed class ZoomMeetingTests
{
    [Fact]
    public async Task A_created_meeting_comes_back_with_its_links_passcode_and_settings()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(
            token,
            "Grüße an Æsir",
            extra: ""","timezone":"Europe/Berlin","agenda":"[K7Q2M]","tracking_fields":[{"field":"deal","value":"42"}],"unknown":{"a":1}"""
        );
        made.Id().ShouldBeGreaterThan(int.MaxValue);
        made.Text("topic").ShouldBe("Grüße an Æsir");
        made.Text("start_time").ShouldBe(ZoomMeetingCalls.Start);
        made.Text("timezone").ShouldBe("Europe/Berlin");
        made.Text("host_id").ShouldBe(ZoomCalls.ZoeId);
        made.Text("status").ShouldBe("waiting");
        made.Text("password").Length.ShouldBe(6);
        made.Text("join_url").ShouldContain($"/j/{made.Id()}?pwd=");
        made.Text("start_url").ShouldContain("zak=");
        made["pmi"].ShouldBeNull();
        made["settings"]!["global_dial_in_numbers"]!.AsArray().ShouldNotBeEmpty();
        made["settings"]!["approval_type"]!.GetValue<int>().ShouldBe(2);

        JsonNode read = await twin.ZoomGetAsync($"meetings/{made.Id()}", token);
        read.Text("uuid").ShouldBe(made.Text("uuid"));
        read.Text("agenda").ShouldBe("[K7Q2M]");
        read["tracking_fields"]![0].Text("value").ShouldBe("42");
        read.Text("start_url").ShouldNotBe(made.Text("start_url"));
        (await twin.ZoomTruthAsync()).ShouldHaveSingleItem()!["subject"]!.GetValue<string>().ShouldBe("Grüße an Æsir");
    }

    [Theory]
    [InlineData(""" "topic":"TOPIC" """, "topic")]
    [InlineData(""" "agenda":"AGENDA" """, "agenda")]
    [InlineData(""" "duration":1441 """, "duration")]
    [InlineData(""" "duration":0 """, "duration")]
    [InlineData(""" "type":5 """, "type")]
    [InlineData(""" "start_time":"tomorrow" """, "start_time")]
    [InlineData(""" "timezone":"Mars/Olympus" """, "timezone")]
    [InlineData(""" "password":"12345678901" """, "password")]
    [InlineData(""" "password":"naïve" """, "password")]
    [InlineData(""" "settings":{"audio":"hybrid"} """, "settings.audio")]
    [InlineData(""" "settings":{"jbh_time":7} """, "settings.jbh_time")]
    [InlineData(""" "settings":{"alternative_hosts":"nobody@northwind.example"} """, "settings.alternative_hosts")]
    [InlineData(""" "settings":{"alternative_hosts":"bruno@northwind.example"} """, "settings.alternative_hosts")]
    [InlineData(""" "settings":{"alternative_hosts":"alma@contoso.example"} """, "settings.alternative_hosts")]
    [InlineData(""" "type":8 """, "recurrence")]
    [InlineData(""" "type":8,"recurrence":{"type":4} """, "recurrence.type")]
    public async Task A_field_that_does_not_fit_is_300_and_named(string field, string named)
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        string body = $"{{{field}}}"
            .Replace("TOPIC", new string('x', 201), StringComparison.Ordinal)
            .Replace("AGENDA", new string('x', 2001), StringComparison.Ordinal);
        JsonNode refusal = await twin.ZoomRefusedAsync("users/me/meetings", token, 400, 300, HttpMethod.Post, body);
        refusal["errors"]![0].Text("field").ShouldBe(named);
        (await twin.ZoomTruthAsync()).ShouldBeEmpty();
        await twin.ZoomCreateAsync(token, new string('x', 200), extra: $",\"agenda\":\"{new string('y', 2000)}\"");
    }

    [Fact]
    public async Task The_body_is_read_leniently_numbers_and_flags_may_be_text()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateOfAsync(
            token,
            """{"type":"2","duration":"45","start_time":"2027-01-05T09:00:00","timezone":"Europe/Berlin","settings":{"mute_upon_entry":"true"}}"""
        );
        made.Text("start_time").ShouldBe("2027-01-05T08:00:00Z");
        made["duration"]!.GetValue<int>().ShouldBe(45);
        made.Text("topic").ShouldBe("Zoom Meeting");
        made["settings"]!["mute_upon_entry"]!.GetValue<bool>().ShouldBeTrue();
        await twin.ZoomRefusedAsync("users/me/meetings", token, 400, 300, HttpMethod.Post, "{not json");
    }

    [Fact]
    public async Task A_passcode_is_invented_unless_the_host_or_the_call_wants_none()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        (await twin.ZoomCreateAsync(token, extra: ""","password":"Pa55@word" """))
            .Text("password")
            .ShouldBe("Pa55@word");
        (await twin.ZoomCreateAsync(token, extra: ""","default_password":false"""))["password"].ShouldBeNull();
        await twin.ZoomSettingsAsync("\"passcodeMinLength\":8");
        await twin.ZoomRefusedAsync(
            "users/me/meetings",
            token,
            400,
            300,
            HttpMethod.Post,
            ZoomMeetingCalls.Meeting(extra: ""","password":"short" """)
        );
        await twin.ControlAsync(
            $"people/{ZoomCalls.Zoe}",
            """{"provider":"zoom","settings":{"requirePasscode":false}}"""
        );
        JsonNode open = await twin.ZoomCreateAsync(token);
        open["password"].ShouldBeNull();
        open.Text("join_url").ShouldNotContain("pwd=");
    }

    [Fact]
    public async Task Alternative_hosts_are_licensed_users_of_the_account_separated_by_semicolons()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        await twin.ControlAsync(
            "accounts",
            """{"provider":"zoom","account":"Northwind Conferencing","email":"cora@northwind.example","licensed":true}"""
        );
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(
            token,
            extra: ""","settings":{"alternative_hosts":"cora@northwind.example;adele@northwind.example"}"""
        );
        made["settings"].Text("alternative_hosts").ShouldBe("cora@northwind.example;adele@northwind.example");
    }

    [Fact]
    public async Task What_the_account_has_locked_is_dropped_without_a_word()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string contoso = await twin.ZoomTokenAsync(ZoomCalls.Alma);
        const string Asked =
            ""","settings":{"waiting_room":false,"join_before_host":true,"breakout_room":{"enable":true},"mute_upon_entry":true}""";
        JsonNode made = await twin.ZoomCreateAsync(contoso, extra: Asked);
        made["settings"]!["waiting_room"]!.GetValue<bool>().ShouldBeTrue();
        // The waiting room switches it off.
        made["settings"]!["join_before_host"]!.GetValue<bool>().ShouldBeFalse();
        made["settings"]!["breakout_room"].ShouldBeNull();
        made["settings"]!["mute_upon_entry"]!.GetValue<bool>().ShouldBeTrue();

        JsonNode free = await twin.ZoomCreateAsync(await twin.ZoomTokenAsync(), extra: Asked);
        free["settings"]!["waiting_room"]!.GetValue<bool>().ShouldBeFalse();
        free["settings"]!["join_before_host"]!.GetValue<bool>().ShouldBeTrue();
        free["settings"]!["breakout_room"]!["enable"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task A_patch_answers_204_and_changes_what_it_names()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token, extra: ""","agenda":"kept" """);
        string path = $"meetings/{made.Id()}";
        await twin.ZoomNoContentAsync(
            path,
            token,
            HttpMethod.Patch,
            """{"topic":"Moved","start_time":"2027-01-06T10:00:00Z","settings":{"host_video":true}}"""
        );
        JsonNode moved = await twin.ZoomGetAsync(path, token);
        moved.Text("topic").ShouldBe("Moved");
        moved.Text("start_time").ShouldBe("2027-01-06T10:00:00Z");
        moved.Text("agenda").ShouldBe("kept");
        moved.Text("password").ShouldBe(made.Text("password"));
        moved["settings"]!["host_video"]!.GetValue<bool>().ShouldBeTrue();
        moved.Text("uuid").ShouldBe(made.Text("uuid"));

        // A start in the past is passed over; the rest of the body is not.
        await twin.ZoomNoContentAsync(
            path,
            token,
            HttpMethod.Patch,
            """{"topic":"Again","start_time":"2020-01-06T10:00:00Z"}"""
        );
        JsonNode again = await twin.ZoomGetAsync(path, token);
        again.Text("topic").ShouldBe("Again");
        again.Text("start_time").ShouldBe("2027-01-06T10:00:00Z");
        // An update takes fewer symbols in a passcode than a create.
        await twin.ZoomRefusedAsync(path, token, 400, 300, HttpMethod.Patch, """{"password":"a!b"}""");
        await twin.ZoomCreateAsync(token, extra: ""","password":"a!b" """);
    }

    [Fact]
    public async Task A_deleted_meeting_is_3001_and_can_be_recovered_while_in_the_bin()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        string path = $"meetings/{(await twin.ZoomCreateAsync(token)).Id()}";
        await twin.ZoomNoContentAsync(path, token, HttpMethod.Delete);
        await twin.ZoomRefusedAsync(path, token, 404, 3001);
        await twin.ZoomRefusedAsync(path, token, 404, 3001, HttpMethod.Delete);
        await twin.ZoomRefusedAsync(path, token, 404, 3001, HttpMethod.Patch, """{"topic":"x"}""");
        await twin.ZoomNoContentAsync($"{path}/status", token, HttpMethod.Put, """{"action":"recover"}""");
        (await twin.ZoomGetAsync(path, token)).Text("status").ShouldBe("waiting");

        await twin.ZoomNoContentAsync(path, token, HttpMethod.Delete);
        await twin.ControlAsync("clock", """{"advanceSeconds":2678400}""");
        await twin.ZoomRefusedAsync(
            $"{path}/status",
            await twin.ZoomTokenAsync(),
            404,
            3001,
            HttpMethod.Put,
            """{"action":"recover"}"""
        );
    }

    [Fact]
    public async Task A_running_meeting_is_started_cannot_be_deleted_and_is_ended_by_status()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token);
        string path = $"meetings/{made.Id()}";
        await twin.ControlAsync($"zoom/{path}", """{"deed":"start"}""");
        (await twin.ZoomGetAsync(path, token)).Text("status").ShouldBe("started");
        await twin.ZoomRefusedAsync(path, token, 400, 3002, HttpMethod.Delete);
        await twin.ZoomNoContentAsync($"{path}/status", token, HttpMethod.Put, """{"action":"end"}""");
        JsonNode ended = await twin.ZoomGetAsync(path, token);
        ended.Text("status").ShouldBe("waiting");
        ended.Text("uuid").ShouldNotBe(made.Text("uuid"));
        await twin.ZoomRefusedAsync($"{path}/status", token, 400, 3007, HttpMethod.Put, """{"action":"end"}""");
        await twin.ZoomRefusedAsync($"{path}/status", token, 400, 300, HttpMethod.Put, """{"action":"pause"}""");
        await twin.ZoomNoContentAsync(path, token, HttpMethod.Delete);
    }

    [Fact]
    public async Task Personal_rooms_and_audio_conferences_cannot_be_deleted()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        const string Pmi = "meetings/4155550101";
        JsonNode room = await twin.ZoomGetAsync(Pmi, token);
        room["type"]!.GetValue<int>().ShouldBe(4);
        room.Text("pmi").ShouldBe("4155550101");
        await twin.ZoomRefusedAsync(Pmi, token, 400, 3018, HttpMethod.Delete);
        JsonNode past = await twin.ControlAsync(
            "sessions",
            """{"provider":"zoom","organizer":"zoe@northwind.example","sessions":[{"startedAt":"2026-10-01T09:00:00Z","type":"pac"}]}"""
        );
        await twin.ZoomRefusedAsync(
            $"meetings/{past["meetingIds"]![0]!.GetValue<string>()}",
            token,
            400,
            3037,
            HttpMethod.Delete
        );
    }

    [Fact]
    public async Task Instant_meetings_have_no_start_and_are_gone_once_held()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateOfAsync(token, """{"type":1,"topic":"Now"}""");
        made["start_time"].ShouldBeNull();
        await twin.ZoomRunAsync(made.Id());
        await twin.ZoomRefusedAsync($"meetings/{made.Id()}", token, 404, 3001);
        await twin.ZoomRefusedAsync(
            "users/me/meetings",
            token,
            400,
            3000,
            HttpMethod.Post,
            """{"type":1,"schedule_for":"adele@northwind.example"}"""
        );
    }

    [Fact]
    public async Task A_number_lapses_so_many_days_after_it_was_last_needed()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        string start = NodaTime.Text.InstantPattern.General.Format(
            ZoomMeetingCalls.Now + NodaTime.Duration.FromHours(1)
        );
        string path = $"meetings/{(await twin.ZoomCreateAsync(token, start: start)).Id()}";
        await twin.ControlAsync("clock", """{"advanceSeconds":2500000}""");
        await twin.ZoomGetAsync(path, await twin.ZoomTokenAsync());
        await twin.ControlAsync("clock", """{"advanceSeconds":100000}""");
        await twin.ZoomRefusedAsync(path, await twin.ZoomTokenAsync(), 404, 3001);
    }

    [Fact]
    public async Task Only_the_host_or_an_account_level_token_reaches_a_meeting()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string zoe = await twin.ZoomTokenAsync();
        string path = $"meetings/{(await twin.ZoomCreateAsync(zoe)).Id()}";
        await twin.ZoomRefusedAsync(path, await twin.ZoomTokenAsync(ZoomCalls.Bruno), 404, 3001);
        await twin.ZoomRefusedAsync(
            path,
            await twin.ZoomTokenAsync(ZoomCalls.Alma, ""","app":"account" """),
            404,
            3001
        );
        await twin.ZoomGetAsync(path, await twin.ZoomAdminTokenAsync());
        await twin.ZoomGetAsync(path, await twin.ZoomServerTokenAsync());
        JsonNode forZoe = (
            await twin.ZoomAsync(
                $"users/{ZoomCalls.Zoe}/meetings",
                await twin.ZoomServerTokenAsync(),
                HttpMethod.Post,
                ZoomMeetingCalls.Meeting()
            )
        ).Body!;
        forZoe.Text("host_email").ShouldBe(ZoomCalls.Zoe);
        await twin.ZoomRefusedAsync(
            "users/nobody@northwind.example/meetings",
            await twin.ZoomServerTokenAsync(),
            404,
            1001,
            HttpMethod.Post,
            ZoomMeetingCalls.Meeting()
        );
        await twin.ZoomRefusedAsync(
            "users/ida@northwind.example/meetings",
            await twin.ZoomServerTokenAsync(),
            400,
            3161,
            HttpMethod.Post,
            ZoomMeetingCalls.Meeting()
        );
    }

    [Fact]
    public async Task A_missing_scope_is_4711_and_an_invitation_reads_like_one()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token);
        string text = (await twin.ZoomGetAsync($"meetings/{made.Id()}/invitation", token)).Text("invitation");
        text.ShouldContain(made.Text("join_url"));
        text.ShouldContain($"Passcode: {made.Text("password")}");
        string poor = await twin.ZoomTokenAsync(extra: ""","scopes":["meeting:read:meeting"]""");
        await twin.ZoomGetAsync($"meetings/{made.Id()}", poor);
        JsonNode refused = await twin.ZoomRefusedAsync($"meetings/{made.Id()}", poor, 400, 4711, HttpMethod.Delete);
        refused.Text("message").ShouldContain("meeting:delete:meeting");
    }
}
