using System.Text.Json.Nodes;
using NodaTime;
using NodaTime.Text;
using Parley.Sandbox.Tests.Published;

namespace Parley.Sandbox.Tests;

/// <summary>What webhooks would tell of Zoom meetings, held against the published schemas of the events.</summary>
public sealed class ZoomEventTests
{
    private static readonly OpenApiFile File = OpenApiFile.Read("zoom-meetings-webhooks");
    private static readonly JsonObject OfMeetings = Webhooks("zoom-meetings-webhooks");
    private static readonly JsonObject OfUsers = Webhooks("zoom-users-webhooks");

    [Fact]
    public async Task Every_event_of_a_meetings_life_is_told_in_its_published_shape()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(
            token,
            "Grüße",
            extra: ""","tracking_fields":[{"field":"deal","value":"42"}],"settings":{"alternative_hosts":"adele@northwind.example"}"""
        );
        string path = $"meetings/{made.Id()}";
        await twin.ZoomNoContentAsync(
            path,
            token,
            HttpMethod.Patch,
            """{"topic":"Moved","start_time":"2027-01-06T10:00:00Z"}"""
        );
        await twin.ZoomNoContentAsync(path, token, HttpMethod.Delete);
        await twin.ZoomNoContentAsync($"{path}/status", token, HttpMethod.Put, """{"action":"recover"}""");
        await twin.ZoomRunAsync(made.Id());
        await twin.ControlAsync($"zoom/{path}", """{"deed":"delete"}""");
        await twin.ControlAsync($"zoom/{path}", """{"deed":"purge"}""");

