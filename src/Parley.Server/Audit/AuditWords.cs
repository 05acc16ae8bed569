using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using Parley.Scheduling.Wording;
using Parley.Server.Usage.Views;
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

    /// <summary>api_key → "API key"; the first part of an action's code as well.</summary>
    public static string Thing(string thing) =>
        thing switch
        {
            "api_key" => "API key",
            "sign_in" => "Signing in",
            "write_back" => "Write-back",
            "foreign_meeting" => "Meeting made elsewhere",
            _ => char.ToUpperInvariant(thing[0]) + thing[1..].Replace('_', ' '),
        };

    /// <summary>What the thing was called then; provider and purpose, which are written as codes, in words.</summary>
    public static string? ThingName(AuditEntry entry, IReadOnlyDictionary<string, string> names) =>
        entry.ThingName?.Split(", ") switch
        {
            [var provider, "organizer"] when names.TryGetValue(provider, out var name) => $"{name}, for organizers",
            [var provider, "account"] when names.TryGetValue(provider, out var name) => $"{name}, for reports",
            [var provider] when names.TryGetValue(provider, out var name) => name,
            null when entry.ThingId is { } id => names.GetValueOrDefault(id),
            _ => entry.ThingName,
        };

    /// <summary>"Role: member → admin", one line a field; moments are told in <paramref name="zone"/>.</summary>
    /// <param name="names">What people call members and accounts, by id.</param>
    public static IEnumerable<string> Changes(
        AuditEntry entry,
        DateTimeZone zone,
        IReadOnlyDictionary<string, string> names
    )
    {
        var before = Fields(entry.BeforeState, zone, names);
        var after = Fields(entry.AfterState, zone, names);
        foreach (var name in before.Keys.Union(after.Keys, StringComparer.Ordinal))
        {
            var (was, now) = (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
            if (was == now)
            {
                continue;
            }

            var called = Field(name);
            yield return (was, now) switch
            {
                (null, _) => $"{called}: {now}",
                (_, null) => before.Count > 0 && after.Count > 0 ? $"{called}: {was} → nothing" : $"{called}: {was}",
                _ => $"{called}: {was} → {now}",
            };
        }
    }

    /// <summary>As the form calls it in which it is entered; startsAt → "Begins".</summary>
    internal static string Field(string name) =>
        name switch
        {
            "startsAt" => "Begins",
            "endsAt" or "expiresAt" => "Ends",
            "connectionId" or "hostConnectionId" => "Account",
            "hostMemberId" => "Host",
            "memberId" => "Member",
            "durationMinutes" => "Length in minutes",
            "slug" => "Name in the link",
            "timeZone" => "Time zone",
            "windowDays" => "Days that count as active",
            "cron" => "Schedule",
            "people" => "People updated",
            "disconnects" => "Disconnected when nothing is left to do there",
            "origins" => "Pages that may use it",
            "prefix" => "Starts with",
            "browsers" => "Browsers signed out",
            "host" => "Goes to",
            "type" => "Event",
            "clientId" => "Client ID",
            "embedOrigins" => "Pages that may show it in a frame",
            "how" => "With",
            "queuedUntil" => "Waits until",
            // One nobody thought of here is told by its name, in words.
            _ => string.Concat(
                name.Select(
                    (letter, place) =>
                        place == 0 ? $"{char.ToUpperInvariant(letter)}"
                        : char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}"
                        : $"{letter}"
                )
            ),
        };

    private static Dictionary<string, string> Fields(
        string? json,
        DateTimeZone zone,
        IReadOnlyDictionary<string, string> names
    ) =>
        json is null
            ? []
            : JsonSerializer
                .Deserialize<Dictionary<string, JsonElement>>(json, Json.Stored)!
                .Where(field => field.Value.ValueKind != JsonValueKind.Null)
                .ToDictionary(
                    field => field.Key,
                    field => Short(Told(field.Key, field.Value, zone, names)),
                    StringComparer.Ordinal
                );

    private static string Told(
        string field,
        JsonElement value,
        DateTimeZone zone,
        IReadOnlyDictionary<string, string> names
    ) =>
        value.ValueKind switch
        {
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            JsonValueKind.String => Text(field, value.GetString()!, zone, names),
            _ => value.ToString(),
        };

    private static string Text(
        string field,
        string text,
        DateTimeZone zone,
        IReadOnlyDictionary<string, string> names
    ) =>
        InstantPattern.ExtendedIso.Parse(text) is { Success: true } moment ? HumanTime.Moment(moment.Value, zone)
        : field == "cron" ? UsageTiming.Of(text).Words
        : field.EndsWith("Id", StringComparison.Ordinal) ? names.GetValueOrDefault(text, text)
        : text;

    private static string Short(string text) => text.Length > Longest ? text[..Longest] + "…" : text;
}
