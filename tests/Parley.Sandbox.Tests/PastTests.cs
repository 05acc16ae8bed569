using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>A past made up by the control API: thousands of sessions, durable, listed as they are written.</summary>
public sealed class PastTests
{
    private const string Range = "startDate=2026-09-01T00:00:00Z&endDate=2026-11-01T00:00:00Z";

    [Fact]
    public async Task Five_thousand_sessions_take_seconds_and_are_listed_in_one_answer_also_after_a_restart()
    {
        string folder = Directory.CreateTempSubdirectory("sandbox-history-").FullName;
        try
        {
            const string wide = "startDate=2024-01-01T00:00:00Z&endDate=2027-01-01T00:00:00Z";
            JsonArray before;
            long started = TimeProvider.System.GetTimestamp();
            await using (Twin twin = await Twin.StartAsync(folder))
            {
                JsonNode made = await twin.ControlAsync(
                    "sessions",
                    """
                    {"organizer":"olivia@northwind.example","count":5000,"from":"2024-11-01T00:00:00Z","to":"2026-11-01T00:00:00Z",
                     "meetings":40,"attendees":3,"minutes":20,"recordingEvery":10}
                    """,
                    HttpStatusCode.Created
                );
                made["sessions"]!.GetValue<int>().ShouldBe(5000);
                made["attendees"]!.GetValue<int>().ShouldBe(20_000);
                made["meetingIds"]!.AsArray().Count.ShouldBe(40);
                before = await ListAsync(twin, $"historicalMeetings?{wide}", await twin.TokenAsync());
                TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(15));
                before.Count.ShouldBe(5000);
                before.Count(row => row!["recording"] is not null).ShouldBe(500);
                JsonNode entry = (await twin.ControlAsync("log?operation=meetings.history"))["items"]!
                    .AsArray()
                    .ShouldHaveSingleItem()!;
                entry["status"]!.GetValue<int>().ShouldBe(200);
                entry["responseBody"]!.GetValue<string>().Length.ShouldBeLessThan(20_000);
            }

            await using Twin again = await Twin.StartAsync(folder);
            JsonArray after = await ListAsync(again, $"historicalMeetings?{wide}", await again.TokenAsync());
            // The second run listens on another port, and links to recordings say so.
            foreach (JsonNode? row in before.Concat(after))
            {
                (row!["recording"] as JsonObject)?.Remove("downloadUrl").ShouldBeTrue();
            }

            JsonNode.DeepEquals(after, before).ShouldBeTrue();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("truncate")]
    [InlineData("applyThenDrop")]
    [InlineData("html")]
    public async Task Faults_still_spoil_an_answer_that_would_be_streamed(string kind)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await twin.ControlAsync(
            "sessions",
            """{"organizer":"olivia@northwind.example","count":300,"from":"2026-09-02T00:00:00Z","to":"2026-10-30T00:00:00Z"}"""
        );
        await twin.ControlAsync("faults", $$"""{"operation":"meetings.history","kind":"{{kind}}","times":1}""");
        if (kind == "html")
        {
            using HttpResponseMessage page = await twin.G2mAsync(HttpMethod.Get, $"historicalMeetings?{Range}", token);
            page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        }
        else
        {
            await Should.ThrowAsync<HttpRequestException>(() =>
                twin.G2mAsync(HttpMethod.Get, $"historicalMeetings?{Range}", token)
            );
        }

        (await ListAsync(twin, $"historicalMeetings?{Range}", token)).Count.ShouldBe(300);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"organizer":"olivia@northwind.example"}""")]
    [InlineData("""{"organizer":"olivia@northwind.example","count":5}""")]
    [InlineData(
        """{"organizer":"olivia@northwind.example","count":5,"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"}"""
    )]
    [InlineData(
        """{"organizer":"olivia@northwind.example","count":20001,"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}"""
    )]
    [InlineData("""{"organizer":"olivia@northwind.example","sessions":[{"minutes":5}]}""")]
    [InlineData("""{"organizer":"olivia@northwind.example","sessions":[{"startedAt":"9999-12-31T23:59:00Z"}]}""")]
    [InlineData(
        """{"organizer":"olivia@northwind.example","sessions":[{"startedAt":"2026-01-01T00:00:00Z","recording":{"colour":1}}]}"""
    )]
    [InlineData(
        """{"organizer":"olivia@northwind.example","sessions":[{"startedAt":"2026-01-01T00:00:00Z","meetingId":"1"}]}""",
        404
    )]
    [InlineData("""{"organizer":"nobody@northwind.example","sessions":[]}""", 404)]
    public async Task A_past_that_does_not_fit_is_refused_and_nothing_of_it_happens(string body, int status = 400)
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("sessions", body, (HttpStatusCode)status);
        (await twin.ControlAsync("sessions"))["items"]!.AsArray().ShouldBeEmpty();
        (await twin.MeetingsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_control_list_of_sessions_is_by_organizer_and_by_meeting()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode made = await twin.ControlAsync(
            "sessions",
            """{"organizer":"olivia@northwind.example","sessions":[{"startedAt":"2026-10-01T09:00:00Z"}]}"""
        );
        string meeting = made["meetingIds"]![0]!.GetValue<string>();
        string session = made["sessionIds"]![0]!.GetValue<string>();
        JsonNode row = (await twin.ControlAsync($"sessions?meetingId={meeting}"))["items"]!
            .AsArray()
            .ShouldHaveSingleItem()!;
        row["id"]!.GetValue<string>().ShouldBe(session);
        row["meetingId"]!.GetValue<string>().ShouldBe(meeting);
        (await twin.ControlAsync($"sessions?organizer={Twin.Olivia}"))["items"]!.AsArray().Count.ShouldBe(1);
        (await twin.ControlAsync($"sessions?organizer={Twin.Oscar}"))["items"]!.AsArray().ShouldBeEmpty();
    }

    private static async Task<JsonArray> ListAsync(Twin twin, string path, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, path, token);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return (await Twin.ReadAsync(reply)).AsArray();
    }
}
