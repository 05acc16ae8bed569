using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>What production takes is taken; what it refuses is refused.</summary>
public sealed class MeetingRequestTests
{
    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task Json_is_taken_under_any_content_type(string? contentType)
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Post, "/goto/G2M/rest/meetings");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {await twin.TokenAsync()}");
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Twin.Meeting()));
        request.Content.Headers.ContentType = contentType is null ? null : new(contentType);
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        reply.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("Bearer {0}")]
    [InlineData("{0}")]
    [InlineData("OAuth oauth_token={0}")]
    public async Task Three_forms_of_authorization_are_taken(string form)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (await UpcomingAsync(twin, string.Format(null, form, token))).ShouldBe(HttpStatusCode.OK);
        (await UpcomingAsync(twin, string.Format(null, form, token[..^1]))).ShouldBe(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("2027-1-5T9:0:0Z", "2027-01-05T09:00:00Z")]
    [InlineData("2027-01-05T09:00:00.123Z", "2027-01-05T09:00:00Z")]
    [InlineData("2027-01-05T09:00:00", "2027-01-05T09:00:00Z")]
    [InlineData("2027-01-05T09:00:00+01:00", "2027-01-05T08:00:00Z")]
    [InlineData("2027-01-05T09:00:00.+0000", "2027-01-05T09:00:00Z")]
    public async Task Dates_are_taken_as_live_clients_write_them(string sent, string kept)
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpResponseMessage reply = await twin.G2mAsync(
            HttpMethod.Post,
            "meetings",
            await twin.TokenAsync(),
            Twin.Meeting(start: sent)
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await twin.MeetingsAsync())[0]!["startsAt"]!.GetValue<string>().ShouldBe(kept);
    }

    [Fact]
    public async Task Booleans_as_text_enums_in_any_case_and_a_missing_time_zone_are_taken()
    {
        await using Twin twin = await Twin.StartAsync();
        const string body = """
            {"subject":"Lenient","starttime":"2027-01-05T09:00:00Z","endtime":"2027-01-05T10:00:00Z",
             "passwordrequired":"True","conferencecallinfo":"hybrid","meetingtype":"Scheduled"}
            """;
        using HttpResponseMessage reply = await twin.G2mAsync(
            HttpMethod.Post,
            "meetings",
            await twin.TokenAsync(),
            body
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.Created);
        JsonNode kept = (await twin.MeetingsAsync()).ShouldHaveSingleItem()!;
        kept["passwordRequired"]!.GetValue<bool>().ShouldBeTrue();
        kept["audio"]!.GetValue<string>().ShouldBe("Hybrid");
        kept["type"]!.GetValue<string>().ShouldBe("scheduled");
    }

    [Theory]
    [InlineData("\"subject\":\"Demo with Alice\"", "\"subject\":\"\"")]
    [InlineData("\"subject\":\"Demo with Alice\"", "\"subject\":\"a < b\"")]
    [InlineData("\"subject\":", "\"Subject\":")]
    [InlineData("\"starttime\":", "\"startTime\":")]
    [InlineData("\"endtime\":", "\"endTime\":")]
    [InlineData("\"starttime\":\"2027-01-05T09:00:00Z\"", "\"starttime\":\"next Tuesday\"")]
    [InlineData("\"starttime\":\"2027-01-05T09:00:00Z\"", "\"starttime\":\"2027-02-30T09:00:00Z\"")]
    [InlineData("\"starttime\":\"2027-01-05T09:00:00Z\"", "\"starttime\":\"٢٠٢٧-01-05T09:00:00Z\"")]
    [InlineData("2027-01-05T09:30:00Z", "2027-01-05T09:00:00Z")]
    [InlineData("\"passwordrequired\":false", "\"passwordrequired\":\"no\"")]
    [InlineData("\"passwordrequired\":false,", "")]
    [InlineData("\"conferencecallinfo\":\"Hybrid\"", "\"conferencecallinfo\":\"\"")]
    [InlineData("\"meetingtype\":\"scheduled\"", "\"meetingtype\":\"weekly\"")]
    [InlineData("\"timezonekey\":\"\"", "\"coorganizerKeys\":\"7300195775692112813\"")]
    [InlineData("{\"subject\"", "[\"subject\"")]
    public async Task A_body_that_does_not_fit_is_a_400_and_makes_nothing(string good, string bad)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        Twin.Meeting().ShouldContain(good);
        string body = Twin.Meeting().Replace(good, bad, StringComparison.Ordinal);
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Post, "meetings", token, body);
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest, await reply.Content.ReadAsStringAsync());
        (await twin.MeetingsAsync()).ShouldBeEmpty();

        long id = await twin.CreateAsync(token);
        using HttpResponseMessage put = await twin.G2mAsync(HttpMethod.Put, $"meetings/{id}", token, body);
        put.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(100, HttpStatusCode.Created)]
    [InlineData(101, HttpStatusCode.BadRequest)]
    public async Task A_subject_has_at_most_100_characters(int length, HttpStatusCode expected)
    {
        await using Twin twin = await Twin.StartAsync();
        using HttpResponseMessage reply = await twin.G2mAsync(
            HttpMethod.Post,
            "meetings",
            await twin.TokenAsync(),
            Twin.Meeting(new string('x', length))
        );
        reply.StatusCode.ShouldBe(expected);
    }

    [Fact]
    public async Task Entities_in_a_subject_come_back_as_the_setting_says()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token, "a &lt; b");
        (await SubjectAsync(twin, id, token)).ShouldBe("a &lt; b");
        await twin.ControlAsync("settings", """{"subjectEntities":"decoded"}""");
        (await SubjectAsync(twin, id, token)).ShouldBe("a < b");
    }

    [Fact]
    public async Task A_start_in_the_past_is_refused_only_when_the_setting_says_so()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        string past = Twin.Meeting(start: "2020-01-05T09:00:00Z", end: "2020-01-05T09:30:00Z");
        using HttpResponseMessage taken = await twin.G2mAsync(HttpMethod.Post, "meetings", token, past);
        taken.StatusCode.ShouldBe(HttpStatusCode.Created);
        await twin.ControlAsync("settings", """{"pastStart":false}""");
        using HttpResponseMessage refused = await twin.G2mAsync(HttpMethod.Post, "meetings", token, past);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static async Task<string> SubjectAsync(Twin twin, long id, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}", token);
        return (await Twin.ReadAsync(reply))[0]!["subject"]!.GetValue<string>();
    }

    private static async Task<HttpStatusCode> UpcomingAsync(Twin twin, string authorization)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/goto/G2M/rest/upcomingMeetings");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        return reply.StatusCode;
    }
}
