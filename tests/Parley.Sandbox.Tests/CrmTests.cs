using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NodaTime;

namespace Parley.Sandbox.Tests;

public sealed class CrmTests
{
    private static readonly string Secret = "whsec_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 15, 0);

    [Fact]
    public async Task Signed_events_of_a_contact_become_lines_of_its_log_and_nothing_else_does()
    {
        await using Twin twin = await Twin.StartAsync(clock: new FixedClock(Now));
        (await SendAsync(twin, "msg_0", Ready("1042"))).ShouldBe(HttpStatusCode.Unauthorized);
        twin.Host.ConnectCrm("https://meet.example.org", "pub_key", Secret);

        (await SendAsync(twin, "msg_1", Ready("1042"))).ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync(twin, "msg_1", Ready("1042"))).ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync(twin, "msg_2", Ended("1042", 28, 2))).ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync(twin, "msg_3", Ended("1043", 5, null))).ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync(twin, "msg_4", Ready("9999"))).ShouldBe(HttpStatusCode.NoContent);
        (await SendAsync(twin, "msg_5", Ready("1044"), tampered: true)).ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync(twin, "msg_6", Ready("1044"), Now - Duration.FromMinutes(6))).ShouldBe(
            HttpStatusCode.Unauthorized
        );
        (await SendAsync(twin, "msg_7", "{}")).ShouldBe(HttpStatusCode.BadRequest);

        (await LogAsync(twin, "1042")).ShouldBe([
            "Held 28 min, 2 attendees",
            "Meeting scheduled: <b>Meeting</b>, Tue 1 Dec, 14:00 UTC",
        ]);
        (await LogAsync(twin, "1043")).ShouldBe(["Held 5 min"]);
        (await LogAsync(twin, "1044")).ShouldBeEmpty();

        using HttpResponseMessage page = await twin.Http.GetAsync("/crm/contacts/1042");
        string html = await page.Content.ReadAsStringAsync();
        html.ShouldContain("https://meet.example.org/embed/schedule-meeting.js");
        html.ShouldNotContain("<b>Meeting</b>");
        page.Headers.GetValues("Content-Security-Policy")
            .Single()
            .ShouldContain("script-src 'self' https://meet.example.org;");
        (await twin.Http.GetStringAsync("/crm/contacts/1043")).ShouldNotContain("<VIP>");
        using HttpResponseMessage nobody = await twin.Http.GetAsync("/crm/contacts/9");
        nobody.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static async Task<IReadOnlyList<string>> LogAsync(Twin twin, string contact) =>
        [
            .. JsonNode
                .Parse(await twin.Http.GetStringAsync($"/crm/contacts/{contact}/notes"))!
                .AsArray()
                .Select(note => note!["text"]!.GetValue<string>()),
        ];

    private static async Task<HttpStatusCode> SendAsync(
        Twin twin,
        string id,
        string body,
        Instant? at = null,
        bool tampered = false
    )
    {
        string timestamp = (at ?? Now).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] key = Convert.FromBase64String(Secret["whsec_".Length..]);
        string signature = Convert.ToBase64String(
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}"))
        );
        using HttpRequestMessage request = new(HttpMethod.Post, "/crm/webhooks");
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        // The other one is of a secret that is being replaced.
        request.Headers.Add("webhook-signature", $"v1,AAAA v1,{signature}");
        request.Content = new StringContent(tampered ? body + " " : body, Encoding.UTF8, "application/json");
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        return reply.StatusCode;
    }

    private static string Ready(string contact) =>
        $$"""
            {"type":"meeting.ready","timestamp":"2026-12-01T13:00:00Z","data":{"subject":"<b>Meeting</b>","startsAt":"2026-12-01T14:00:00Z",
             "joinUrl":"https://meet.goto.com/1","reference":{"system":"crm","recordType":"contact","recordId":"{{contact}}","url":null} } }
            """;

    private static string Ended(string contact, int minutes, int? count) =>
        $$"""
            {"type":"meeting.ended","timestamp":"2026-12-01T14:33:10Z","data":{"subject":"<b>Meeting</b>","startsAt":"2026-12-01T14:00:00Z",
             "session":{"id":null,"startedAt":"2026-12-01T14:02:00Z","endedAt":"2026-12-01T14:30:00Z","durationMinutes":{{minutes}}},
             "attendance":{{Attendance(count)}},"noShow":{{(count is null ? "null" : "false")}},
             "reference":{"system":"crm","recordType":"contact","recordId":"{{contact}}"} } }
            """;

    private static string Attendance(int? count) => count is null ? "null" : $$"""{"count":{{count}},"attendees":[]}""";
}
