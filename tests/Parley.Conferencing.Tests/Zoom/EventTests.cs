using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Conferencing.Zoom;

namespace Parley.Conferencing.Tests.Zoom;

public sealed class EventTests
{
    private const string Secret = "S3cretTokenOfTheApp";
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 21, 10, 0);

    private const string Started =
        """{"event":"meeting.started","event_ts":1795255200123,"payload":{"account_id":"AAAAAABBBB","object":{"id":"91234567890","uuid":"4444AAAiAAAAAiAiAiiAii==","host_id":"x1yCzABCDEfg23HiJKl4mN","topic":"Besprechung über Größe","type":2,"start_time":"2026-11-21T10:00:00Z","timezone":"Europe/Berlin","duration":60}}}""";

    [Fact]
    public void A_rightly_signed_event_is_told_in_our_words()
    {
        var told = Accepted(Started);
        told.Kind.ShouldBe(ProviderEventKind.MeetingStarted);
        told.Name.ShouldBe("meeting.started");
        told.AccountKey.ShouldBe("AAAAAABBBB");
        told.OrganizerKey.ShouldBe("x1yCzABCDEfg23HiJKl4mN");
        told.MeetingId.ShouldBe("91234567890");
        told.SessionId.ShouldBe("4444AAAiAAAAAiAiAiiAii==");
        told.At.ShouldBe(Instant.FromUnixTimeMilliseconds(1795255200123));
    }

    [Fact]
    public void The_signature_is_over_the_bytes_as_they_came()
    {
        Accepted(Started);
        var stamp = Stamp(Now);
        var signature = Sign(Secret, stamp, Started);
        var written = JsonNode.Parse(Started)!.ToJsonString();
        written.ShouldNotBe(Started);
        foreach (var body in new[] { written, Started + " ", Started.Replace("ü", "ue", StringComparison.Ordinal) })
            Refused(Read(body, signature, stamp)).ShouldBe("signature_wrong");
    }

    [Fact]
    public void Any_of_the_secrets_may_have_signed_and_no_other()
    {
        var stamp = Stamp(Now);
        var signature = Sign(Secret, stamp, Started);
        Read(Started, signature, stamp, ["other", Secret]).ShouldBeOfType<EventDelivery.Accepted>();
        Refused(Read(Started, signature, stamp, ["other"])).ShouldBe("signature_wrong");
        Refused(Read(Started, signature, stamp, [])).ShouldBe("no_secret_configured");
        // An empty key is a key to HMAC: it must never count as a secret.
        Refused(Read(Started, Sign("", stamp, Started), stamp, [""])).ShouldBe("no_secret_configured");
        Refused(Read(Started, Sign("", stamp, Started), stamp, ["", Secret])).ShouldBe("signature_wrong");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_delivery_without_signature_or_time_is_refused(string? missing)
    {
        var stamp = Stamp(Now);
        Refused(Read(Started, missing, stamp)).ShouldBe("signature_missing");
        Refused(Read(Started, Sign(Secret, stamp, Started), missing)).ShouldBe("signature_missing");
    }

    [Theory]
    [InlineData("v0=")]
    [InlineData("v0")]
    [InlineData("v1=00")]
    [InlineData("v0=zz\u0000é")]
    public void A_signature_of_another_form_is_wrong(string signature) =>
        Refused(Read(Started, signature, Stamp(Now))).ShouldBe("signature_wrong");

    [Theory]
    [InlineData(-300, true)]
    [InlineData(300, true)]
    [InlineData(-301, false)]
    [InlineData(301, false)]
    public void A_delivery_dated_more_than_five_minutes_off_is_refused(int seconds, bool accepted)
    {
        var stamp = Stamp(Now + Duration.FromSeconds(seconds));
        var read = Read(Started, Sign(Secret, stamp, Started), stamp);
        if (accepted)
            read.ShouldBeOfType<EventDelivery.Accepted>();
        else
            Refused(read).ShouldBe("timestamp_out_of_window");
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("99999999999999999999999")]
    [InlineData("9999999999999")]
    [InlineData("999999999999")]
    [InlineData("1795255200.0")]
    [InlineData("2026-11-21T10:00:00Z")]
    [InlineData("yesterday")]
    public void A_time_that_is_none_is_out_of_the_window(string stamp) =>
        Refused(Read(Started, Sign(Secret, stamp, Started), stamp)).ShouldBe("timestamp_out_of_window");

    [Fact]
    public void Milliseconds_are_taken_for_what_they_are()
    {
        var stamp = Now.ToUnixTimeMilliseconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        Read(Started, Sign(Secret, stamp, Started), stamp).ShouldBeOfType<EventDelivery.Accepted>();
    }

    [Fact]
    public void The_question_whether_we_hold_the_secret_is_answered_with_the_secret_that_asked()
    {
        const string asked =
            """{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event_ts":1795255200000}""";
        var stamp = Stamp(Now);
        var read = Read(asked, Sign(Secret, stamp, asked), stamp, ["newer", Secret])
            .ShouldBeOfType<EventDelivery.Challenge>();
        var reply = JsonNode.Parse(read.ReplyJson)!;
        reply["plainToken"]!.GetValue<string>().ShouldBe("qgg8vlvZRS6UYooatFL8Aw");
        reply["encryptedToken"]!.GetValue<string>().ShouldBe(Hex(Secret, "qgg8vlvZRS6UYooatFL8Aw"));
        // Answered unsigned it would sign anything for anybody.
        Refused(Read(asked, "v0=" + Hex("guessed", "x"), stamp)).ShouldBe("signature_wrong");
    }

    [Fact]
    public void Deauthorization_is_read_in_its_own_form()
    {
        var told = Accepted(
            """{"event":"app_deauthorized","payload":{"account_id":"AAAAAABBBB","user_id":"abcD3ojfdbjfg","signature":"827edc","deauthorization_time":"2020-06-17T13:52:28.632Z","client_id":"ABCDEFGHIJKLMNOPQRST!V","event_ts":"2024-09-08 15:58:40"}}"""
        );
        told.Kind.ShouldBe(ProviderEventKind.AppDeauthorized);
        (told.AccountKey, told.OrganizerKey, told.ClientId).ShouldBe(
            ("AAAAAABBBB", "abcD3ojfdbjfg", "ABCDEFGHIJKLMNOPQRST!V")
        );
        told.At.ShouldBe(Instant.FromUtc(2020, 6, 17, 13, 52, 28) + Duration.FromMilliseconds(632));
        Accepted(
            """{"event":"app_deauthorized","payload":{"user_id":"a","client_id":"b","event_ts":"2024-09-08 15:58:40"}}"""
        )
            .At.ShouldBe(Instant.FromUtc(2024, 9, 8, 15, 58, 40));
    }

    [Theory]
    [InlineData("meeting.created", ProviderEventKind.MeetingCreated)]
    [InlineData("meeting.updated", ProviderEventKind.MeetingUpdated)]
    [InlineData("meeting.deleted", ProviderEventKind.MeetingDeleted)]
    [InlineData("meeting.permanently_deleted", ProviderEventKind.MeetingDeleted)]
    [InlineData("meeting.recovered", ProviderEventKind.MeetingUpdated)]
    [InlineData("meeting.ended", ProviderEventKind.MeetingEnded)]
    [InlineData("meeting.participant_joined", ProviderEventKind.ParticipantJoined)]
    [InlineData("meeting.participant_left", ProviderEventKind.ParticipantLeft)]
    [InlineData("meeting.participant_jbh_waiting", ProviderEventKind.Other)]
    [InlineData("user.deactivated", ProviderEventKind.UserChanged)]
    [InlineData("user.disassociated", ProviderEventKind.UserChanged)]
    [InlineData("recording.completed", ProviderEventKind.Other)]
    [InlineData("phone.something_of_next_year", ProviderEventKind.Other)]
    public void Events_are_named_and_those_we_do_not_know_are_believed_too(string name, ProviderEventKind kind)
    {
        var told = Accepted(
            $$$"""{"event":"{{{name}}}","event_ts":1626230691572,"payload":{"account_id":"A","object":{"id":1234567890,"uuid":"/4AA//i==","host_id":"h"} } }"""
        );
        (told.Kind, told.Name).ShouldBe((kind, name));
        if (name.StartsWith("meeting.", StringComparison.Ordinal))
            (told.MeetingId, told.SessionId, told.OrganizerKey).ShouldBe(("1234567890", "/4AA//i==", "h"));
    }

    [Fact]
    public void A_date_taken_out_of_a_series_does_not_delete_the_series()
    {
        static string Deleted(string operation) =>
            $$$"""{"event":"meeting.deleted","event_ts":1,"payload":{"operation":"{{{operation}}}","object":{"id":1234567890,"type":8,"occurrences":[{"occurrence_id":"1"}]} } }""";
        Accepted(Deleted("single")).Kind.ShouldBe(ProviderEventKind.MeetingUpdated);
        Accepted(Deleted("all")).Kind.ShouldBe(ProviderEventKind.MeetingDeleted);
    }

    [Fact]
    public void Who_joined_is_told_and_the_approval_asked_for()
    {
        var joined = Accepted(
            """{"event":"meeting.participant_joined","event_ts":1626230691572,"payload":{"account_id":"A","object":{"id":"1234567890","uuid":"u==","host_id":"h","participant":{"user_id":"16778240","user_name":"Jill Chill","id":"","participant_uuid":"p1","email":""}}}}"""
        );
        (joined.ParticipantName, joined.ParticipantEmail).ShouldBe(("Jill Chill", null));
        var asked = Accepted(
            """{"event":"app.authorization_request_created","event_ts":"1641884378841","payload":{"app_name":"Parley","requester_name":"Jill Chill"}}"""
        );
        asked.Kind.ShouldBe(ProviderEventKind.ApprovalRequested);
        asked.At.ShouldBe(Instant.FromUnixTimeMilliseconds(1641884378841));
    }

    [Fact]
    public void One_event_has_one_key_however_often_it_comes_and_different_events_have_different_ones()
    {
        const string person =
            """{"event":"meeting.participant_left","event_ts":1626230691572,"payload":{"account_id":"A","object":{"id":"1234567890","uuid":"u==","participant":{"user_id":"1","participant_uuid":"p1"}}}}""";
        string[] different =
        [
            Started,
            Started.Replace("1795255200123", "1795255200124", StringComparison.Ordinal),
            Started.Replace("91234567890", "91234567891", StringComparison.Ordinal),
            Started.Replace("4444AAAi", "5555AAAi", StringComparison.Ordinal),
            Started.Replace("meeting.started", "meeting.ended", StringComparison.Ordinal),
            person,
            person.Replace("\"p1\"", "\"p2\"", StringComparison.Ordinal),
            """{"event":"app_deauthorized","payload":{"user_id":"a","client_id":"b","event_ts":"2024-09-08 15:58:40"}}""",
            """{"event":"app_deauthorized","payload":{"user_id":"ab","client_id":"","event_ts":"2024-09-08 15:58:40"}}""",
            """{"event":"meeting.deleted","payload":{"object":{"id":1}}}""",
            """{"event":"meeting.deleted","payload":{"object":{"id":2}}}""",
            """{"event":"novel","event_ts":1,"payload":{"thing":1}}""",
            """{"event":"novel","event_ts":1,"payload":{"thing":2}}""",
        ];
        var keys = different.Select(body => Accepted(body).DedupeKey).ToList();
        keys.Distinct(StringComparer.Ordinal).Count().ShouldBe(different.Length);
        // Delivered again, signed at another time.
        var later = Stamp(Now + Duration.FromMinutes(4));
        foreach (var (body, key) in different.Zip(keys))
        {
            Read(body, Sign(Secret, later, body), later)
                .ShouldBeOfType<EventDelivery.Accepted>()
                .Event.DedupeKey.ShouldBe(key);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"meeting.started\"")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("<html></html>")]
    [InlineData("""{"event":7,"event_ts":{},"payload":[1]}""")]
    [InlineData("""{"event":"meeting.started","payload":null}""")]
    [InlineData("""{"event":"meeting.started","event_ts":99999999999999999999,"payload":{"object":"text"}}""")]
    [InlineData(
        """{"event":"meeting.started","event_ts":-5,"payload":{"object":{"id":[],"uuid":{},"host_id":null}}}"""
    )]
    [InlineData("""{"event":"meeting.started","payload":{"object":{"id":1e400,"participant":[[]]}}}""")]
    [InlineData("""{"event":"\ud800","payload":{"\ud800":1,"object":{"\ud800":1,"id":"\ud800"}}}""")]
    [InlineData("""{"event":"endpoint.url_validation","payload":{"plainToken":"\ud800"}}""")]
    [InlineData("""{"event":"endpoint.url_validation","payload":{}}""")]
    [InlineData(
        """{"event":"app_deauthorized","payload":{"event_ts":"0000-00-00 99:99:99","deauthorization_time":"soon"}}"""
    )]
    public void Nothing_that_can_be_written_makes_it_throw(string body) =>
        Accepted(body).Kind.ShouldNotBe((ProviderEventKind)99);

    [Fact]
    public void Depth_bytes_and_size_do_not_make_it_throw_either()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"payload\":", 5000)) + "1" + new string('}', 5000);
        Accepted(deep).Name.ShouldBe("unreadable");
        var large =
            """{"event":"meeting.started","payload":{"object":{"id":"1234567890","topic":" """
            + new string('x', 1 << 20)
            + "\"}}}";
        Accepted(large).MeetingId.ShouldBe("1234567890");
        var stamp = Stamp(Now);
        byte[] bytes =
        [
            .. "{\"event\":\"meeting."u8,
            0xff,
            0xfe,
            .. "\",\"payload\":{\"object\":{\"id\":\""u8,
            0xc0,
            .. "\"}}}"u8,
        ];
        byte[] message = [.. Encoding.UTF8.GetBytes($"v0:{stamp}:"), .. bytes];
        var signature = "v0=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), message));
        new ZoomEvents()
            .Read(bytes, Header(signature, stamp), [Secret], Now)
            .ShouldBeOfType<EventDelivery.Accepted>()
            .Event.MeetingId.ShouldBeNull();
    }

    private static ProviderEvent Accepted(string body)
    {
        var stamp = Stamp(Now);
        return Read(body, Sign(Secret, stamp, body), stamp).ShouldBeOfType<EventDelivery.Accepted>().Event;
    }

    private static string Refused(EventDelivery delivery) => delivery.ShouldBeOfType<EventDelivery.Refused>().Code;

    private static EventDelivery Read(string body, string? signature, string? stamp, string[]? secrets = null) =>
        new ZoomEvents().Read(Encoding.UTF8.GetBytes(body), Header(signature, stamp), secrets ?? [Secret], Now);

    private static Func<string, string?> Header(string? signature, string? stamp) =>
        name =>
            name switch
            {
                "x-zm-signature" => signature,
                "x-zm-request-timestamp" => stamp,
                _ => null,
            };

    private static string Stamp(Instant at) =>
        at.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Sign(string secret, string stamp, string body) => "v0=" + Hex(secret, $"v0:{stamp}:{body}");

    private static string Hex(string secret, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));
}
