using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using Parley.Scheduling.Availability;

namespace Parley.Scheduling.Tests.Availability;

/// <summary>The cases of the outside contract, word for word, through the same JSON reader the API uses.</summary>
public sealed class PublishedCasesTests
{
    private static readonly JsonElement Document = Load();

    public static TheoryData<string> Ids() =>
        new(Document.GetProperty("cases").EnumerateArray().Select(one => one.GetProperty("id").GetString()!));

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_published_case_is_answered_as_expected(string id)
    {
        var one = Document.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("id").GetString() == id);
        AvailabilityJson
            .TryParse(one.GetProperty("input"), out var request, out var errors)
            .ShouldBeTrue(string.Join("; ", errors.Items));

        var slots = AvailabilityEngine.FindSlots(request!).Select(InstantPattern.ExtendedIso.Format).ToArray();

        var expected = one.GetProperty("expected");
        slots.Length.ShouldBe(expected.GetProperty("count").GetInt32());
        if (expected.TryGetProperty("slots", out var list))
        {
            slots.ShouldBe(list.EnumerateArray().Select(slot => slot.GetString()!));
        }

        if (expected.TryGetProperty("sha256OfNewlineJoined", out var digest))
        {
            slots[0].ShouldBe(expected.GetProperty("first").GetString());
            slots[^1].ShouldBe(expected.GetProperty("last").GetString());
            Convert
                .ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', slots))))
                .ShouldBe(digest.GetString());
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_published_case_agrees_with_the_slow_oracle(string id)
    {
        var one = Document.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("id").GetString() == id);
        AvailabilityJson.TryParse(one.GetProperty("input"), out var request, out _).ShouldBeTrue();

        // The oracle walks minute by minute from now on, so now is brought nearer where notice and period do not need it.
        if (request!.Page is { Period: null, MinimumNoticeMinutes: 0 })
        {
            request = request with { Now = request.Query.From - Duration.FromDays(3) };
        }

        // It works on whole minutes; one published item ends at :59 seconds, which its grid rounds up to the minute.
        request = request with
        {
            Hosts = request
                .Hosts.Select(host =>
                    host with
                    {
                        Busy = host.Busy.Select(item => item with { EndsAt = CeilingMinute(item.EndsAt) }).ToList(),
                    }
                )
                .ToList(),
        };

        AvailabilityEngine.FindSlots(request).ShouldBe(MinuteOracle.FindSlots(request));
    }

    private static Instant CeilingMinute(Instant instant) =>
        Instant.FromUnixTimeSeconds((instant.ToUnixTimeSeconds() + 59) / 60 * 60);

    private static JsonElement Load()
    {
        using var stream = typeof(PublishedCasesTests).Assembly.GetManifestResourceStream("availability-cases.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
