using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Conferencing.Wire;

/// <summary>Turns answers into values; null or false always means "cannot be read", never "nothing there".</summary>
internal static class JsonReplies
{
    /// <summary>One thing, sent bare or as an array of exactly one.</summary>
    public static T? One<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : class => All(body, type) is [var only] ? only : null;

    /// <summary>An array of things, or a bare one. Reads item by item, so that no document tree of a long list is built.</summary>
    public static IReadOnlyList<T>? All<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (body.StartsWith("\uFEFF"u8))
            body = body[3..];
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 32 });
            if (!reader.Read())
                return null;
            var items = new List<T>();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                items.Add(JsonSerializer.Deserialize(ref reader, type)!);
            }
            else if (reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(
                        JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("An item is null.")
                    );
                if (reader.TokenType != JsonTokenType.EndArray)
                    return null;
            }
            else
            {
                return null;
            }
            // Anything but blanks behind the end makes the reader throw.
            while (reader.Read()) { }
            return items;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