        IReadOnlyList<JsonNode> events = await CheckedAsync(twin);
        events
            .Select(one => one.Text("event"))
            .ShouldBe([
                "meeting.created",
                "meeting.updated",
                "meeting.deleted",
                "meeting.recovered",
                "meeting.started",
                "meeting.participant_joined",
                "meeting.participant_joined",
                "meeting.participant_joined",
                "meeting.participant_left",
                "meeting.participant_left",
                "meeting.participant_left",
                "meeting.ended",
                "meeting.deleted",
                "meeting.permanently_deleted",
            ]);
        events
            .Select(one => one.Text("event"))
            .Distinct()
            .ShouldBe(OfMeetings.Select(one => one.Key), ignoreOrder: true);
    }

    [Fact]
    public async Task An_update_tells_what_changed_and_what_it_was_and_nothing_when_nothing_did()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token);
        string path = $"meetings/{made.Id()}";
        await twin.ZoomNoContentAsync(path, token, HttpMethod.Patch, """{"topic":"Demo with Alice"}""");
        (await twin.ZoomEventsAsync("meeting.updated")).ShouldBeEmpty();
        await twin.ZoomNoContentAsync(path, token, HttpMethod.Patch, """{"topic":"Moved"}""");
        JsonNode payload = (await twin.ZoomEventsAsync("meeting.updated")).ShouldHaveSingleItem()["payload"]!;
        payload.Text("operator_id").ShouldBe(ZoomCalls.ZoeId);
        payload.Text("scope").ShouldBe("all");
        payload["time_stamp"]!.GetValue<long>().ShouldBe(ZoomMeetingCalls.Now.ToUnixTimeMilliseconds());
        payload["object"]!.AsObject().Select(field => field.Key).ShouldBe(["id", "uuid", "topic"]);
        payload["object"].Id().ShouldBe(made.Id());
        payload["old_object"].Text("topic").ShouldBe("Demo with Alice");
    }

    [Fact]
    public async Task The_number_is_a_number_when_it_was_changed_and_text_when_somebody_is_in_it()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        long id = (await twin.ZoomCreateAsync(await twin.ZoomTokenAsync())).Id();
        await twin.ZoomRunAsync(id);
        foreach (JsonNode one in await twin.ZoomEventsAsync())
        {
            string expected = one.Text("event") == "meeting.created" ? $"{id}" : $"\"{id}\"";
            one["payload"]!["object"]!["id"]!.ToJsonString().ShouldBe(expected, one.Text("event"));
        }

        JsonNode ended = (await twin.ZoomEventsAsync("meeting.ended")).ShouldHaveSingleItem()["payload"]!["object"]!;
        // The planned length, although it took 40 minutes.
        ended["duration"]!.GetValue<int>().ShouldBe(30);
        ended.Text("end_time").ShouldBe("2026-11-21T12:00:00Z");
        ended.Text("start_time").ShouldBe("2026-11-21T11:20:00Z");
    }

    [Fact]
    public async Task An_account_level_actor_has_no_name_and_a_date_of_a_series_is_single()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string server = await twin.ZoomServerTokenAsync();
        JsonNode made = (
            await twin.ZoomAsync(
                $"users/{ZoomCalls.Zoe}/meetings",
                server,
                HttpMethod.Post,
                """{"type":8,"start_time":"2027-01-05T09:00:00Z","recurrence":{"type":1,"end_times":3}}"""
            )
        ).Body!;
        string one = $"meetings/{made.Id()}?occurrence_id={made["occurrences"]![1].Text("occurrence_id")}";
        await twin.ZoomNoContentAsync(one, server, HttpMethod.Patch, """{"duration":15}""");
        await twin.ZoomNoContentAsync(one, server, HttpMethod.Delete);
        IReadOnlyList<JsonNode> events = await CheckedAsync(twin);
        events.Select(told => told["payload"].Text("operator")).ShouldAllBe(name => name == "");
        events[0]["payload"].Text("operation").ShouldBe("all");
        events[1]["payload"].Text("scope").ShouldBe("single");
        events[2]["payload"].Text("operation").ShouldBe("single");
        events[2]["payload"]!["object"]!["occurrences"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_free_account_is_not_told_of_deletions()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string sol = await twin.ZoomTokenAsync(ZoomCalls.Sol);
        long id = (await twin.ZoomCreateAsync(sol)).Id();
        await twin.ZoomNoContentAsync($"meetings/{id}", sol, HttpMethod.Delete);
        (await twin.ZoomEventsAsync()).Select(one => one.Text("event")).ShouldBe(["meeting.created"]);
    }

    [Fact]
    public async Task A_past_that_was_made_up_is_told_to_nobody()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        JsonNode past = await twin.ControlAsync(
            "sessions",
            """{"provider":"zoom","organizer":"zoe@northwind.example","count":50,"from":"2026-11-01T00:00:00Z","to":"2026-11-20T00:00:00Z","meetings":4}"""
        );
        past["sessions"]!.GetValue<int>().ShouldBe(50);
        past["sessionIds"]!.AsArray().Select(id => id!.GetValue<string>()).Distinct().Count().ShouldBe(50);
        (await twin.ControlAsync("sessions?provider=zoom&organizer=zoe@northwind.example"))["items"]!
            .AsArray()
            .Count.ShouldBe(50);
        (await twin.ZoomEventsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Changes_of_users_are_told_in_their_published_shape()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        const string Cora = "people/cora@northwind.example";
        await twin.ControlAsync(
            "accounts",
            """{"provider":"zoom","account":"Northwind Conferencing","email":"cora@northwind.example","status":"pending"}"""
        );
        await twin.ControlAsync(Cora, """{"provider":"zoom","status":"active"}""");
        await twin.ControlAsync(Cora, """{"provider":"zoom","status":"inactive"}""");
        await twin.ControlAsync(Cora, """{"provider":"zoom","status":"active"}""");
        await twin.ControlAsync(Cora, """{"provider":"zoom","licensed":false,"timeZone":"Asia/Tokyo"}""");
        await twin.ControlAsync(Cora, """{"provider":"zoom","licensed":false}""");
        using HttpResponseMessage removed = await twin.Http.DeleteAsync($"/control/{Cora}?provider=zoom");
        using HttpResponseMessage left = await twin.Http.DeleteAsync(
            $"/control/people/{ZoomCalls.Bruno}?provider=zoom&disassociated=true"
        );
        IReadOnlyList<JsonNode> events = await CheckedAsync(twin);
        events
            .Select(one => one.Text("event"))
            .ShouldBe([
                "user.created",
                "user.invitation_accepted",
                "user.deactivated",
                "user.activated",
                "user.updated",
                "user.deleted",
                "user.disassociated",
            ]);
        events.Select(one => one.Text("event")).ShouldBe(OfUsers.Select(one => one.Key), ignoreOrder: true);
        JsonNode updated = events.Single(one => one.Text("event") == "user.updated")["payload"]!;
        updated["object"]!.AsObject().Select(field => field.Key).ShouldBe(["id", "type", "timezone"]);
        updated["old_object"]!["type"]!.GetValue<int>().ShouldBe(2);
    }

    private static JsonObject Webhooks(string name) =>
        JsonNode.Parse(
            System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Published", $"{name}.openapi.json"))
        )!["webhooks"]!.AsObject();

    /// <summary>All events, each found to have its published shape.</summary>
    private static async Task<IReadOnlyList<JsonNode>> CheckedAsync(Twin twin)
    {
        IReadOnlyList<JsonNode> events = await twin.ZoomEventsAsync();
        foreach (JsonNode one in events)
        {
            string name = one.Text("event");
            JsonNode schema = (OfMeetings[name] ?? OfUsers[name])!["post"]!["requestBody"]!["content"]![
                "application/json"
            ]!["schema"]!;
            JsonObject body = new()
            {
                ["event"] = name,
                ["event_ts"] = InstantPattern.ExtendedIso.Parse(one.Text("at")).Value.ToUnixTimeMilliseconds(),
                ["payload"] = one["payload"]!.DeepClone(),
            };
            File.Check(schema, body).ShouldBeEmpty(body.ToJsonString());
        }

        return events;
    }
}
