using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using Parley.Scheduling.Wording;
using Parley.Server.Web;

namespace Parley.Server.Audit;

/// <summary>What the page calls actors, things and changes.</summary>
internal static class AuditWords
{
    private const int Longest = 80;

    public static string Actor(string actor) =>
        actor switch
        {
            "customer" => "A customer",
            "visitor" => "Nobody signed in",
            "system" => "Parley itself",
            "api_key" => "An API key",
            _ => "A member",
        };

    /// <summary>api_key → "Api key"; the first part of an action's code as well.</summary>
    public static string Thing(string thing) =>
        thing switch
        {
            "api_key" => "API key",
            "sign_in" => "Signing in",
            _ => char.ToUpperInvariant(thing[0]) + thing[1..].Replace('_', ' '),
        };

    /// <summary>"role: member → admin", one line a field; moments are told in <paramref name="zone"/>.</summary>
    public static IEnumerable<string> Changes(AuditEntry entry, DateTimeZone zone)
    {
        var before = Fields(entry.BeforeState, zone);
        var after = Fields(entry.AfterState, zone);
        foreach (var name in before.Keys.Union(after.Keys, StringComparer.Ordinal))
        {
            var (was, now) = (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
            if (was == now)
            {
                continue;
            }

            var called = Called(name);
            yield return (was, now) switch
            {
                (null, _) => $"{called}: {now}",
                (_, null) => before.Count > 0 && after.Count > 0 ? $"{called}: {was} → nothing" : $"{called}: {was}",
                _ => $"{called}: {was} → {now}",
            };
        }
    }

    /// <summary>hostMemberId → "host": fields as people call them; a word for one nobody thought of here is made of its name.</summary>
    private static string Called(string field) =>
        field switch
        {
            "startsAt" => "start",
            "endsAt" => "end",
            "connectionId" => "account",
            "hostMemberId" or "memberId" => "host",
            "hostConnectionId" => "host's account",
            "durationMinutes" => "minutes",
            "embedOrigins" => "pages that may show it in a frame",
            "how" => "with",
            "disconnects" => "is disconnected",
            "queuedUntil" => "waits until",
            _ => string.Concat(
                field.Select(letter => char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}")
            ),
        };

    private static Dictionary<string, string> Fields(string? json, DateTimeZone zone) =>
        json is null
            ? []
            : JsonSerializer
                .Deserialize<Dictionary<string, JsonElement>>(json, Json.Stored)!
                .Where(field => field.Value.ValueKind != JsonValueKind.Null)
                .ToDictionary(field => field.Key, field => Short(Told(field.Value, zone)), StringComparer.Ordinal);

    private static string Told(JsonElement value, DateTimeZone zone) =>
        value.ValueKind == JsonValueKind.String
        && InstantPattern.ExtendedIso.Parse(value.GetString()!) is { Success: true } moment
            ? HumanTime.Moment(moment.Value, zone)
            : value.ValueKind switch
            {
                JsonValueKind.True => "yes",
                JsonValueKind.False => "no",
                _ => value.ToString(),
            };

    private static string Short(string text) => text.Length > Longest ? text[..Longest] + "…" : text;
}
