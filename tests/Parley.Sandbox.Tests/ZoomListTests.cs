using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Lists of the Zoom twin's meetings.</summary>
public sealed class ZoomListTests
{
    [Fact]
    public async Task Pages_follow_each_other_by_a_token_that_lives_fifteen_minutes()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        await twin.ZoomSettingsAsync("\"limitsEnforced\":false");
        string token = await twin.ZoomTokenAsync();
        for (int number = 1; number <= 5; number++)
        {
            await twin.ZoomCreateAsync(token, $"Number {number}", $"2027-01-0{number}T09:00:00Z");
        }

        JsonNode first = await twin.ZoomGetAsync("users/me/meetings?page_size=2", token);
        Topics(first).ShouldBe(["Number 1", "Number 2"]);
        first["total_records"]!.GetValue<int>().ShouldBe(5);
        first["page_count"]!.GetValue<int>().ShouldBe(3);
        string next = first.Text("next_page_token");
        JsonNode second = await twin.ZoomGetAsync($"users/me/meetings?page_size=2&next_page_token={next}", token);
        Topics(second).ShouldBe(["Number 3", "Number 4"]);
        JsonNode last = await twin.ZoomGetAsync(
            $"users/me/meetings?page_size=2&next_page_token={second.Text("next_page_token")}",
            token
        );
        Topics(last).ShouldBe(["Number 5"]);
        last.Text("next_page_token").ShouldBe("");
        Topics(await twin.ZoomGetAsync("users/me/meetings?page_size=2&page_number=2", token))
            .ShouldBe(["Number 3", "Number 4"]);

        await twin.ControlAsync("clock", """{"advanceSeconds":960}""");
        await twin.ZoomRefusedAsync($"users/me/meetings?page_size=2&next_page_token={next}", token, 400, 300);
        await twin.ZoomRefusedAsync("users/me/meetings?page_size=301", token, 400, 300);
    }

    [Fact]
    public async Task Rows_have_no_status_and_a_cut_agenda_and_instant_meetings_are_left_out()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        await twin.ZoomCreateAsync(token, extra: $",\"agenda\":\"{new string('a', 300)}\"");
        await twin.ZoomCreateOfAsync(token, """{"type":1}""");
        JsonNode row = (await twin.ZoomGetAsync("users/me/meetings", token))["meetings"]!
            .AsArray()
            .ShouldHaveSingleItem()!;
        row["status"].ShouldBeNull();
        row["password"].ShouldBeNull();
        row["start_url"].ShouldBeNull();
        row.Text("agenda").Length.ShouldBe(250);
    }

    [Fact]
    public async Task Each_type_shows_its_own_meetings()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode soon = await twin.ZoomCreateAsync(token, "Soon", At(1));
        await twin.ZoomCreateAsync(token, "Next month", At(24 * 30));
        JsonNode before = await twin.ZoomCreateAsync(token, "Before", At(-5));
        await twin.ControlAsync($"zoom/meetings/{soon.Id()}", """{"deed":"start"}""");
        await twin.ZoomRunAsync(before.Id());

        Topics(await twin.ZoomGetAsync("users/me/meetings", token)).ShouldBe(["Before", "Soon", "Next month"]);
        Topics(await twin.ZoomGetAsync("users/me/meetings?type=live", token)).ShouldBe(["Soon"]);
        Topics(await twin.ZoomGetAsync("users/me/meetings?type=upcoming", token)).ShouldBe(["Soon", "Next month"]);
        Topics(await twin.ZoomGetAsync("users/me/meetings?type=previous_meetings", token)).ShouldBe(["Before"]);
        string day = At(24 * 30)[..10];
        Topics(await twin.ZoomGetAsync($"users/me/meetings?from={day}&to={day}&timezone=UTC", token))
            .ShouldBe(["Next month"]);
        await twin.ZoomRefusedAsync("users/me/meetings?type=webinars", token, 400, 300);
        await twin.ZoomRefusedAsync("users/me/meetings?from=yesterday", token, 400, 300);
    }

    [Fact]
    public async Task A_series_is_one_row_among_all_and_one_for_each_date_ahead()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateOfAsync(
            token,
            """{"type":8,"topic":"Series","start_time":"2027-01-05T09:00:00Z","recurrence":{"type":1,"end_times":3}}"""
        );
        string second = made["occurrences"]![1].Text("occurrence_id");
        await twin.ZoomNoContentAsync($"meetings/{made.Id()}?occurrence_id={second}", token, HttpMethod.Delete);
        Topics(await twin.ZoomGetAsync("users/me/meetings", token)).ShouldBe(["Series"]);
        (await twin.ZoomGetAsync("users/me/meetings?type=upcoming", token))["meetings"]!
            .AsArray()
            .Select(row => row.Text("start_time"))
            .ShouldBe(["2027-01-05T09:00:00Z", "2027-01-07T09:00:00Z"]);
    }

    [Fact]
    public async Task Upcoming_meetings_are_the_next_day_with_those_one_is_invited_to()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string zoe = await twin.ZoomTokenAsync();
        await twin.ZoomCreateAsync(
            zoe,
            "Mine",
            At(2),
            ""","settings":{"meeting_invitees":[{"email":"bruno@northwind.example"}]}"""
        );
        await twin.ZoomCreateAsync(zoe, "Late", At(30));
        JsonNode mine = await twin.ZoomGetAsync("users/me/upcoming_meetings", zoe);
        Topics(mine).ShouldBe(["Mine"]);
        mine["meetings"]![0]!["is_host"]!.GetValue<bool>().ShouldBeTrue();
        mine["meetings"]![0].Text("passcode").Length.ShouldBe(6);
        JsonNode his = await twin.ZoomGetAsync(
            "users/me/upcoming_meetings",
            await twin.ZoomTokenAsync(ZoomCalls.Bruno)
        );
        his["meetings"]![0]!["is_host"]!.GetValue<bool>().ShouldBeFalse();
        his["total_records"]!.GetValue<int>().ShouldBe(1);
    }

    /// <summary>So many hours from now, as a start.</summary>
    private static string At(int hours) =>
        NodaTime.Text.InstantPattern.General.Format(ZoomMeetingCalls.Now + NodaTime.Duration.FromHours(hours));

    private static IEnumerable<string> Topics(JsonNode list) =>
        list["meetings"]!.AsArray().Select(row => row.Text("topic"));
}
