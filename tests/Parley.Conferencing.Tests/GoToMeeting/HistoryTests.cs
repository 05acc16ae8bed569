using System.Net;
using System.Text;
using System.Web;
using NodaTime;
using NodaTime.Text;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

/// <summary>The walk through what was held: tolerance, pieces, streaming.</summary>
public sealed class HistoryTests
{
    private const string Own = "GET /G2M/rest/historicalMeetings";
    private static readonly Instant From = Instant.FromUtc(2024, 11, 20, 12, 0);
    private static readonly HistoryQuery TwoYears = new() { From = From, To = Now };

    [Fact]
    public async Task Every_form_a_row_was_seen_in_is_read()
    {
        var under = new GoToUnderTest();
        under.Network.On(
            Own,
            HttpStatusCode.OK,
            """
            [{"startTime":"2025-03-03T14:00:10.+0000","endTime":"2025-03-03T14:40:20.+0000","firstName":"Olivia","lastName":"Organizer",
              "duration":"40","numAttendees":"3","accountKey":"42","email":"o@example.org","sessionId":"7300195775692112874123",
              "subject":"R&amp;D &lt;weekly&gt; [K7Q2M]","locale":"en_US","organizerKey":"7300195775692112801","meetingId":"525164341",
              "meetingType":"scheduled","conferenceCallInfo":"",
              "recording":{"recordingName":"r","recordingId":"1","downloadUrl":"https://storage.example/r.mp4?sig=1","fileSize":1,"shareUrl":"https://transcripts.gotomeeting.com/#/s/abc"}},
             {"startTime":"2025-03-04T14:00:10Z","endTime":"2025-03-04T14:40:20Z","duration":40,"numAttendees":0,"sessionId":12,
              "subject":"Numbers","organizerKey":7300195775692112801,"meetingId":525164342,
              "recording":{"shareUrl":"https://transcripts.gotomeeting.com","downloadUrl":""}},
             {"date":"2025-03-05T14:00:10.+0000","endTime":"","duration":25,"numAttendees":"","meetingInstanceKey":300000000001087884,"meetingId":340974607,"subject":"Old"}]
            """
        );
        var seen = await WalkAsync(under, TwoYears);

        seen.Count.ShouldBe(3);
        seen[0].MeetingId.ShouldBe("525164341");
        seen[0].SessionId.ShouldBe("7300195775692112874123");
        seen[0].Subject.ShouldBe("R&D <weekly> [K7Q2M]");
        (seen[0].SubjectWithoutMarker, seen[0].MarkerCandidate).ShouldBe(("R&D <weekly>", "K7Q2M"));
        seen[0].StartedAt.ShouldBe(Instant.FromUtc(2025, 3, 3, 14, 0, 10));
        seen[0].EndedAt.ShouldBe(Instant.FromUtc(2025, 3, 3, 14, 40, 20));
        seen[0].AttendeeCount.ShouldBe(3);
        seen[0].Organizer.ShouldBe(new OrganizerIdentity("7300195775692112801", "o@example.org", "Olivia Organizer"));
        seen[0]
            .Recording.ShouldBe(
                new Recording("https://transcripts.gotomeeting.com/#/s/abc", "https://storage.example/r.mp4?sig=1")
            );
        (seen[1].SessionId, seen[1].AttendeeCount, seen[1].Recording).ShouldBe(("12", 0, null));
        seen[1].Organizer!.Key.ShouldBe("7300195775692112801");
        (seen[2].SessionId, seen[2].AttendeeCount).ShouldBe(("300000000001087884", null));
        seen[2].EndedAt.ShouldBe(Instant.FromUtc(2025, 3, 5, 14, 25, 10));
    }

