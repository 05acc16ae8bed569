using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Server.WriteBack;

/// <summary>
/// What a template can name, and where it stands in an event. Values are JSON: text, a number, true or false, or null where the event does not
/// tell it.
/// </summary>
internal sealed class Placeholders
{
    // Name → members of the event, from its root.
    private static readonly Dictionary<string, string> Paths = new(StringComparer.Ordinal)
    {
        ["event.type"] = "type",
        ["event.timestamp"] = "timestamp",
        ["meeting.id"] = "data.meetingId",
        ["meeting.arrangementId"] = "data.arrangementId",
        ["meeting.connectionId"] = "data.connectionId",
        ["meeting.provider"] = "data.provider",
        ["meeting.subject"] = "data.subject",
        ["meeting.startsAt"] = "data.startsAt",
        ["meeting.endsAt"] = "data.endsAt",
        ["meeting.timeZone"] = "data.timeZone",
        ["meeting.joinUrl"] = "data.joinUrl",
        ["meeting.doorUrl"] = "data.doorUrl",
        ["meeting.source"] = "data.source",
        ["booking.id"] = "data.bookingId",
        ["attendee.name"] = "data.attendees.0.name",
        ["attendee.email"] = "data.attendees.0.email",
        ["reference.system"] = "data.reference.system",
        ["reference.recordType"] = "data.reference.recordType",
        ["reference.recordId"] = "data.reference.recordId",
        ["reference.url"] = "data.reference.url",
        ["session.id"] = "data.session.id",
        ["session.startedAt"] = "data.session.startedAt",
        ["session.endedAt"] = "data.session.endedAt",
        ["session.durationMinutes"] = "data.session.durationMinutes",
        ["attendance.count"] = "data.attendance.count",
        ["attendance.noShow"] = "data.noShow",
    };

    private const string EventId = "event.id";
    private const string People = "attendance.people";

    private readonly FrozenDictionary<string, JsonNode?> _values;

    private Placeholders(IEnumerable<KeyValuePair<string, JsonNode?>> values) =>
        _values = values.ToFrozenDictionary(StringComparer.Ordinal);

    public static readonly FrozenSet<string> Names = Paths
        .Keys.Append(EventId)
        .Append(People)
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Of an event as it was written.</summary>
    public static Placeholders Of(string eventId, string body)
    {
        var root = JsonNode.Parse(body);
        return new Placeholders(
            Paths
                .Select(path => KeyValuePair.Create(path.Key, Scalar(Find(root, path.Value))))
                .Append(KeyValuePair.Create<string, JsonNode?>(EventId, eventId))
                .Append(KeyValuePair.Create<string, JsonNode?>(People, PeopleOf(root)))
        );
    }

    /// <summary>Values of the right kind that nobody sent: what a template is tried with.</summary>
    public static Placeholders Samples() =>
        new(
            Names.Select(name =>
                KeyValuePair.Create<string, JsonNode?>(
                    name,
                    name switch
                    {
                        "session.durationMinutes" or "attendance.count" => JsonValue.Create(30),
                        "attendance.noShow" => JsonValue.Create(false),
                        _ => JsonValue.Create("sample"),
                    }
                )
            )
        );

    /// <summary>Everything that may be missing is.</summary>
    public static Placeholders Nothing() => new(Names.Select(name => KeyValuePair.Create(name, (JsonNode?)null)));

    public JsonNode? this[string name] => _values[name];

    /// <summary>As text; empty where the event does not tell it.</summary>
    public string Text(string name) =>
        this[name] switch
        {
            null => "",
            JsonValue value when value.TryGetValue<string>(out var text) => text,
            var other => other.ToJsonString(),
        };

    private static JsonNode? Find(JsonNode? node, string path)
    {
        foreach (var part in path.Split('.'))
        {
            node = node switch
            {
                JsonObject members => members[part],
                JsonArray items => int.Parse(part, CultureInfo.InvariantCulture) is var index && index < items.Count
                    ? items[index]
                    : null,
                _ => null,
            };
        }

        return node;
    }

    private static JsonNode? Scalar(JsonNode? node) =>
        node?.GetValueKind() is JsonValueKind.Object or JsonValueKind.Array ? null : node?.DeepClone();

    // "Ada Example (27 min), Otto Organizer (29 min)"
    private static JsonValue? PeopleOf(JsonNode? root) =>
        Find(root, "data.attendance.attendees") is JsonArray people
            ? JsonValue.Create(
                string.Join(
                    ", ",
                    people
                        .OfType<JsonObject>()
                        .Select(person =>
                            string.Create(
                                CultureInfo.InvariantCulture,
                                $"{person["name"]?.GetValue<string>() ?? person["email"]?.GetValue<string>() ?? "Guest"} ({person["minutes"]!.GetValue<int>()} min)"
                            )
                        )
                )
            )
            : null;
}
