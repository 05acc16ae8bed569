using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using NodaTime;

namespace Parley.Sandbox.Tests;

/// <summary>Sessions, attendees and recordings as the quirk wire tells them (reference §2.4, §3).</summary>
public sealed class HistoryTests
{
    private const string Range = "startDate=2026-09-01T00:00:00Z&endDate=2026-11-01T00:00:00Z";
    private const string OliviaKey = "7300195775692112801";
    private const string OscarKey = "7300195775692112813";
    private const string FionaKey = "7300195775692112839";

    private const string TwoRuns = """
        {"organizer":"olivia@northwind.example","sessions":[
          {"startedAt":"2026-10-01T09:00:00Z","minutes":45,"subject":"Held",
           "attendees":[{"name":"Alice","email":"alice@customer.example","joinedAt":"2026-10-01T09:05:00Z","leftAt":"2026-10-01T09:25:00Z"},
                        {"name":"Guest"}]}]}
        """;

    [Fact]
    public async Task History_has_a_row_per_session_with_numbers_as_text_and_dates_with_a_dot()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (string meeting, string session) = await HeldAsync(twin);
        await twin.ControlAsync($"meetings/{meeting}/run", """{"startedAt":"2026-10-01T10:00:00Z","minutes":5}""");
        JsonArray rows = await ListAsync(twin, $"historicalMeetings?{Range}", token);
        rows.Count.ShouldBe(2);
        rows.Select(row => row!["meetingId"]!.GetValue<string>()).ShouldAllBe(id => id == meeting);
        rows.Select(row => row!["sessionId"]!.GetValue<string>()).Distinct().Count().ShouldBe(2);
        JsonObject first = rows[0]!.AsObject();
        first
            .Select(field => field.Key)
            .ShouldBe(
                [
                    "startTime",
                    "endTime",
                    "firstName",
                    "lastName",
                    "duration",
                    "numAttendees",
                    "accountKey",
                    "email",
                    "sessionId",
                    "subject",
                    "locale",
                    "organizerKey",
                    "meetingId",
                    "meetingType",
                    "conferenceCallInfo",
                ],
                ignoreOrder: true
            );
        first["sessionId"]!.GetValue<string>().ShouldBe(session);
        first["startTime"]!.GetValue<string>().ShouldBe("2026-10-01T09:00:00.+0000");
        first["duration"]!.GetValue<string>().ShouldBe("45");
        first["numAttendees"]!.GetValue<string>().ShouldBe("3");
        first["organizerKey"]!.GetValue<string>().ShouldBe(OliviaKey);
        first["conferenceCallInfo"]!.GetValue<string>().ShouldContain('\n');
    }

    [Fact]
    public async Task Sessions_are_chosen_by_their_start_and_a_running_one_is_left_out_until_it_ends()
    {
        FixedClock clock = new(Instant.FromUtc(2026, 10, 5, 9, 0));
        await using Twin twin = await Twin.StartAsync(clock: clock);
        string token = await twin.TokenAsync();
        await HeldAsync(twin);
        (
            await ListAsync(
                twin,
                "historicalMeetings?startDate=2026-10-01T09:00:00Z&endDate=2026-10-01T09:00:00Z",
                token
            )
        ).Count.ShouldBe(1);
        (
            await ListAsync(
                twin,
                "historicalMeetings?startDate=2026-10-01T09:00:01Z&endDate=2026-10-01T23:00:00Z",
                token
            )
        ).ShouldBeEmpty();

        long id = await twin.CreateAsync(token);
        string key = await HostKeyAsync(twin, id, token);
        await ActAsync(twin, id, key, "start");
        (await ListAsync(twin, $"historicalMeetings?{Range}", token)).Count.ShouldBe(1);
        JsonNode upcoming = (await ListAsync(twin, "upcomingMeetings", token)).Single(row =>
            row!["meetingId"]!.GetValue<string>() == $"{id}"
        )!;
        upcoming["status"]!.GetValue<string>().ShouldBe("ACTIVE");
        (await ListAsync(twin, $"meetings/{id}/attendees", token)).ShouldBeEmpty();
        clock.Now += Duration.FromMinutes(10);
        await ActAsync(twin, id, key, "end");
        clock.Now += Duration.FromMinutes(1);
        await ActAsync(twin, id, key, "start");
        clock.Now += Duration.FromMinutes(5);
        await ActAsync(twin, id, key, "end");
        JsonArray rows = await ListAsync(twin, $"historicalMeetings?{Range}", token);
        rows.Select(row => row!["duration"]!.GetValue<string>()).ShouldBe(["45", "10", "5"]);
        rows.Skip(1).ShouldAllBe(row => row!["meetingId"]!.GetValue<string>() == $"{id}");
    }

    [Theory]
    [InlineData("historicalMeetings")]
    [InlineData("historicalMeetings?startDate=2026-10-01T09:00:00Z")]
    [InlineData("historicalMeetings?startDate=2026-10-02T09:00:00Z&endDate=2026-10-01T09:00:00Z")]
    [InlineData("historicalMeetings?startDate=yesterday&endDate=2026-10-01T09:00:00Z")]
    [InlineData("organizers/7300195775692112801/historicalMeetings")]
    [InlineData("organizers/7300195775692112801/attendees")]
    [InlineData("meetings")]
    [InlineData("meetings?history=true")]
    [InlineData($"meetings?scheduled=true&history=true&{Range}")]
    [InlineData("organizers/7300195775692112801/meetings?scheduled=false")]
    [InlineData("groups/1/upcomingMeetings")]
    public async Task What_a_list_needs_and_does_not_get_is_a_400(string path)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (await StatusAsync(twin, HttpMethod.Get, $"historicalMeetings?{Range}", token)).ShouldBe(HttpStatusCode.OK);
        foreach (string mode in new[] { "quirk", "spec" })
        {
            await twin.ControlAsync("settings", $$"""{"wireMode":"{{mode}}"}""");
            (await StatusAsync(twin, HttpMethod.Get, path, token)).ShouldBe(HttpStatusCode.BadRequest, mode);
        }
    }

    [Fact]
    public async Task Un_padded_dates_are_taken_in_queries()
    {
        await using Twin twin = await Twin.StartAsync();
        await HeldAsync(twin);
        string token = await twin.TokenAsync();
        (
            await ListAsync(twin, "historicalMeetings?startDate=2026-9-1T0:0:0Z&endDate=2026-11-1T0:0:0", token)
        ).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Attendees_of_a_meeting_come_from_all_its_sessions_with_the_organizers_address_and_their_own()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (string meeting, string session) = await HeldAsync(twin);
        await twin.ControlAsync($"meetings/{meeting}/run", """{"startedAt":"2026-10-08T10:00:00Z"}""");
        JsonArray rows = await ListAsync(twin, $"meetings/{meeting}/attendees", token);
        rows.Count.ShouldBe(4);
        rows.Select(row => row!["meetingInstanceKey"]!.ToJsonString()).Distinct().Count().ShouldBe(2);
        JsonNode alice = rows.Single(row => row!["attendeeName"]!.GetValue<string>() == "Alice")!;
        alice["name"]!.GetValue<string>().ShouldBe("Alice");
        alice["email"]!.GetValue<string>().ShouldBe(Twin.Olivia);
        alice["attendeeEmail"]!.GetValue<string>().ShouldBe("alice@customer.example");
        alice["groupName"]!.GetValue<string>().ShouldBe("NA");
        alice["duration"]!.GetValue<int>().ShouldBe(45);
        alice["joinTime"]!.GetValue<string>().ShouldBe("2026-10-01T09:05:00.+0000");
        alice["leaveTime"]!.GetValue<string>().ShouldBe("2026-10-01T09:25:00.+0000");
        alice["organizerkey"]!.ToJsonString().ShouldBe(OliviaKey);
        alice["meetingInstanceKey"]!.ToJsonString().ShouldBe(session);
        JsonNode guest = rows.Single(row => row!["attendeeName"]!.GetValue<string>() == "Guest")!;
        guest["attendeeEmail"]!.GetValue<string>().ShouldBe("");

        JsonArray mine = await ListAsync(twin, $"organizers/{OliviaKey}/attendees?{Range}", token);
        JsonNode same = mine.Single(row => row!["attendeeName"]!.GetValue<string>() == "Alice")!;
        same["name"]!.GetValue<string>().ShouldBe("Olivia Organizer");
        same["duration"]!.GetValue<int>().ShouldBe(20);
        same["newMeetingId"]!
            .GetValue<string>()
            .ShouldBe(
                long.Parse(meeting, CultureInfo.InvariantCulture).ToString("000-000-000", CultureInfo.InvariantCulture)
            );

        await twin.ControlAsync("settings", """{"guestEmail":"NA","sessionIdIsInstanceKey":false}""");
        JsonArray switched = await ListAsync(twin, $"meetings/{meeting}/attendees", token);
        switched.Single(row => row!["attendeeName"]!.GetValue<string>() == "Guest")!["attendeeEmail"]!
            .GetValue<string>()
            .ShouldBe("NA");
        switched.ShouldAllBe(row => row!["meetingInstanceKey"]!.ToJsonString() != session);
        switched.Select(row => row!["meetingInstanceKey"]!.ToJsonString()).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Someone_who_comes_back_is_one_attendee_with_two_stays()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token);
        await twin.ControlAsync(
            $"meetings/{id}/run",
            """
            {"startedAt":"2026-10-01T09:00:00Z","hostCame":false,"attendees":[
              {"name":"Alice","leftAt":"2026-10-01T09:05:00Z"},{"name":"Alice","joinedAt":"2026-10-01T09:10:00Z"}]}
            """
        );
        (await ListAsync(twin, $"historicalMeetings?{Range}", token))[0]!["numAttendees"]!
            .GetValue<string>()
            .ShouldBe("1");
        (await ListAsync(twin, $"meetings/{id}/attendees", token)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_recording_is_absent_until_it_has_been_processed_and_may_have_no_link_of_its_own()
    {
        FixedClock clock = new(Instant.FromUtc(2026, 10, 5, 9, 0));
        await using Twin twin = await Twin.StartAsync(clock: clock);
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token, "Recorded");
        string key = await HostKeyAsync(twin, id, token);
        await ActAsync(twin, id, key, "start");
        await ActAsync(twin, id, key, "record");
        clock.Now += Duration.FromMinutes(20);
        await ActAsync(twin, id, key, "end");
        clock.Now += Duration.FromMinutes(14);
        (await ListAsync(twin, $"historicalMeetings?{Range}", token))[0]!["recording"].ShouldBeNull();
        clock.Now += Duration.FromMinutes(1);
        JsonNode recording = (await ListAsync(twin, $"historicalMeetings?{Range}", token))[0]!["recording"]!;
        recording["recordingName"]!.GetValue<string>().ShouldBe("Recorded");
        recording["fileSize"]!.GetValue<long>().ShouldBeGreaterThan(1_000_000);
        recording["shareUrl"]!
            .GetValue<string>()
            .ShouldBe($"https://transcripts.gotomeeting.com/#/s/{recording["recordingId"]}");
        recording["downloadUrl"]!.GetValue<string>().ShouldEndWith(".mp4");

        await twin.ControlAsync(
            $"meetings/{id}/run",
            """{"minutes":10,"recording":{"name":"Other","fileSize":77,"readyAfterMinutes":0,"shared":false}}"""
        );
        JsonNode other = (await ListAsync(twin, $"historicalMeetings?{Range}", token)).Single(row =>
            row!["duration"]!.GetValue<string>() == "10"
        )!["recording"]!;
        other["shareUrl"]!.GetValue<string>().ShouldBe("https://transcripts.gotomeeting.com");
        other["fileSize"]!.GetValue<long>().ShouldBe(77);
    }

    [Fact]
    public async Task The_deprecated_history_has_every_key_under_every_name_and_empty_texts_for_what_is_retired()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (string meeting, string session) = await HeldAsync(twin);
        JsonNode row = (await ListAsync(twin, $"meetings?history=TRUE&{Range}", token)).ShouldHaveSingleItem()!;
        foreach (string name in new[] { "meetingId", "meetingKey", "uniqueMeetingId" })
        {
            row[name]!.ToJsonString().ShouldBe(meeting, name);
        }

        foreach (string name in new[] { "organizerkey", "organizerKey", "newOrganizerKey" })
        {
            row[name]!.GetValue<string>().ShouldBe(OliviaKey, name);
        }

        foreach (string name in new[] { "passwordRequired", "status", "groupName" })
        {
            row[name]!.GetValue<string>().ShouldBe("", name);
        }

        row["sessionId"]!.ToJsonString().ShouldBe(session);
        row["date"]!.GetValue<string>().ShouldBe(row["startTime"]!.GetValue<string>());
        row["numAttendees"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task Cleaning_up_takes_the_recording_the_attendees_or_the_whole_session()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (string meeting, string session) = await HeldAsync(twin);
        string path = $"organizers/{OliviaKey}/sessions/{session}";
        (await StatusAsync(twin, HttpMethod.Delete, $"organizers/{OscarKey}/sessions/{session}", token)).ShouldBe(
            HttpStatusCode.NotFound
        );
        (await StatusAsync(twin, HttpMethod.Delete, path, await twin.TokenAsync(Twin.Oscar))).ShouldBe(
            HttpStatusCode.Forbidden
        );
        (await StatusAsync(twin, HttpMethod.Delete, $"{path}/attendees", token)).ShouldBe(HttpStatusCode.NoContent);
        (await ListAsync(twin, $"historicalMeetings?{Range}", token))[0]!["numAttendees"]!
            .GetValue<string>()
            .ShouldBe("0");
        (await ListAsync(twin, $"meetings/{meeting}/attendees", token)).ShouldBeEmpty();
        (await StatusAsync(twin, HttpMethod.Delete, $"{path}/recordings", token)).ShouldBe(HttpStatusCode.NoContent);
        (await StatusAsync(twin, HttpMethod.Delete, path, token)).ShouldBe(HttpStatusCode.NoContent);
        (await ListAsync(twin, $"historicalMeetings?{Range}", token)).ShouldBeEmpty();
        (await StatusAsync(twin, HttpMethod.Delete, path, token)).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_removed_meeting_keeps_its_past()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (string meeting, _) = await HeldAsync(twin);
        (await StatusAsync(twin, HttpMethod.Delete, $"meetings/{meeting}", token)).ShouldBe(HttpStatusCode.NoContent);
        (await StatusAsync(twin, HttpMethod.Get, $"meetings/{meeting}", token)).ShouldBe(HttpStatusCode.NotFound);
        (await ListAsync(twin, $"historicalMeetings?{Range}", token)).Count.ShouldBe(1);
        (await ListAsync(twin, $"meetings/{meeting}/attendees", token)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Another_accounts_meetings_and_organizers_are_not_there()
    {
        await using Twin twin = await Twin.StartAsync();
        (string meeting, _) = await HeldAsync(twin);
        string fiona = await twin.TokenAsync(Twin.Fiona);
        (await StatusAsync(twin, HttpMethod.Get, $"meetings/{meeting}/attendees", await twin.TokenAsync())).ShouldBe(
            HttpStatusCode.OK
        );
        foreach (
            string path in new[]
            {
                $"meetings/{meeting}",
                $"meetings/{meeting}/start",
                $"meetings/{meeting}/attendees",
                $"organizers/{OliviaKey}",
                $"organizers/{OliviaKey}/upcomingMeetings",
                $"organizers/{OliviaKey}/historicalMeetings?{Range}",
            }
        )
        {
            (await StatusAsync(twin, HttpMethod.Get, path, fiona)).ShouldBe(HttpStatusCode.NotFound, path);
        }

        (await StatusAsync(twin, HttpMethod.Get, $"organizers/{FionaKey}/upcomingMeetings", fiona)).ShouldBe(
            HttpStatusCode.OK
        );
    }

    private static async Task<(string Meeting, string Session)> HeldAsync(Twin twin)
    {
        JsonNode made = await twin.ControlAsync("sessions", TwoRuns, HttpStatusCode.Created);
        return (made["meetingIds"]![0]!.GetValue<string>(), made["sessionIds"]![0]!.GetValue<string>());
    }

    private static async Task<string> HostKeyAsync(Twin twin, long id, string token)
    {
        using HttpResponseMessage start = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}/start", token);
        return Twin.Query(
            new Uri((await Twin.ReadAsync(start))["hostURL"]!.GetValue<string>()),
            "authenticationToken"
        )!;
    }

    private static async Task ActAsync(Twin twin, long id, string key, string deed)
    {
        using HttpResponseMessage reply = await twin.PostFormAsync(
            $"/host/{id}",
            ("authenticationToken", key),
            ("deed", deed)
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    private static async Task<HttpStatusCode> StatusAsync(Twin twin, HttpMethod method, string path, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(method, path, token);
        return reply.StatusCode;
    }

    private static async Task<JsonArray> ListAsync(Twin twin, string path, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, path, token);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return (await Twin.ReadAsync(reply)).AsArray();
    }
}
