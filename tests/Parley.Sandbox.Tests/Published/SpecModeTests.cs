using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests.Published;

/// <summary>In <c>spec</c> mode every call of the published file is answered as the file declares, body and all.</summary>
public sealed class SpecModeTests
{
    private const string Range = "startDate=2026-01-01T00:00:00Z&endDate=2027-12-31T00:00:00Z";
    private const string Oscar = "7300195775692112813";

    private static readonly OpenApiFile File = OpenApiFile.Read();

    /// <summary>What has been answered as declared, as <see cref="OpenApiFile.Successes"/> names it.</summary>
    private readonly SortedSet<string> seen = new(StringComparer.Ordinal);

    [Fact]
    public async Task Every_success_the_file_declares_is_answered_in_its_declared_shape()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", """{"wireMode":"spec"}""");
        string token = await twin.TokenAsync();
        string oscar = await twin.TokenAsync(Twin.Oscar);
        string group = await OscarsGroupAsync(twin, token);

        JsonNode created = await CallAsync(
            twin,
            token,
            "POST",
            "/meetings",
            new JsonObject
            {
                ["subject"] = "a &lt; b",
                ["starttime"] = "2027-06-01T09:00:00Z",
                ["endtime"] = "2027-06-01T09:30:00Z",
                ["passwordrequired"] = true,
                ["conferencecallinfo"] = "Hybrid",
                ["timezonekey"] = "",
                ["meetingtype"] = "scheduled",
                ["coorganizerKeys"] = new JsonArray(Oscar),
            }
        );
        long id = created[0]!["meetingid"]!.GetValue<long>();
        await CallAsync(twin, token, "GET", "/meetings/{meetingId}", id: id);
        await CallAsync(twin, token, "GET", "/meetings/{meetingId}/start", id: id);
        await CallAsync(
            twin,
            token,
            "PUT",
            "/meetings/{meetingId}",
            JsonNode.Parse(Twin.Meeting(start: "2027-06-01T10:00:00Z", end: "2027-06-01T10:30:00Z")),
            id: id
        );

        JsonNode held = await twin.ControlAsync(
            "sessions",
            """
            {"organizer":"oscar@northwind.example","sessions":[
              {"startedAt":"2026-10-01T09:00:00Z","minutes":45,"subject":"Held","recording":{},
               "attendees":[{"name":"Alice","email":"alice@customer.example"},{"name":"Guest"}]},
              {"startedAt":"2026-10-02T09:00:00Z","minutes":5}]}
            """
        );
        string past = held["meetingIds"]![0]!.GetValue<string>();
        string session = held["sessionIds"]![0]!.GetValue<string>();
        await twin.CreateAsync(oscar);

        (await CallAsync(twin, oscar, "GET", "/upcomingMeetings")).AsArray().Count.ShouldBe(2);
        JsonArray history = (await CallAsync(twin, oscar, "GET", "/historicalMeetings", query: Range)).AsArray();
        history.Count.ShouldBe(2);
        history[0]!["recording"].ShouldNotBeNull();
        (await CallAsync(twin, oscar, "GET", "/meetings", query: $"history=true&{Range}")).AsArray().Count.ShouldBe(2);
        JsonNode scheduled = await CallAsync(
            twin,
            oscar,
            "GET",
            "/meetings",
            query: "scheduled=true",
            schema: "MeetingScheduled"
        );
        scheduled.AsArray().Count.ShouldBe(2);
        JsonNode came = await CallAsync(
            twin,
            oscar,
            "GET",
            "/meetings/{meetingId}/attendees",
            id: long.Parse(past, CultureInfo.InvariantCulture)
        );
        came.AsArray().Count.ShouldBe(3);

        const string organizer = "/organizers/{organizerKey}";
        (await CallAsync(twin, token, "GET", $"{organizer}/historicalMeetings", query: Range, key: Oscar))
            .AsArray()
            .Count.ShouldBe(2);
        (await CallAsync(twin, token, "GET", $"{organizer}/upcomingMeetings", key: Oscar)).AsArray().Count.ShouldBe(2);
        (await CallAsync(twin, token, "GET", $"{organizer}/attendees", query: Range, key: Oscar))
            .AsArray()
            .Count.ShouldBe(4);
        (await CallAsync(twin, token, "GET", $"{organizer}/meetings", query: "scheduled=true", key: Oscar))
            .AsArray()
            .Count.ShouldBe(2);
        (await CallAsync(twin, token, "GET", $"{organizer}/meetings", query: $"history=true&{Range}", key: Oscar))
            .AsArray()
            .Count.ShouldBe(2);

        (await CallAsync(twin, token, "GET", "/groups")).AsArray().ShouldNotBeEmpty();
        const string inGroup = "/groups/{groupKey}";
        (await CallAsync(twin, token, "GET", $"{inGroup}/organizers", key: group)).AsArray().ShouldNotBeEmpty();
        (await CallAsync(twin, token, "GET", $"{inGroup}/historicalMeetings", query: Range, key: group))
            .AsArray()
            .Count.ShouldBe(2);
        (await CallAsync(twin, token, "GET", $"{inGroup}/upcomingMeetings", key: group))
            .AsArray()
            .Count.ShouldBeGreaterThan(1);
        (await CallAsync(twin, token, "GET", $"{inGroup}/attendees", query: Range, key: group))
            .AsArray()
            .Count.ShouldBe(4);
        (await CallAsync(twin, token, "GET", $"{inGroup}/attendees", key: group)).AsArray().Count.ShouldBe(4);
        (await CallAsync(twin, token, "GET", $"{inGroup}/meetings", query: $"history=true&{Range}", key: group))
            .AsArray()
            .Count.ShouldBe(2);
        JsonNode planned = await CallAsync(
            twin,
            token,
            "GET",
            $"{inGroup}/meetings",
            query: "scheduled=true",
            key: group,
            schema: "ScheduledMeetingByGroup"
        );
        planned.AsArray().Count.ShouldBeGreaterThan(1);

        await CallAsync(
            twin,
            token,
            "DELETE",
            $"{organizer}/sessions/{{sessionId}}/recordings",
            key: Oscar,
            session: session
        );
        await CallAsync(
            twin,
            token,
            "DELETE",
            $"{organizer}/sessions/{{sessionId}}/attendees",
            key: Oscar,
            session: session
        );
        await CallAsync(twin, token, "DELETE", $"{organizer}/sessions/{{sessionId}}", key: Oscar, session: session);
        await CallAsync(twin, token, "DELETE", "/meetings/{meetingId}", id: id);
        await OrganizersAsync(twin, token, group);

        seen.ShouldBe(File.Successes().Order(StringComparer.Ordinal));
    }

    private async Task OrganizersAsync(Twin twin, string token, string group)
    {
        static JsonObject New(string email, string product) =>
            new()
            {
                ["organizerEmail"] = email,
                ["firstName"] = "New",
                ["lastName"] = "Organizer",
                ["productType"] = product,
            };
        JsonNode made = await CallAsync(twin, token, "POST", "/organizers", New("n1@northwind.example", "G2W"));
        string key = made[0]!["key"]!.ToJsonString();
        await CallAsync(
            twin,
            token,
            "POST",
            "/groups/{groupKey}/organizers",
            New("n2@northwind.example", "G2M"),
            key: group
        );
        (await CallAsync(twin, token, "GET", "/organizers")).AsArray().Count.ShouldBeGreaterThan(3);
        (await CallAsync(twin, token, "GET", "/organizers", query: "email=n1@northwind.example"))
            .AsArray()
            .ShouldHaveSingleItem();
        const string one = "/organizers/{organizerKey}";
        await CallAsync(twin, token, "PUT", one, new JsonObject { ["productType"] = "G2T" }, key: key);
        JsonNode read = (await CallAsync(twin, token, "GET", one, key: key))[0]!;
        read["products"]!.AsArray().Select(product => product!.GetValue<string>()).ShouldBe(["G2W", "G2M", "G2T"]);
        await CallAsync(twin, token, "PUT", one, new JsonObject { ["status"] = "suspended" }, key: key);
        (await CallAsync(twin, token, "GET", one, key: key))[0]!["status"]!.GetValue<string>().ShouldBe("suspended");
        await CallAsync(twin, token, "DELETE", one, key: key);
        await CallAsync(twin, token, "DELETE", "/organizers", query: "email=n2@northwind.example");
    }

    /// <summary>Calls, holds request and reply against the file, and answers the body.</summary>
    private async Task<JsonNode> CallAsync(
        Twin twin,
        string token,
        string method,
        string path,
        JsonNode? body = null,
        string query = "",
        long? id = null,
        string? key = null,
        string? session = null,
        string? schema = null
    )
    {
        string text = path.Replace("{meetingId}", $"{id}", StringComparison.Ordinal)
            .Replace("{organizerKey}", key, StringComparison.Ordinal)
            .Replace("{groupKey}", key, StringComparison.Ordinal)
            .Replace("{sessionId}", session, StringComparison.Ordinal)
            .TrimStart('/');
        File.CheckQuery(
                method,
                path,
                query
                    .Split('&', StringSplitOptions.RemoveEmptyEntries)
                    .Select(pair => pair.Split('=', 2))
                    .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal)
            )
            .ShouldBeEmpty();
        if (body is not null)
        {
            File.CheckRequest(method, path, body).ShouldBeEmpty();
        }

        using HttpResponseMessage reply = await twin.G2mAsync(
            new HttpMethod(method),
            query.Length == 0 ? text : $"{text}?{query}",
            token,
            body?.ToJsonString()
        );
        string answer = await reply.Content.ReadAsStringAsync();
        reply.IsSuccessStatusCode.ShouldBeTrue($"{method} {text}: {reply.StatusCode} {answer}");
        JsonNode? json = answer.Length == 0 ? null : JsonNode.Parse(answer);
        (
            schema is null
                ? File.CheckReply(method, path, (int)reply.StatusCode, json)
                : File.CheckArrayOf(schema, json!)
        ).ShouldBeEmpty($"{method} {text}");
        seen.Add($"{method} {path} {(int)reply.StatusCode}");
        return json ?? new JsonObject();
    }

    private static async Task<string> OscarsGroupAsync(Twin twin, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, $"organizers/{Oscar}", token);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return (await Twin.ReadAsync(reply))[0]!["groupId"]!.ToJsonString();
    }
}
