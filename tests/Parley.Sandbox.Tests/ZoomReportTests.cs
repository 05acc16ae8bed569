using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Reports of the Zoom twin. The clock stands at 21 November 2026.</summary>
public sealed class ZoomReportTests
{
    private const string Month = "from=2026-11-01&to=2026-11-21";

    [Fact]
    public async Task A_meeting_report_needs_two_people_and_an_administrators_token()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string admin = await twin.ZoomAdminTokenAsync();
        (string two, string one) = await PastAsync(twin);
        JsonNode report = await twin.ZoomGetAsync($"report/meetings/{two}", admin);
        report["participants_count"]!.GetValue<int>().ShouldBe(3);
        JsonNode people = await twin.ZoomGetAsync(
            $"report/meetings/{two}/participants?include_fields=registrant_id",
            admin
        );
        people["participants"]!.AsArray().Count.ShouldBe(3);
        people["participants"]![0]!["registrant_id"].ShouldNotBeNull();
        await twin.ZoomRefusedAsync($"report/meetings/{one}", admin, 404, 3001);
        await twin.ZoomRefusedAsync($"report/meetings/{one}/participants", admin, 404, 3001);
        await twin.ZoomRefusedAsync($"report/meetings/{two}", await twin.ZoomTokenAsync(), 400, 4711);
        await twin.ControlAsync($"people/{ZoomCalls.Adele}", """{"provider":"zoom","role":"member"}""");
        await twin.ZoomRefusedAsync($"report/meetings/{two}", admin, 400, 200);
    }

    [Fact]
    public async Task The_report_of_a_user_leaves_out_what_nobody_came_to()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string admin = await twin.ZoomAdminTokenAsync();
        (string two, string one) = await PastAsync(twin);
        string path = $"report/users/{ZoomCalls.Zoe}/meetings?{Month}";
        Ids(await twin.ZoomGetAsync(path, admin)).ShouldBe([two]);
        Ids(await twin.ZoomGetAsync($"{path}&type=pastOne", admin)).ShouldBe([one]);
        Ids(await twin.ZoomGetAsync($"report/users/{ZoomCalls.Bruno}/meetings?{Month}&type=pastJoined", admin))
            .ShouldBe([two]);
        Ids(await twin.ZoomGetAsync($"report/users/{ZoomCalls.Bruno}/meetings?{Month}", admin)).ShouldBeEmpty();
        await twin.ZoomRefusedAsync($"report/users/nobody@northwind.example/meetings?{Month}", admin, 404, 1001);
    }

    [Fact]
    public async Task Active_hosts_are_those_who_held_a_meeting_in_the_range()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string admin = await twin.ZoomAdminTokenAsync();
        await PastAsync(twin);
        JsonNode active = await twin.ZoomGetAsync($"report/users?type=active&{Month}", admin);
        JsonNode zoe = active["users"]!.AsArray().ShouldHaveSingleItem()!;
        zoe.Text("id").ShouldBe(ZoomCalls.ZoeId);
        zoe["meetings"]!.GetValue<int>().ShouldBe(2);
        zoe["meeting_minutes"]!.GetValue<int>().ShouldBe(60);
        active["total_participants"]!.GetValue<int>().ShouldBe(4);
        JsonNode inactive = await twin.ZoomGetAsync($"report/users?type=inactive&{Month}", admin);
        inactive["users"]!.AsArray().Select(user => user.Text("email")).ShouldContain(ZoomCalls.Bruno);
        inactive["users"]!.AsArray().Select(user => user.Text("email")).ShouldNotContain("piet@northwind.example");
        await twin.ZoomSettingsAsync("\"activeNeedsTwo\":true");
        (await twin.ZoomGetAsync($"report/users?type=active&{Month}", admin))["users"]![0]!["meetings"]!
            .GetValue<int>()
            .ShouldBe(1);
    }

    [Theory]
    [InlineData("from=2026-10-01&to=2026-11-02")]
    [InlineData("from=2026-05-20&to=2026-06-01")]
    [InlineData("from=2026-11-02&to=2026-11-01")]
    [InlineData("from=yesterday&to=2026-11-01")]
    [InlineData("to=2026-11-01")]
    public async Task A_range_is_a_month_at_most_within_the_last_six(string range)
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string admin = await twin.ZoomAdminTokenAsync();
        await twin.ZoomGetAsync("report/users?from=2026-05-21&to=2026-06-21", admin);
        await twin.ZoomRefusedAsync($"report/users?{range}", admin, 400, 300);
        await twin.ZoomRefusedAsync($"report/users/{ZoomCalls.Zoe}/meetings?{range}", admin, 400, 300);
        await twin.ZoomRefusedAsync($"report/history_meetings?{range}", admin, 400, 300);
    }

    [Fact]
    public async Task The_daily_report_counts_days_and_takes_a_classic_scope_only()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        await PastAsync(twin);
        await twin.ZoomRefusedAsync("report/daily?year=2026&month=11", await twin.ZoomAdminTokenAsync(), 400, 4711);
        string classic = await twin.ZoomTokenAsync(
            ZoomCalls.Adele,
            ""","app":"account","scopes":["report:read:admin"]"""
        );
        JsonNode report = await twin.ZoomGetAsync("report/daily?year=2026&month=11", classic);
        JsonArray days = report["dates"]!.AsArray();
        days.Count.ShouldBe(21);
        JsonNode tenth = days.Single(day => day.Text("date") == "2026-11-10")!;
        tenth["meetings"]!.GetValue<int>().ShouldBe(1);
        tenth["participants"]!.GetValue<int>().ShouldBe(3);
        tenth["meeting_minutes"]!.GetValue<int>().ShouldBe(30);
        await twin.ZoomRefusedAsync("report/daily?year=2026&month=4", classic, 400, 300);
        await twin.ZoomRefusedAsync("report/daily?year=2026&month=12", classic, 400, 300);
        await twin.ZoomRefusedAsync("report/daily?year=2026&month=13", classic, 400, 300);
    }

    [Fact]
    public async Task History_and_upcoming_events_cover_the_whole_account()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string admin = await twin.ZoomAdminTokenAsync();
        (string two, _) = await PastAsync(twin);
        (await twin.ZoomGetAsync($"report/history_meetings?{Month}", admin))["history_meetings"]!
            .AsArray()
            .Count.ShouldBe(2);
        JsonNode found = await twin.ZoomGetAsync($"report/history_meetings?{Month}&search_key=WITH", admin);
        found["history_meetings"]!.AsArray().ShouldHaveSingleItem()!["meeting_id"]!.ToJsonString().ShouldBe(two);
        await twin.ZoomCreateAsync(await twin.ZoomTokenAsync(), "Ahead", "2026-11-25T09:00:00Z");
        JsonNode ahead = await twin.ZoomGetAsync("report/upcoming_events?from=2026-11-21&to=2026-12-20", admin);
        ahead["upcoming_events"]!.AsArray().ShouldHaveSingleItem().Text("host_id").ShouldBe(ZoomCalls.ZoeId);
    }

    [Fact]
    public async Task A_free_account_has_no_reports()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string sol = await twin.ZoomTokenAsync(ZoomCalls.Sol, ""","app":"account" """);
        await twin.ZoomRefusedAsync($"report/users?{Month}", sol, 400, 200);
    }

    /// <summary>One meeting people came to, one the host sat through alone.</summary>
    private static async Task<(string Two, string One)> PastAsync(Twin twin)
    {
        JsonNode past = await twin.ControlAsync(
            "sessions",
            """
            {"provider":"zoom","organizer":"zoe@northwind.example","sessions":[
              {"startedAt":"2026-11-10T09:00:00Z","minutes":30,"subject":"With guests",
               "attendees":[{"name":"Alice","email":"alice@customer.example"},{"name":"Bruno Basic","email":"bruno@northwind.example"}]},
              {"startedAt":"2026-11-12T09:00:00Z","minutes":30,"subject":"Alone"}]}
            """
        );
        return (past["meetingIds"]![0]!.GetValue<string>(), past["meetingIds"]![1]!.GetValue<string>());
    }

    private static IEnumerable<string> Ids(JsonNode report) =>
        report["meetings"]!.AsArray().Select(row => row!["id"]!.ToJsonString());
}
