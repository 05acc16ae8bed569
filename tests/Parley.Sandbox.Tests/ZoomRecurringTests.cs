using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Series of the Zoom twin: their dates, changes of one and of all.</summary>
public sealed class ZoomRecurringTests
{
    [Theory]
    // A Tuesday; daylight saving ends in New York on 7 November 2027.
    [InlineData(""" "type":1,"repeat_interval":2,"end_times":3 """, "2027-01-05T14,2027-01-07T14,2027-01-09T14")]
    [InlineData(""" "type":2,"weekly_days":"2,4","end_times":3 """, "2027-01-06T14,2027-01-11T14,2027-01-13T14")]
    [InlineData(""" "type":2,"repeat_interval":2,"end_times":2 """, "2027-01-05T14,2027-01-19T14")]
    [InlineData(""" "type":3,"monthly_day":31,"end_times":2 """, "2027-01-31T14,2027-03-31T13")]
    [InlineData(""" "type":3,"monthly_week":-1,"monthly_week_day":6,"end_times":2 """, "2027-01-29T14,2027-02-26T14")]
    [InlineData(""" "type":3,"monthly_week":1,"monthly_week_day":3,"end_times":2 """, "2027-01-05T14,2027-02-02T14")]
    [InlineData(""" "type":1,"end_date_time":"2027-01-06T23:00:00Z" """, "2027-01-05T14,2027-01-06T14")]
    public async Task A_rule_gives_its_dates_on_the_wall_clock_of_its_zone(string rule, string hours)
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        JsonNode made = await CreateAsync(twin, rule);
        made["occurrences"]!.AsArray().Select(date => date.Text("start_time")[..13]).ShouldBe(hours.Split(','));
        JsonNode first = made["occurrences"]![0]!;
        first.Text("status").ShouldBe("available");
        long.Parse(first.Text("occurrence_id"), System.Globalization.CultureInfo.InvariantCulture)
            .ShouldBe(
                DateTimeOffset
                    .Parse(first.Text("start_time"), System.Globalization.CultureInfo.InvariantCulture)
                    .ToUnixTimeMilliseconds()
            );
    }

    [Fact]
    public async Task One_date_is_changed_and_removed_by_its_id_and_the_series_stays()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await CreateAsync(twin, """ "type":1,"end_times":3 """);
        string path = $"meetings/{made.Id()}";
        string second = made["occurrences"]![1].Text("occurrence_id");
        string one = $"{path}?occurrence_id={second}";
        await twin.ZoomNoContentAsync(
            one,
            token,
            HttpMethod.Patch,
            """{"topic":"passed over","duration":15,"start_time":"2027-01-06T16:00:00Z","settings":{"host_video":true,"audio":"voip"}}"""
        );
        JsonNode date = await twin.ZoomGetAsync(one, token);
        date.Text("topic").ShouldBe("Weekly");
        date.Text("start_time").ShouldBe("2027-01-06T16:00:00Z");
        date["duration"]!.GetValue<int>().ShouldBe(15);
        date["settings"]!["host_video"]!.GetValue<bool>().ShouldBeTrue();
        date["settings"].Text("audio").ShouldBe("both");
        JsonNode series = await twin.ZoomGetAsync(path, token);
        series["occurrences"]![1].Text("occurrence_id").ShouldBe(second);
        series["occurrences"]![1].Text("start_time").ShouldBe("2027-01-06T16:00:00Z");

        await twin.ZoomNoContentAsync(one, token, HttpMethod.Delete);
        (await twin.ZoomGetAsync(path, token))["occurrences"]![1].Text("status").ShouldBe("deleted");
        await twin.ZoomRefusedAsync(one, token, 400, 300, HttpMethod.Delete);
        await twin.ZoomRefusedAsync(
            $"{path}?occurrence_id=1",
            token,
            400,
            300,
            HttpMethod.Patch,
            """{"duration":15}"""
        );
    }

    [Fact]
    public async Task A_change_of_the_whole_series_needs_the_recurrence_object()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await CreateAsync(twin, """ "type":1,"end_times":3 """);
        string path = $"meetings/{made.Id()}";
        await twin.ZoomRefusedAsync(path, token, 400, 300, HttpMethod.Patch, """{"topic":"Other"}""");
        await twin.ZoomNoContentAsync(
            path,
            token,
            HttpMethod.Patch,
            """{"topic":"Other","start_time":"2027-02-01T15:00:00Z","recurrence":{"type":1,"end_times":2}}"""
        );
        JsonNode series = await twin.ZoomGetAsync(path, token);
        series.Text("topic").ShouldBe("Other");
        series["occurrences"]!
            .AsArray()
            .Select(date => date.Text("start_time"))
            .ShouldBe(["2027-02-01T15:00:00Z", "2027-02-02T15:00:00Z"]);
        await twin.ZoomNoContentAsync(path, token, HttpMethod.Delete);
        await twin.ZoomRefusedAsync(path, token, 404, 3001);
    }

    [Fact]
    public async Task A_recurring_meeting_without_a_fixed_time_has_neither_start_nor_dates()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateOfAsync(token, """{"type":3,"topic":"Office hours"}""");
        made["start_time"].ShouldBeNull();
        made["occurrences"].ShouldBeNull();
        await twin.ZoomRunAsync(made.Id());
        await twin.ZoomRunAsync(made.Id());
        (await twin.ZoomGetAsync($"past_meetings/{made.Id()}/instances", token))["meetings"]!
            .AsArray()
            .Count.ShouldBe(2);
        await twin.ZoomGetAsync($"meetings/{made.Id()}", token);
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 51)]
    [InlineData(3, 11)]
    public async Task A_rule_can_skip_only_so_much(int type, int interval)
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        string Body(int skip) =>
            $$"""{"type":8,"start_time":"2027-01-05T09:00:00Z","recurrence":{"type":{{type}},"repeat_interval":{{skip}} } }""";
        JsonNode refused = await twin.ZoomRefusedAsync(
            "users/me/meetings",
            token,
            400,
            300,
            HttpMethod.Post,
            Body(interval)
        );
        refused["errors"]![0].Text("field").ShouldBe("recurrence.repeat_interval");
        await twin.ZoomCreateOfAsync(token, Body(interval - 1));
    }

    private static async Task<JsonNode> CreateAsync(Twin twin, string rule) =>
        await twin.ZoomCreateOfAsync(
            await twin.ZoomTokenAsync(),
            $$"""
            {"topic":"Weekly","type":8,"start_time":"2027-01-05T09:00:00","timezone":"America/New_York","duration":30,
             "recurrence":{ {{rule}} } }
            """
        );
}
