using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>The pretend room behind the links of the Zoom twin.</summary>
public sealed class ZoomRoomTests
{
    [Fact]
    public async Task The_links_lead_into_a_room_where_a_meeting_is_held()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token);
        (string join, string start) = (made.Text("join_url"), made.Text("start_url"));
        (await PageAsync(twin, join)).ShouldContain("has not started");
        (await PageAsync(twin, start)).ShouldContain("Start meeting");
        (await twin.ZoomGetAsync($"meetings/{made.Id()}", token)).Text("status").ShouldBe("waiting");

        await twin.PostFormAsync($"/s/{made.Id()}", ("zak", Zak(start)), ("deed", "start"));
        (await twin.ZoomGetAsync($"meetings/{made.Id()}", token)).Text("status").ShouldBe("started");
        string pwd = Twin.Query(new Uri(join), "pwd")!;
        using HttpResponseMessage joined = await twin.PostFormAsync(
            $"/j/{made.Id()}",
            ("name", "Alice"),
            ("email", "alice@customer.example"),
            ("pwd", pwd)
        );
        joined.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await PageAsync(twin, joined.Headers.Location!.ToString())).ShouldContain(
            "You are here as <strong>Alice</strong>"
        );
        await twin.ControlAsync("clock", """{"advanceSeconds":600}""");
        await twin.PostFormAsync($"/s/{made.Id()}", ("zak", Zak(start)), ("deed", "end"));

        JsonNode past = await twin.ZoomGetAsync($"past_meetings/{made.Id()}", token);
        past.Text("uuid").ShouldBe(made.Text("uuid"));
        past["duration"]!.GetValue<int>().ShouldBe(10);
        past["participants_count"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task A_host_link_lapses_after_two_hours_and_is_no_use_for_other_hosts()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token);
        JsonNode hers = await twin.ZoomCreateAsync(await twin.ZoomTokenAsync(ZoomCalls.Adele));
        string start = made.Text("start_url");
        (await StatusAsync(twin, $"/s/{hers.Id()}?zak={Zak(start)}")).ShouldBe(HttpStatusCode.NotFound);
        await twin.ControlAsync("clock", """{"advanceSeconds":7199}""");
        (await StatusAsync(twin, start)).ShouldBe(HttpStatusCode.OK);
        await twin.ControlAsync("clock", """{"advanceSeconds":1}""");
        (await StatusAsync(twin, start)).ShouldBe(HttpStatusCode.NotFound);
        string fresh = (await twin.ZoomGetAsync($"meetings/{made.Id()}", await twin.ZoomTokenAsync())).Text(
            "start_url"
        );
        (await StatusAsync(twin, fresh)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_passcode_is_asked_for_unless_the_link_carries_it()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token, extra: ""","password":"rose" """);
        await twin.ControlAsync($"zoom/meetings/{made.Id()}", """{"deed":"start"}""");
        (await PageAsync(twin, $"/j/{made.Id()}")).ShouldContain("Passcode");
        (await PageAsync(twin, made.Text("join_url"))).ShouldNotContain("Passcode");
        using HttpResponseMessage wrong = await twin.PostFormAsync(
            $"/j/{made.Id()}",
            ("name", "A"),
            ("passcode", "tulip")
        );
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using HttpResponseMessage right = await twin.PostFormAsync(
            $"/j/{made.Id()}",
            ("name", "A"),
            ("passcode", "rose")
        );
        right.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task Guests_may_be_in_before_the_host_where_the_meeting_says_so()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        const string Open = ""","default_password":false,"settings":{"join_before_host":true,"jbh_time":15}""";
        JsonNode made = await twin.ZoomCreateAsync(token, start: "2026-11-21T13:00:00Z", extra: Open);
        await twin.PostFormAsync($"/j/{made.Id()}", ("name", "Early"));
        (await twin.ZoomGetAsync($"meetings/{made.Id()}", token)).Text("status").ShouldBe("waiting");
        await twin.ControlAsync("clock", """{"advanceSeconds":2700}""");
        await twin.PostFormAsync($"/j/{made.Id()}", ("name", "Early"));
        JsonNode now = await twin.ZoomGetAsync($"meetings/{made.Id()}", token);
        now.Text("status").ShouldBe("started");
        // The host comes into the same run.
        await twin.PostFormAsync($"/s/{made.Id()}", ("zak", Zak(now.Text("start_url"))), ("deed", "start"));
        JsonNode truth = (await twin.ZoomTruthAsync())[0]!;
        truth["sessions"]!.AsArray().ShouldHaveSingleItem()!["attendees"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_deleted_meeting_has_no_room()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token);
        (await StatusAsync(twin, made.Text("join_url"))).ShouldBe(HttpStatusCode.OK);
        await twin.ZoomNoContentAsync($"meetings/{made.Id()}", token, HttpMethod.Delete);
        (await StatusAsync(twin, made.Text("join_url"))).ShouldBe(HttpStatusCode.NotFound);
        (await StatusAsync(twin, "/j/4155550101")).ShouldBe(HttpStatusCode.OK);
    }

    private static string Zak(string startUrl) => Twin.Query(new Uri(startUrl), "zak")!;

    private static async Task<HttpStatusCode> StatusAsync(Twin twin, string url)
    {
        using HttpResponseMessage page = await twin.Http.GetAsync(url);
        return page.StatusCode;
    }

    private static async Task<string> PageAsync(Twin twin, string url)
    {
        using HttpResponseMessage page = await twin.Http.GetAsync(url);
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await page.Content.ReadAsStringAsync();
    }
}
