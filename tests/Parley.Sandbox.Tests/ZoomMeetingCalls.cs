using System.Net;
using System.Text.Json.Nodes;
using NodaTime;

namespace Parley.Sandbox.Tests;

/// <summary>Calls about meetings of the Zoom twin.</summary>
internal static class ZoomMeetingCalls
{
    /// <summary>When the tests are: a Saturday at noon.</summary>
    public static readonly Instant Now = Instant.FromUtc(2026, 11, 21, 12, 0);

    public const string Start = "2027-01-05T09:00:00Z";

    /// <summary>A twin whose clock stands still until it is moved; nothing refills a rate limit by itself.</summary>
    public static Task<Twin> StartAsync() => Twin.StartAsync(clock: new FixedClock(Now));

    /// <summary>The body of a create; <paramref name="extra"/> begins with a comma.</summary>
    public static string Meeting(string topic = "Demo with Alice", string start = Start, string extra = "") =>
        $$"""{"topic":"{{topic}}","type":2,"start_time":"{{start}}","duration":30{{extra}}}""";

    /// <summary>Creates a meeting of the token's own user.</summary>
    public static async Task<JsonNode> ZoomCreateAsync(
        this Twin twin,
        string token,
        string topic = "Demo with Alice",
        string start = Start,
        string extra = ""
    ) => await twin.ZoomCreateOfAsync(token, Meeting(topic, start, extra));

    public static async Task<JsonNode> ZoomCreateOfAsync(this Twin twin, string token, string body)
    {
        (HttpStatusCode status, JsonNode? reply) = await twin.ZoomAsync(
            "users/me/meetings",
            token,
            HttpMethod.Post,
            body
        );
        status.ShouldBe(HttpStatusCode.Created, reply?.ToJsonString());
        return reply!;
    }

    public static long Id(this JsonNode? body) => body!["id"]!.GetValue<long>();

    public static async Task<JsonNode> ZoomGetAsync(this Twin twin, string path, string token)
    {
        (HttpStatusCode status, JsonNode? reply) = await twin.ZoomAsync(path, token);
        status.ShouldBe(HttpStatusCode.OK, reply?.ToJsonString());
        return reply!;
    }

    public static async Task ZoomNoContentAsync(
        this Twin twin,
        string path,
        string token,
        HttpMethod method,
        string? body = null
    )
    {
        (HttpStatusCode status, JsonNode? reply) = await twin.ZoomAsync(path, token, method, body);
        status.ShouldBe(HttpStatusCode.NoContent, reply?.ToJsonString());
        reply.ShouldBeNull();
    }

    /// <summary>The call is refused with this status and this integer code.</summary>
    public static async Task<JsonNode> ZoomRefusedAsync(
        this Twin twin,
        string path,
        string token,
        int status,
        int code,
        HttpMethod? method = null,
        string? body = null
    )
    {
        (HttpStatusCode found, JsonNode? reply) = await twin.ZoomAsync(path, token, method, body);
        ((int)found, reply?["code"]?.GetValue<int>()).ShouldBe((status, code), reply?.ToJsonString());
        return reply!;
    }

    /// <summary>Lets a meeting have taken place, with two guests unless others are named.</summary>
    public static Task<JsonNode> ZoomRunAsync(
        this Twin twin,
        long id,
        string attendees = """[{"name":"Alice","email":"alice@customer.example"},{"name":"Bob"}]""",
        string extra = ""
    ) => twin.ControlAsync($"meetings/{id}/run", $$"""{"minutes":40,"attendees":{{attendees}}{{extra}}}""");

    /// <summary>The twin's own truth.</summary>
    public static async Task<JsonArray> ZoomTruthAsync(this Twin twin, string query = "") =>
        (await twin.ControlAsync($"meetings?provider=zoom{query}"))["items"]!.AsArray();

    /// <summary>What webhooks would tell, oldest first.</summary>
    public static async Task<IReadOnlyList<JsonNode>> ZoomEventsAsync(this Twin twin, string? name = null) =>
        [
            .. (await twin.ControlAsync($"zoom/events{(name is null ? "" : $"?name={name}")}"))["items"]!
                .AsArray()
                .Select(one => one!),
        ];
}
