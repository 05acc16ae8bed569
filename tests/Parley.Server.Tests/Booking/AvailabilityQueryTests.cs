using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>The published cases over the wire.</summary>
public sealed class AvailabilityQueryTests
{
    private const string Query = "/api/v1/availability/query";

    [Fact]
    public async Task Every_published_case_is_answered_as_expected_over_HTTP()
    {
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Sqlite);
        var cases = Load()["cases"]!.AsArray();
        cases.Count.ShouldBeGreaterThan(20);

        foreach (var one in cases)
        {
            var id = one!["id"]!.GetValue<string>();
            var (status, body) = await bench.SendAsync(HttpMethod.Post, Query, one["input"]);
            status.ShouldBe(HttpStatusCode.OK, $"{id} {body}");
            var slots = BookingBench.Starts(body.GetProperty("slots"));
            var expected = one["expected"]!;
            slots.Count.ShouldBe(expected["count"]!.GetValue<int>(), id);
            if (expected["slots"] is JsonArray list)
            {
                slots.ShouldBe(list.Select(slot => slot!.GetValue<string>()), id);
            }

            if (expected["sha256OfNewlineJoined"] is { } digest)
            {
                Convert
                    .ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', slots))))
                    .ShouldBe(digest.GetValue<string>(), id);
            }
        }

        (await bench.RowsAsync()).ShouldBe((0, 0, 0, 0));
    }

    [Fact]
    public async Task What_is_wrong_is_named_and_scopes_hold()
    {
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Sqlite);
        var good = Load()["cases"]![0]!["input"]!.AsObject();
        (await bench.SendAsync(HttpMethod.Post, Query, good)).Status.ShouldBe(HttpStatusCode.OK);

        await NamesAsync("page.durationMinutes", input => input["page"]!["durationMinutes"] = 0);
        await NamesAsync(
            "hosts[0].schedule.timeZone",
            input => input["hosts"]![0]!["schedule"]!["timeZone"] = "Mars/X"
        );
        await NamesAsync("now", input => input["now"] = "yesterday");
        await NamesAsync("query.from", input => input["query"]!["from"] = "0001-01-01T00:00:00Z");
        await NamesAsync("hosts", input => input["hosts"] = new JsonArray());
        var (status, body) = await BookingBench.ReadAsync(
            await bench.Api.PostAsync(Query, new StringContent("{", Encoding.UTF8, "application/json"))
        );
        status.ShouldBe(HttpStatusCode.BadRequest);
        body.GetProperty("code").GetString().ShouldBe("malformed_json");
        using var narrow = await bench.WithScopesAsync("meetings:read");
        (await bench.SendAsync(HttpMethod.Post, Query, good, client: narrow)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await bench.SendAsync(HttpMethod.Post, Query, good, client: bench.Parley.Client)).Status.ShouldBe(
            HttpStatusCode.Unauthorized
        );

        async Task NamesAsync(string field, Action<JsonObject> spoil)
        {
            var input = good.DeepClone().AsObject();
            spoil(input);
            var (refused, problem) = await bench.SendAsync(HttpMethod.Post, Query, input);
            refused.ShouldBe(HttpStatusCode.BadRequest, field);
            problem.GetProperty("errors").TryGetProperty(field, out _).ShouldBeTrue($"{field}: {problem}");
        }
    }

    private static JsonNode Load()
    {
        using var stream = typeof(AvailabilityQueryTests).Assembly.GetManifestResourceStream(
            "availability-cases.json"
        )!;
        return JsonNode.Parse(stream)!;
    }
}
