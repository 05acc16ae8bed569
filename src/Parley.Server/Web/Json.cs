using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;

namespace Parley.Server.Web;

/// <summary>The two ways Parley writes JSON: towards the outside (strict in, camelCase out) and in its own rows.</summary>
public static class Json
{
    /// <summary>Requests and replies of the API: instants as <c>2026-12-01T09:00:00Z</c>, unknown request fields refused.</summary>
    public static readonly JsonSerializerOptions Api = Make(JsonUnmappedMemberHandling.Disallow);

    /// <summary>JSON columns: unknown fields of a newer version are passed over.</summary>
    public static readonly JsonSerializerOptions Stored = Make(JsonUnmappedMemberHandling.Skip);

    public static void Configure(JsonSerializerOptions options, JsonUnmappedMemberHandling unmapped)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.UnmappedMemberHandling = unmapped;
        options.RespectNullableAnnotations = true;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.TypeInfoResolver ??= new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver();
    }

    private static JsonSerializerOptions Make(JsonUnmappedMemberHandling unmapped)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        Configure(options, unmapped);
        return options;
    }

    private sealed class InstantConverter : JsonConverter<Instant>
    {
        public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
            return Instants.TryRead(text, out var instant)
                ? instant
                : throw new JsonException("an instant such as 2026-12-01T09:00:00Z");
        }

        public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) =>
            writer.WriteStringValue(InstantPattern.ExtendedIso.Format(value));
    }
}

/// <summary>Instants as people and programs write them: ISO 8601 with an offset or Z.</summary>
public static class Instants
{
    /// <returns>False for anything else, and for a moment that its offset carries beyond the calendar.</returns>
    public static bool TryRead(string text, out Instant instant)
    {
        instant = default;
        var parsed = OffsetDateTimePattern.ExtendedIso.Parse(text);
        if (!parsed.Success)
        {
            return false;
        }

        try
        {
            instant = parsed.Value.ToInstant();
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }
}
