using System.Text.Json;
using System.Text.Json.Serialization;
using Parley.Scheduling.Availability;

namespace Parley.Server.Booking;

/// <summary>
/// What a page does while the connection that hosts it cannot make meetings: <c>"hold"</c> takes bookings and makes the meetings when
/// it works again, <c>"pause"</c> takes none, <c>{"fallback":"con_…"}</c> hosts new bookings with another connection.
/// </summary>
[JsonConverter(typeof(WhenDisconnectedConverter))]
public sealed record WhenDisconnected
{
    internal const string HoldText = "hold";
    internal const string PauseText = "pause";
    internal const string FallbackField = "fallback";

    private WhenDisconnected() { }

    public static readonly WhenDisconnected Hold = new();
    public static readonly WhenDisconnected Pause = new() { Pauses = true };

    public bool Pauses { get; private init; }

    /// <summary>The connection that steps in; null with <see cref="Hold"/> and <see cref="Pause"/>.</summary>
    public string? FallbackConnectionId { get; private init; }

    public static WhenDisconnected Fallback(string connectionId) => new() { FallbackConnectionId = connectionId };

    internal static WhenDisconnected Read(JsonFields fields, Parley.Scheduling.Availability.FieldErrors errors)
    {
        const string name = "whenDisconnected";
        if (!fields.Has(name, out var json))
        {
            return Hold;
        }

        if (Parse(json) is { } known)
        {
            return known;
        }

        errors.Add(name, "must be \"hold\", \"pause\" or {\"fallback\": a connection's id}");
        return Hold;
    }

    internal static WhenDisconnected? Parse(JsonElement json) =>
        json switch
        {
            { ValueKind: JsonValueKind.String } when json.ValueEquals(HoldText) => Hold,
            { ValueKind: JsonValueKind.String } when json.ValueEquals(PauseText) => Pause,
            { ValueKind: JsonValueKind.Object }
                when json.EnumerateObject().Count() == 1
                    && json.TryGetProperty(FallbackField, out var id)
                    && id.ValueKind == JsonValueKind.String
                    && id.GetString() is { Length: > 0 and <= 100 } connection => Fallback(connection),
            _ => null,
        };
}

internal sealed class WhenDisconnectedConverter : JsonConverter<WhenDisconnected>
{
    public override WhenDisconnected Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return WhenDisconnected.Parse(document.RootElement)
            ?? throw new JsonException("\"hold\", \"pause\" or {\"fallback\": a connection's id}");
    }

    public override void Write(Utf8JsonWriter writer, WhenDisconnected value, JsonSerializerOptions options)
    {
        if (value.FallbackConnectionId is { } connection)
        {
            writer.WriteStartObject();
            writer.WriteString(WhenDisconnected.FallbackField, connection);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStringValue(value.Pauses ? WhenDisconnected.PauseText : WhenDisconnected.HoldText);
        }
    }
}
