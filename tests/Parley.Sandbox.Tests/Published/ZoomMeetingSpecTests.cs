using System.Globalization;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests.Published;

/// <summary>Every call about meetings, the past and reports is answered as the published file declares, body and all.</summary>
public sealed class ZoomMeetingSpecTests
{
    private const string Month = "from=2026-11-01&to=2026-11-21";
    private static readonly OpenApiFile File = OpenApiFile.Read("zoom-meetings");

    /// <summary>What has been answered as declared, as <see cref="OpenApiFile.Successes"/> names it.</summary>
    private readonly SortedSet<string> seen = new(StringComparer.Ordinal);

    [Fact]
    public async Task Every_success_the_file_declares_is_answered_in_its_declared_shape()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        await twin.ZoomSettingsAsync("\"limitsEnforced\":false");
        string zoe = await twin.ZoomTokenAsync();
        string admin = await twin.ZoomTokenAsync(ZoomCalls.Adele, ""","app":"account" """);
        string classic = await twin.ZoomTokenAsync(
            ZoomCalls.Adele,
            ""","app":"account","scopes":["report:read:admin"]"""
        );

        JsonNode made = await CallAsync(twin, zoe, "POST", "/users/{userId}/meetings", body: JsonNode.Parse(Full));
        string id = made["id"]!.ToJsonString();
        JsonNode series = await CallAsync(twin, zoe, "POST", "/users/{userId}/meetings", body: JsonNode.Parse(Series));
        await CallAsync(
            twin,
            zoe,
            "GET",
            "/meetings/{meetingId}",
            series["id"]!.ToJsonString(),
            "show_previous_occurrences=true"
        );
        await CallAsync(twin, zoe, "GET", "/meetings/{meetingId}", id);
        await CallAsync(twin, zoe, "PATCH", "/meetings/{meetingId}", id, body: JsonNode.Parse(Change));
        await CallAsync(twin, zoe, "GET", "/meetings/{meetingId}/invitation", id);
        (await CallAsync(twin, zoe, "GET", "/users/{userId}/meetings", query: "type=scheduled&page_size=300"))[
            "meetings"
        ]!
            .AsArray()
            .Count.ShouldBe(2);
        (await CallAsync(twin, zoe, "GET", "/users/{userId}/upcoming_meetings"))["meetings"]!
            .AsArray()
            .Count.ShouldBe(1);

        await twin.ControlAsync($"zoom/meetings/{id}", """{"deed":"start"}""");
        await CallAsync(twin, zoe, "GET", "/meetings/{meetingId}", id);
        await CallAsync(
            twin,
            zoe,
            "PUT",
            "/meetings/{meetingId}/status",
            id,
            body: new JsonObject { ["action"] = "end" }
        );
        await twin.ControlAsync("clock", """{"advanceSeconds":3000}""");
        await twin.ZoomRunAsync(made.Id());
        await CallAsync(twin, zoe, "GET", "/past_meetings/{meetingId}", id);
        (await CallAsync(twin, zoe, "GET", "/past_meetings/{meetingId}/instances", id))["meetings"]!
            .AsArray()
            .Count.ShouldBe(2);
        (await CallAsync(twin, zoe, "GET", "/past_meetings/{meetingId}/participants", id, "page_size=2"))[
            "participants"
        ]!
            .AsArray()
            .Count.ShouldBe(2);

        await CallAsync(twin, admin, "GET", "/report/meetings/{meetingId}", id);
        await CallAsync(
            twin,
            admin,
            "GET",
            "/report/meetings/{meetingId}/participants",
            id,
            "include_fields=registrant_id"
        );
        (await CallAsync(twin, admin, "GET", "/report/users", query: $"type=active&{Month}"))["users"]!
            .AsArray()
            .ShouldNotBeEmpty();
        (await CallAsync(twin, admin, "GET", "/report/users/{userId}/meetings", query: Month, user: ZoomCalls.Zoe))[
            "meetings"
        ]!
            .AsArray()
            .ShouldNotBeEmpty();
        await CallAsync(twin, classic, "GET", "/report/daily", query: "year=2026&month=11");
        (await CallAsync(twin, admin, "GET", "/report/history_meetings", query: Month))["history_meetings"]!
            .AsArray()
            .ShouldNotBeEmpty();
        (await CallAsync(twin, admin, "GET", "/report/upcoming_events", query: "from=2026-11-21&to=2026-12-20"))[
            "upcoming_events"
        ]!
            .AsArray()
            .ShouldNotBeEmpty();
        await CallAsync(twin, zoe, "DELETE", "/meetings/{meetingId}", id, "cancel_meeting_reminder=true");

        seen.ShouldBe(new SortedSet<string>(File.Successes(), StringComparer.Ordinal));
    }

    private const string Full = """
        {"topic":"Demo","type":2,"start_time":"2026-11-22T09:00:00Z","duration":30,"timezone":"Europe/Berlin","agenda":"[K7Q2M]",
         "password":"Pa55word","default_password":false,"tracking_fields":[{"field":"deal","value":"42"}],
         "settings":{"alternative_hosts":"adele@northwind.example","join_before_host":true,"jbh_time":5,"waiting_room":false,
          "host_video":true,"participant_video":false,"mute_upon_entry":true,"audio":"both","auto_recording":"cloud",
          "approval_type":2,"meeting_authentication":false,"email_notification":true,"use_pmi":false,
          "meeting_invitees":[{"email":"alice@customer.example"}],"breakout_room":{"enable":true,"rooms":[]}}}
        """;

    private const string Series = """
        {"topic":"Weekly","type":8,"start_time":"2026-12-01T09:00:00Z","duration":30,
         "recurrence":{"type":2,"repeat_interval":1,"weekly_days":"3","end_times":4}}
        """;

    private const string Change =
        """{"topic":"Demo, moved","start_time":"2026-11-22T10:00:00Z","settings":{"host_video":false}}""";

    private async Task<JsonNode> CallAsync(
        Twin twin,
        string token,
        string method,
        string path,
        string id = "",
        string query = "",
        JsonNode? body = null,
        string user = "me"
    )
    {
        File.CheckQuery(method, path, Pairs(query)).ShouldBeEmpty(query);
        if (body is not null)
        {
            File.CheckRequest(method, path, body).ShouldBeEmpty();
        }

        string text = path.Replace("{meetingId}", id, StringComparison.Ordinal)
            .Replace("{userId}", user, StringComparison.Ordinal)
            .TrimStart('/');
        (System.Net.HttpStatusCode status, JsonNode? reply) = await twin.ZoomAsync(
            query.Length == 0 ? text : $"{text}?{query}",
            token,
            new HttpMethod(method),
            body?.ToJsonString()
        );
        ((int)status).ShouldBeInRange(200, 299, reply?.ToJsonString());
        File.CheckReply(method, path, (int)status, reply).ShouldBeEmpty($"{method} {text}");
        seen.Add(string.Create(CultureInfo.InvariantCulture, $"{method} {path} {(int)status}"));
        return reply ?? new JsonObject();
    }

    /// <summary>What is declared as a number is checked where it is used: a query is text.</summary>
    private static Dictionary<string, string> Pairs(string query) =>
        query
            .Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .Where(pair => pair[0] is not ("page_size" or "year" or "month"))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}
