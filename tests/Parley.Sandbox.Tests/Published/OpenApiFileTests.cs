using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests.Published;

/// <summary>The validator itself: it lets the right shape through and finds each kind of wrong one.</summary>
public sealed class OpenApiFileTests
{
    private const string Good = """
        {"createTime":"2027-01-05T09:00:00Z","passwordRequired":false,"status":"ACTIVE","subject":"s",
         "startTime":"2027-01-05T09:00:00Z","endTime":"2027-01-05T10:00:00+01:00","duration":30,"conferenceCallInfo":"Hybrid",
         "maxParticipants":26,"meetingId":525164341,"meetingKey":525164341,"uniqueMeetingId":200000000016584808,
         "meetingType":"scheduled","coorganizerKeys":["7300195775692112813"]}
        """;

    private static readonly OpenApiFile File = OpenApiFile.Read();

    [Fact]
    public void A_reply_of_the_declared_shape_passes() => Check(Good).ShouldBeEmpty();

    [Theory]
    [InlineData("\"passwordRequired\":false", "\"passwordRequired\":\"false\"", "boolean")]
    [InlineData("\"duration\":30", "\"duration\":\"30\"", "integer")]
    [InlineData("\"duration\":30", "\"duration\":30.5", "integer")]
    [InlineData("\"duration\":30", "\"duration\":3000000000", "int32")]
    [InlineData("\"duration\":30", "\"duration\":null", "integer")]
    [InlineData("\"duration\":30,", "", "missing")]
    [InlineData("\"subject\":\"s\"", "\"subject\":1", "string")]
    [InlineData("\"startTime\":\"2027-01-05T09:00:00Z\"", "\"startTime\":\"2027-01-05T09:00:00.+0000\"", "date-time")]
    [InlineData("\"startTime\":\"2027-01-05T09:00:00Z\"", "\"startTime\":\"2027-02-30T09:00:00Z\"", "date-time")]
    [InlineData("\"startTime\":\"2027-01-05T09:00:00Z\"", "\"startTime\":\"\"", "date-time")]
    [InlineData("\"status\":\"ACTIVE\"", "\"status\":\"active\"", "none of")]
    [InlineData("\"meetingType\":\"scheduled\"", "\"meetingType\":\"weekly\"", "none of")]
    [InlineData("\"status\":\"ACTIVE\"", "\"status\":\"ACTIVE\",\"joinURL\":\"x\"", "not declared")]
    [InlineData("[\"7300195775692112813\"]", "[7300195775692112813]", "string")]
    [InlineData("[\"7300195775692112813\"]", "\"7300195775692112813\"", "array")]
    public void A_wrong_one_is_found(string good, string bad, string why)
    {
        Good.ShouldContain(good);
        Check(Good.Replace(good, bad, StringComparison.Ordinal)).ShouldHaveSingleItem().ShouldContain(why);
    }

    [Fact]
    public void An_undeclared_status_and_a_body_where_there_is_none_are_found()
    {
        File.CheckReply("DELETE", "/meetings/{meetingId}", 204, null).ShouldBeEmpty();
        File.CheckReply("DELETE", "/meetings/{meetingId}", 200, null).ShouldHaveSingleItem();
        File.CheckReply("DELETE", "/meetings/{meetingId}", 204, new JsonObject()).ShouldHaveSingleItem();
        File.CheckReply("GET", "/meetings/{meetingId}", 200, null).ShouldHaveSingleItem();
        File.CheckReply("GET", "/meetings/{meetingId}", 200, new JsonObject()).ShouldHaveSingleItem();
        Should.Throw<InvalidDataException>(() => File.CheckReply("PATCH", "/meetings/{meetingId}", 200, null));
    }

    [Fact]
    public void Requests_are_held_against_the_file_too()
    {
        JsonNode body = JsonNode.Parse(Twin.Meeting())!;
        File.CheckRequest("POST", "/meetings", body).ShouldBeEmpty();
        body["startTime"] = body["starttime"]!.DeepClone();
        File.CheckRequest("POST", "/meetings", body).ShouldHaveSingleItem().ShouldContain("startTime is not declared");
        Dictionary<string, string> query = new() { ["startDate"] = "2027-01-05T09:00:00Z" };
        File.CheckQuery("GET", "/historicalMeetings", query).ShouldHaveSingleItem().ShouldContain("endDate is missing");
        query["endDate"] = "tomorrow";
        File.CheckQuery("GET", "/historicalMeetings", query).ShouldHaveSingleItem().ShouldContain("date-time");
        query["endDate"] = "2027-01-06T09:00:00Z";
        File.CheckQuery("GET", "/historicalMeetings", query).ShouldBeEmpty();
        query["page"] = "1";
        File.CheckQuery("GET", "/historicalMeetings", query).ShouldHaveSingleItem().ShouldContain("page");
    }

    private static IReadOnlyList<string> Check(string reply) =>
        File.CheckReply("GET", "/meetings/{meetingId}", 200, new JsonArray(JsonNode.Parse(reply)));
}
