using System.Text.Json;

namespace Parley.Conferencing.Wire;

/// <summary>Reads single fields of an object whose form nobody promises.</summary>
internal static class JsonText
{
    /// <summary>The field as text, a number as its digits; null when absent, blank, of another kind or no valid text.</summary>
    public static string? Find(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && Read(value) is { } text && !string.IsNullOrWhiteSpace(text)
            ? text
            : null;

    public static string? Read(JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Number => value.GetRawText(),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate or a byte that is no UTF-8: JSON in form, but not text.
            return null;
        }
    }
}
