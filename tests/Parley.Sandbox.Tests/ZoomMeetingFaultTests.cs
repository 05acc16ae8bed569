using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Fault scripts strike the calls of Zoom's meetings as they strike GoTo's.</summary>
public sealed class ZoomMeetingFaultTests
{
    private const string Create = "users/me/meetings";

    [Theory]
    [InlineData("applyThenDrop", true)]
    [InlineData("truncate", true)]
    [InlineData("refuse", false)]
    public async Task A_cut_connection_may_hide_a_meeting_that_was_made(string kind, bool made)
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        await FaultAsync(twin, "meetings.create", kind);
        await Should.ThrowAsync<HttpRequestException>(() =>
            twin.ZoomAsync(Create, token, HttpMethod.Post, ZoomMeetingCalls.Meeting())
        );
        (await twin.ZoomTruthAsync()).Count.ShouldBe(made ? 1 : 0);
        (await twin.ZoomEventsAsync("meeting.created")).Count.ShouldBe(made ? 1 : 0);
        await twin.ZoomCreateAsync(token);
    }

    [Theory]
    [InlineData("meetings.create", "failBefore", 500, 0)]
    [InlineData("meetings.create", "applyThenFail", 500, 1)]
    [InlineData("meetings.create", "rateLimit", 429, 0)]
    public async Task An_error_may_hide_one_too(string operation, string kind, int status, int made)
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        await FaultAsync(twin, operation, kind);
        (HttpStatusCode found, JsonNode? body) = await twin.ZoomAsync(
            Create,
            token,
            HttpMethod.Post,
            ZoomMeetingCalls.Meeting()
        );
        ((int)found).ShouldBe(status);
        body.Code().ShouldBe(status);
        (await twin.ZoomTruthAsync()).Count.ShouldBe(made);
    }

    [Fact]
    public async Task A_change_can_come_late()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        string path = $"meetings/{(await twin.ZoomCreateAsync(token)).Id()}";
        await FaultAsync(twin, "meetings.update", "applyLate", ""","delayMs":60000""");
        (await twin.ZoomAsync(path, token, HttpMethod.Patch, """{"topic":"Late"}""")).Status.ShouldBe(
            HttpStatusCode.GatewayTimeout
        );
        (await twin.ZoomGetAsync(path, token)).Text("topic").ShouldBe("Demo with Alice");
        await twin.ControlAsync("clock", """{"advanceSeconds":61}""");
        (await twin.ZoomGetAsync(path, token)).Text("topic").ShouldBe("Late");
    }

    [Fact]
    public async Task A_list_can_lag_behind()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        long old = (await twin.ZoomCreateAsync(token, "Old")).Id();
        await twin.ControlAsync("clock", """{"advanceSeconds":120}""");
        await FaultAsync(twin, "meetings.list", "listLag", ""","delayMs":60000""");
        await twin.ZoomCreateAsync(token, "New");
        await twin.ZoomNoContentAsync($"meetings/{old}", token, HttpMethod.Delete);
        (await TopicsAsync()).ShouldBe(["Old"]);
        await twin.ControlAsync("clock", """{"advanceSeconds":61}""");
        (await TopicsAsync()).ShouldBe(["New"]);

        async Task<IEnumerable<string>> TopicsAsync() =>
            (await twin.ZoomGetAsync("users/me/meetings", token))["meetings"]!
                .AsArray()
                .Select(row => row.Text("topic"));
    }

    [Fact]
    public async Task A_web_page_can_come_instead_of_json_and_the_log_keeps_no_host_link()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        long id = (await twin.ZoomCreateAsync(token)).Id();
        await FaultAsync(twin, "meetings.get", "html");
        await Should.ThrowAsync<System.Text.Json.JsonException>(() => twin.ZoomAsync($"meetings/{id}", token));
        string zak = Twin.Query(new Uri((await twin.ZoomGetAsync($"meetings/{id}", token)).Text("start_url")), "zak")!;
        JsonNode log = await twin.ControlAsync("log?provider=zoom");
        log["counts"]!["meetings.get"]!.GetValue<int>().ShouldBe(2);
        log.ToJsonString().ShouldContain("start_url");
        log.ToJsonString().ShouldNotContain(zak);
    }

    private static Task<JsonNode> FaultAsync(Twin twin, string operation, string kind, string extra = "") =>
        twin.ControlAsync("faults", $$"""{"provider":"zoom","operation":"{{operation}}","kind":"{{kind}}"{{extra}}}""");
}