    [Theory]
    [InlineData("http://transcripts.gotomeeting.com/#/s/abc")]
    [InlineData("javascript:alert(1)")]
    [InlineData("https://transcripts.gotomeeting.com/#/s/")]
    [InlineData("https://transcripts.gotomeeting.com/")]
    [InlineData("https://user@evil.example/x")]
    [InlineData("NA")]
    public async Task A_share_link_that_leads_nowhere_or_astray_is_none(string url)
    {
        var under = new GoToUnderTest();
        under.Network.On(Own, HttpStatusCode.OK, $"[{Row(From, recording: url)}]");
        (await WalkAsync(under, TwoYears)).ShouldHaveSingleItem().Recording.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_not_over_or_not_of_the_window_is_left_out()
    {
        var under = new GoToUnderTest();
        var running = Row(Now - Duration.FromMinutes(10)).Replace("\"duration\":\"30\",", "", StringComparison.Ordinal);
        under.Network.On(
            Own,
            HttpStatusCode.OK,
            $"[{running},{Row(From)},{Row(Now - Duration.FromMinutes(5))},{Row(From - Duration.FromSeconds(1))},{Row(Now)}]"
        );
        (await WalkAsync(under, TwoYears)).ShouldHaveSingleItem().StartedAt.ShouldBe(From);
        under
            .Network.Sent.ShouldHaveSingleItem()
            .Url.ShouldEndWith("?startDate=2024-11-20T12:00:00Z&endDate=2026-11-20T12:00:00Z");
    }

    [Fact]
    public async Task Another_organizers_history_has_its_own_address()
    {
        var under = new GoToUnderTest();
        under.Network.On("GET /G2M/rest/organizers/7300195775692112813/historicalMeetings", HttpStatusCode.OK, "[]");
        (await WalkAsync(under, TwoYears with { OrganizerKey = "7300195775692112813" })).ShouldBeEmpty();

        var odd = await under.Provider.Records.WalkHistoryAsync(
            under.Access,
            TwoYears with
            {
                OrganizerKey = "../admin",
            },
            (_, _) => ValueTask.CompletedTask,
            default
        );
        odd.Failure!.Code.ShouldBe(FailureCodes.OrganizerNotFound);
        under.Network.Sent.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(7)]
    [InlineData(1)]
    public async Task A_window_refused_is_halved_until_taken_and_no_session_comes_twice(int widestDays)
    {
        var under = new GoToUnderTest();
        var query = TwoYears with { From = Now - Duration.FromDays(100) };
        // A session on each hour, so that some start exactly on an edge; this service takes both edges as within.
        var starts = Enumerable.Range(0, 24 * 100 - 1).Select(hour => query.From + Duration.FromHours(hour)).ToList();
        for (var i = 0; i < 400; i++)
        {
            under.Network.On(
                Own,
                _ =>
                {
                    var (from, to) = Window(under.Network.Sent[^1].Url);
                    return Task.FromResult(
                        to - from > Duration.FromDays(widestDays)
                            ? ScriptedHandler.Reply(HttpStatusCode.BadRequest, """{"msg":"too wide"}""")
                            : ScriptedHandler.Reply(
                                HttpStatusCode.OK,
                                $"[{string.Join(',', starts.Where(start => start >= from && start <= to).Select(start => Row(start)))}]"
                            )
                    );
                }
            );
        }

        var seen = await WalkAsync(under, query);
        seen.Select(session => session.StartedAt).ShouldBe(starts);
        // What was refused once is not tried again.
        under.Network.Sent.Count.ShouldBeLessThan(2 * 100 / widestDays + 10);
    }

    [Fact]
    public async Task A_400_to_a_single_day_ends_the_walk()
    {
        var under = new GoToUnderTest();
        for (var i = 0; i < 20; i++)
            under.Network.On(Own, HttpStatusCode.BadRequest, """{"msg":"no"}""");
        var failure = await FailAsync(under);
        (failure.Kind, failure.HttpStatus).ShouldBe((FailureKind.Rejected, 400));
        under.Network.Sent.Count.ShouldBeLessThan(13);
    }

    [Fact]
    public async Task A_list_that_breaks_half_way_shows_what_came_and_is_not_asked_again()
    {
        var under = new GoToUnderTest();
        under.Network.On(Own, () => Answer(new BreakingStream($"[{Row(From)},{Row(From + Duration.FromDays(1))},")));
        var seen = new List<HeldSession>();
        var walked = await under.Provider.Records.WalkHistoryAsync(under.Access, TwoYears, Into(seen), default);
        (walked.Failure!.Kind, walked.Failure.Code).ShouldBe((FailureKind.Unknown, FailureCodes.ConnectionLost));
        seen.Count.ShouldBe(2);
        under.Network.Sent.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",{\"subject\":\"no id\"}]")]
    [InlineData(",null]")]
    [InlineData(",{\"meetingId\":\"1\",\"startTime\":\"soon\"}]")]
    [InlineData("] trailing")]
    public async Task A_list_that_cannot_be_read_to_its_end_is_no_success(string end)
    {
        var under = new GoToUnderTest();
        under.Network.On(Own, HttpStatusCode.OK, $"[{Row(From)}{end}");
        var failure = await FailAsync(under);
        (failure.Kind, failure.Code).ShouldBe((FailureKind.Unknown, FailureCodes.Unreadable));
    }

    [Fact]
    public async Task Trouble_before_the_first_session_is_got_over()
    {
        var under = new GoToUnderTest();
        under
            .Network.On(Own, HttpStatusCode.BadGateway, "<html>", "text/html")
            .On(Own, () => Answer(new BreakingStream("[")))
            .On(Own, HttpStatusCode.OK, $"\uFEFF \n[{Row(From)}]");
        (await WalkAsync(under, TwoYears)).Count.ShouldBe(1);
        under.Network.Sent.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(403, """{"int_err_code":"InvalidToken","msg":"Invalid token passed"}""", FailureKind.TokenRefused)]
    [InlineData(403, """{"int_err_code":"AccessDenied","msg":"no"}""", FailureKind.Rejected)]
    [InlineData(200, """{"message":"This endpoint is no longer valid, see https://x/"}""", FailureKind.Rejected)]
    [InlineData(200, "<html></html>", FailureKind.Unknown)]
    [InlineData(200, "", FailureKind.Unknown)]
    [InlineData(200, "{}", FailureKind.Unknown)]
    public async Task Another_answer_than_a_list_says_what_it_is(int status, string body, FailureKind kind)
    {
        var under = new GoToUnderTest();
        for (var i = 0; i < 3; i++)
            under.Network.On(Own, (HttpStatusCode)status, body);
        (await FailAsync(under)).Kind.ShouldBe(kind);
    }

