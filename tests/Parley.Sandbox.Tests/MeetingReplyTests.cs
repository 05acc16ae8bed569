using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Replies have the names, the types and the oddities of the recorded ones.</summary>
public sealed class MeetingReplyTests
{
    private const string WireDate = @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\+0000$";

    [Fact]
    public async Task Creating_answers_an_array_of_one_with_the_only_join_url()
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpResponseMessage reply = await twin.G2mAsync(
            HttpMethod.Post,
            "meetings",
            await twin.TokenAsync(),
            Twin.Meeting()
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.Created);
        JsonObject created = (await Twin.ReadAsync(reply)).AsArray().ShouldHaveSingleItem()!.AsObject();
        created
            .Select(field => field.Key)
            .ShouldBe(["joinURL", "meetingid", "maxParticipants", "uniqueMeetingId", "conferenceCallInfo"]);
        long id = created["meetingid"]!.GetValue<long>();
        $"{id}".Length.ShouldBe(9);
        created["uniqueMeetingId"]!.GetValue<long>().ShouldBe(id);
        created["joinURL"]!.GetValue<string>().ShouldBe($"{twin.Host.Url}/join/{id}");
        string[] lines = created["conferenceCallInfo"]!.GetValue<string>().Split('\n');
        lines.Length.ShouldBeGreaterThan(2);
        lines[0].ShouldStartWith("United States: +1 ");
        lines[^1].ShouldBe($"Access Code: {id:000-000-000}");
    }

    [Fact]
    public async Task Reading_one_answers_dates_with_a_dot_booleans_as_text_and_no_join_url()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token);
        JsonObject read = (await ReadAsync(twin, $"meetings/{id}", token)).ShouldHaveSingleItem()!.AsObject();
        read.Select(field => field.Key)
            .ShouldBe([
                "createTime",
                "passwordRequired",
                "status",
                "subject",
                "startTime",
                "endTime",
                "duration",
                "conferenceCallInfo",
                "maxParticipants",
                "meetingId",
                "meetingKey",
                "uniqueMeetingId",
                "meetingType",
            ]);
        read["createTime"]!.GetValue<string>().ShouldBe("");
        read["passwordRequired"]!.GetValue<string>().ShouldBe("false");
        read["status"]!.GetValue<string>().ShouldBe("INACTIVE");
        read["startTime"]!.GetValue<string>().ShouldBe("2027-01-05T09:00:00.+0000");
        read["endTime"]!.GetValue<string>().ShouldBe("2027-01-05T09:30:00.+0000");
        read["duration"]!.GetValue<int>().ShouldBe(30);
        read["meetingId"]!.GetValue<long>().ShouldBe(id);
        read["meetingKey"]!.GetValue<long>().ShouldBe(id);
        read["meetingType"]!.GetValue<string>().ShouldBe("scheduled");
    }

    [Fact]
    public async Task Dates_and_slashes_are_spelled_byte_by_byte_as_recorded()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token, "Änderung & Co +1");
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}", token);
        string text = await reply.Content.ReadAsStringAsync();
        text.ShouldContain("\"startTime\":\"2027-01-05T09:00:00.+0000\"");
        text.ShouldContain("\"subject\":\"Änderung & Co +1\"");
    }

    [Fact]
    public async Task The_upcoming_list_has_the_personal_room_and_keys_beyond_double_precision()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token);
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        string raw = await reply.Content.ReadAsStringAsync();
        raw.ShouldContain("\"organizerKey\":\"7300195775692112801\"");
        JsonArray items = JsonNode.Parse(raw)!.AsArray();
        items.Count.ShouldBe(2);
        JsonNode room = items.Single(item => item!["subject"]!.GetValue<string>() == "Olivia's Meeting")!;
        room["meetingType"]!.GetValue<string>().ShouldBe("recurring");
        JsonObject mine = items.Single(item => item!["meetingId"]!.GetValue<string>() == $"{id}")!.AsObject();
        mine.Select(field => field.Key)
            .ShouldBe([
                "startTime",
                "endTime",
                "firstName",
                "lastName",
                "accountKey",
                "passwordRequired",
                "email",
                "status",
                "subject",
                "locale",
                "organizerKey",
                "meetingId",
                "meetingType",
                "conferenceCallInfo",
            ]);
        long.Parse(mine["organizerKey"]!.GetValue<string>(), CultureInfo.InvariantCulture)
            .ShouldBeGreaterThan(1L << 53);
        mine["startTime"]!.GetValue<string>().ShouldMatch(WireDate);
        mine["passwordRequired"]!.GetValue<string>().ShouldBe("false");
    }

    [Fact]
    public async Task The_deprecated_list_has_the_fields_of_the_recording()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await twin.CreateAsync(token);
        JsonObject item = (await ReadAsync(twin, "meetings?scheduled=true", token))[^1]!.AsObject();
        item.Select(field => field.Key)
            .ShouldBe([
                "startTime",
                "createTime",
                "meetingid",
                "maxParticipants",
                "passwordRequired",
                "status",
                "subject",
                "meetingType",
                "endTime",
                "uniqueMeetingId",
                "conferenceCallInfo",
            ]);
        using HttpResponseMessage neither = await twin.G2mAsync(HttpMethod.Get, "meetings", token);
        neither.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Starting_answers_an_object_and_changing_and_deleting_answer_an_empty_204()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token);
        using HttpResponseMessage start = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}/start", token);
        JsonObject reply = (await Twin.ReadAsync(start)).AsObject();
        reply.Select(field => field.Key).ShouldBe(["hostURL"]);
        Uri host = new(reply["hostURL"]!.GetValue<string>());
        Twin.Query(host, "meetingId").ShouldBe($"{id}");
        Twin.Query(host, "authenticationToken")!.Length.ShouldBeGreaterThan(40);

        using HttpResponseMessage put = await twin.G2mAsync(
            HttpMethod.Put,
            $"meetings/{id}",
            token,
            Twin.Meeting("Moved", "2027-01-06T09:00:00Z", "2027-01-06T10:00:00Z")
        );
        put.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await put.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        JsonNode after = (await ReadAsync(twin, $"meetings/{id}", token))[0]!;
        after["subject"]!.GetValue<string>().ShouldBe("Moved");
        after["duration"]!.GetValue<int>().ShouldBe(60);

        using HttpResponseMessage delete = await twin.G2mAsync(HttpMethod.Delete, $"meetings/{id}", token);
        delete.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await delete.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        using HttpResponseMessage gone = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}", token);
        gone.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Twin.ReadAsync(gone)).AsObject().Select(field => field.Key).ShouldBe(["int_err_code", "msg"]);
    }

    [Fact]
    public async Task Co_organizers_are_told_only_where_there_are_some_and_may_start_the_meeting()
    {
        await using Twin twin = await Twin.StartAsync();
        string olivia = await twin.TokenAsync();
        string oscar = await twin.TokenAsync(Twin.Oscar);
        string body = Twin.Meeting()
            .Replace("{\"subject\"", "{\"coorganizerKeys\":[\"7300195775692112813\"],\"subject\"");
        using HttpResponseMessage made = await twin.G2mAsync(HttpMethod.Post, "meetings", olivia, body);
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        long id = (await Twin.ReadAsync(made))[0]!["meetingid"]!.GetValue<long>();
        JsonNode read = (await ReadAsync(twin, $"meetings/{id}", olivia))[0]!;
        read["coorganizerKeys"]!.ToJsonString().ShouldBe("[\"7300195775692112813\"]");

        using HttpResponseMessage start = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}/start", oscar);
        start.StatusCode.ShouldBe(HttpStatusCode.OK);
        long other = await twin.CreateAsync(olivia);
        using HttpResponseMessage refused = await twin.G2mAsync(HttpMethod.Get, $"meetings/{other}/start", oscar);
        refused.StatusCode.ShouldBe(HttpStatusCode.NotFound);

        string stranger = body.Replace("7300195775692112813", "7300195775692112839");
        using HttpResponseMessage bad = await twin.G2mAsync(HttpMethod.Post, "meetings", olivia, stranger);
        bad.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Meetings_that_are_over_leave_the_upcoming_list_and_a_clock_moved_back_hides_none()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync(extra: ",\"expiresInSeconds\":300000000");
        await twin.CreateAsync(token);
        (await ReadAsync(twin, "upcomingMeetings", token)).Count.ShouldBe(2);
        await twin.ControlAsync("clock", """{"advanceSeconds":-3600}""");
        (await ReadAsync(twin, "upcomingMeetings", token)).Count.ShouldBe(2);
        await twin.ControlAsync("clock", """{"to":"2027-01-05T09:30:01Z"}""");
        (await ReadAsync(twin, "upcomingMeetings", token)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Paths_the_edge_does_not_route_answer_its_own_error_shape()
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, "/goto/G2M/rest/v2/me");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await twin.TokenAsync());
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        reply.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Twin.ReadAsync(reply))["errorCode"]!.GetValue<string>().ShouldBe("NOT_FOUND");
    }

    private static async Task<JsonArray> ReadAsync(Twin twin, string path, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, path, token);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return (await Twin.ReadAsync(reply)).AsArray();
    }
}
