using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary><c>/control/populate</c>: an account's worth of people with a year behind them.</summary>
public sealed class PopulateTests
{
    [Fact]
    public async Task The_same_seed_gives_the_same_people_and_past_and_another_seed_another()
    {
        List<string> first = await PastAsync(seed: 7);
        first.Count.ShouldBe(500);
        (await PastAsync(seed: 7)).ShouldBe(first);
        (await PastAsync(seed: 8)).ShouldNotBe(first);
    }

    [Fact]
    public async Task There_are_people_of_every_kind_and_none_twice()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode made = await twin.ControlAsync(
            "populate",
            """{"seed":7,"users":200,"sessions":1000,"devices":3}""",
            HttpStatusCode.Created
        );
        made["licenceKeys"]!.AsArray().Count.ShouldBe(3);
        List<JsonNode> people =
        [
            .. (await twin.ControlAsync("accounts"))["items"]!
                .AsArray()
                .Where(person => person!["email"]!.GetValue<string>().Contains("people.example"))
                .Select(person => person!),
        ];
        people.Count.ShouldBe(203);
        people.Count(person => person["email"]!.GetValue<string>().StartsWith("desk-")).ShouldBe(3);
        people.ShouldContain(person => person["status"]!.GetValue<string>() == "suspended");
        people.ShouldContain(person =>
            person["status"]!.GetValue<string>() == "active" && person["licenceKeys"]!.AsArray().Count == 0
        );
        people.ShouldContain(person => person["licenceKeys"]!.AsArray().Count == 2);
        JsonNode again = await twin.ControlAsync("populate", """{"users":5}""", HttpStatusCode.Conflict);
        again["code"]!.GetValue<string>().ShouldBe("conflict");
        await twin.ControlAsync("populate", """{"users":5,"domain":"more.example"}""", HttpStatusCode.Created);
        await twin.ControlAsync(
            "populate",
            """{"users":5,"from":"2026-11-01T00:00:00Z","to":"2026-10-01T00:00:00Z"}""",
            HttpStatusCode.BadRequest
        );
    }

    private static async Task<List<string>> PastAsync(int seed)
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync(
            "populate",
            $$"""{"seed":{{seed}},"users":50,"sessions":500,"from":"2025-11-01T00:00:00Z","to":"2026-11-01T00:00:00Z"}""",
            HttpStatusCode.Created
        );
        return
        [
            .. (await twin.ControlAsync("meetings"))["items"]!
                .AsArray()
                .SelectMany(meeting =>
                    meeting!["sessions"]!
                        .AsArray()
                        .Select(session => $"{meeting["organizerEmail"]} {session!["startedAt"]} {session["endedAt"]}")
                )
                .Order(StringComparer.Ordinal),
        ];
    }
}