    [Fact]
    public async Task A_session_of_megabytes_is_not_taken_but_a_list_of_megabytes_is()
    {
        var under = new GoToUnderTest();
        var rows = Enumerable.Range(0, 20_000).Select(i => Row(From + Duration.FromMinutes(i)));
        under.Network.On(Own, HttpStatusCode.OK, $"[{string.Join(",\n", rows)}]");
        under.Network.Sent.ShouldBeEmpty();
        (await WalkAsync(under, TwoYears)).Count.ShouldBe(20_000);

        under.Network.On(
            Own,
            HttpStatusCode.OK,
            $"[{Row(From).Replace("Held", new string('x', 3_000_000), StringComparison.Ordinal)}]"
        );
        (await FailAsync(under)).Code.ShouldBe(FailureCodes.Unreadable);
    }

    [Fact]
    public async Task The_list_is_read_as_it_is_visited_never_far_ahead()
    {
        var under = new GoToUnderTest();
        var body = new EndlessRows(60_000);
        under.Network.On(Own, () => Answer(body));
        var (count, furthest) = (0, 0);
        var walked = await under.Provider.Records.WalkHistoryAsync(
            under.Access,
            TwoYears,
            (_, _) =>
            {
                furthest = Math.Max(furthest, body.Given - count++);
                return ValueTask.CompletedTask;
            },
            default
        );
        walked.Failure.ShouldBeNull();
        count.ShouldBe(60_000);
        furthest.ShouldBeLessThan(500);
    }

    [Fact]
    public async Task A_visitor_who_stops_the_walk_stops_it()
    {
        var under = new GoToUnderTest();
        under.Network.On(Own, HttpStatusCode.OK, $"[{Row(From)},{Row(From)}]");
        await Should.ThrowAsync<InvalidTimeZoneException>(() =>
            under.Provider.Records.WalkHistoryAsync(
                under.Access,
                TwoYears,
                (_, _) => throw new InvalidTimeZoneException(),
                default
            )
        );
    }

    private static async Task<List<HeldSession>> WalkAsync(GoToUnderTest under, HistoryQuery query)
    {
        var seen = new List<HeldSession>();
        (
            await under.Provider.Records.WalkHistoryAsync(under.Access, query, Into(seen), default)
        ).Failure.ShouldBeNull();
        return seen;
    }

    private static async Task<ProviderFailure> FailAsync(GoToUnderTest under) =>
        (
            await under.Provider.Records.WalkHistoryAsync(under.Access, TwoYears, Into([]), default)
        ).Failure.ShouldNotBeNull();

    private static Func<HeldSession, CancellationToken, ValueTask> Into(List<HeldSession> seen) =>
        (session, _) =>
        {
            seen.Add(session);
            return ValueTask.CompletedTask;
        };

    private static (Instant From, Instant To) Window(string url)
    {
        var query = HttpUtility.ParseQueryString(new Uri(url).Query);
        return (Read("startDate"), Read("endDate"));

        Instant Read(string name) => InstantPattern.General.Parse(query[name]!).Value;
    }

    internal static string Row(Instant start, string? recording = null) =>
        $$"""{"startTime":"{{InstantPattern.General.Format(start)}}","duration":"30","numAttendees":"2","sessionId":"{{start.ToUnixTimeSeconds()}}","meetingId":"525164341","organizerKey":"7300195775692112801","subject":"Held"{{(
            recording is null ? "" : $",\"recording\":{{\"shareUrl\":\"{recording}\"}}"
        )}}}""";

    private static HttpResponseMessage Answer(Stream body) =>
        new(HttpStatusCode.OK) { Content = new StreamContent(body) };

    /// <summary>Breaks where its text ends, as a connection does.</summary>
    private sealed class BreakingStream(string text) : MemoryStream(Encoding.UTF8.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position == Length
                ? ValueTask.FromException<int>(new IOException("broken"))
                : base.ReadAsync(buffer, cancellationToken);
    }

    /// <summary>Writes rows as they are asked for, never all of them.</summary>
    private sealed class EndlessRows(int rows) : MemoryStream
    {
        private byte[] _now = "["u8.ToArray();
        private int _at;
        private int _row;

        public int Given => _row;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_at == _now.Length)
            {
                if (_row > rows)
                    return ValueTask.FromResult(0);
                _now = Encoding.UTF8.GetBytes(
                    _row == rows ? "]" : Row(From + Duration.FromSeconds(_row)) + (_row + 1 < rows ? "," : "")
                );
                (_at, _row) = (0, _row + 1);
            }
            var taken = Math.Min(buffer.Length, _now.Length - _at);
            _now.AsMemory(_at, taken).CopyTo(buffer);
            _at += taken;
            return ValueTask.FromResult(taken);
        }
    }
}
