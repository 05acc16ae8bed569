using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Parley.Server.Web;

/// <summary>
/// Text no JSON body may hold, refused before anything reads it: U+0000, which PostgreSQL refuses, and halves of surrogate pairs, which JSON
/// allows as escapes (RFC 8259 §8.2) and which are no character at all, so that nothing could store or send them.
/// </summary>
internal static class BodyText
{
    private const string Nul = "must not contain the character U+0000";
    private const string Half = "must be text: half of a surrogate pair (\\ud800 to \\udfff) stands alone";

    /// <returns>Null: every text of the body can be kept. What is not JSON is for others to refuse.</returns>
    public static Problem? Refuse(byte[] body)
    {
        if (WrongIn(body) is not { } wrong)
        {
            return null;
        }

        try
        {
            if (FieldOf(body) is ({ Length: > 0 } field, var message))
            {
                var errors = new FieldErrors();
                errors.Add(field, message);
                return errors.ToProblem();
            }
        }
        catch (JsonException)
        {
            return new Problem(ProblemCodes.MalformedJson, "The body cannot be read as JSON.");
        }

        return new Problem(ProblemCodes.Invalid, $"A text of the body {wrong}.");
    }

    /// <summary>The first field whose text, or a name within it, is wrong; dotted, as problems name fields.</summary>
    private static (string Field, string Message)? FieldOf(byte[] body)
    {
        var levels = new List<Level>();
        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            var wrong = reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String
                ? WrongIn(reader.ValueSpan)
                : null;
            switch (reader.TokenType)
            {
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    levels.RemoveAt(levels.Count - 1);
                    break;
                case JsonTokenType.PropertyName:
                    levels[^1].Name = wrong is null ? reader.GetString()! : "";
                    break;
                default:
                    if (levels.Count > 0)
                    {
                        levels[^1].Index++;
                    }

                    break;
            }

            if (wrong is not null)
            {
                return (PathOf(levels), wrong);
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                levels.Add(new Level { IsArray = reader.TokenType == JsonTokenType.StartArray });
            }
        }

        return null;
    }

    private static string PathOf(List<Level> levels)
    {
        var path = new StringBuilder();
        foreach (var level in levels)
        {
            if (level.IsArray)
            {
                path.Append(CultureInfo.InvariantCulture, $"[{level.Index}]");
            }
            else if (level.Name.Length > 0)
            {
                path.Append(path.Length == 0 ? "" : ".").Append(level.Name);
            }
        }

        return path.ToString();
    }

    /// <summary>What is wrong among the escapes of JSON text: unescaped, neither can come through a reader of UTF-8.</summary>
    private static string? WrongIn(ReadOnlySpan<byte> text)
    {
        var afterHigh = false;
        for (var at = 0; at < text.Length; )
        {
            var unit = -1;
            if (text[at] != (byte)'\\')
            {
                if (afterHigh)
                {
                    return Half;
                }

                // On to the next escape.
                var next = text[at..].IndexOf((byte)'\\');
                if (next < 0)
                {
                    return null;
                }

                at += next;
                continue;
            }

            if (at + 5 < text.Length && text[at + 1] == (byte)'u')
            {
                unit = Unit(text.Slice(at + 2, 4));
            }

            if (unit == 0)
            {
                return Nul;
            }

            var isLow = unit is >= 0xdc00 and <= 0xdfff;
            if (afterHigh != isLow)
            {
                return Half;
            }

            afterHigh = unit is >= 0xd800 and <= 0xdbff;
            at += unit < 0 ? 2 : 6;
        }

        return afterHigh ? Half : null;
    }

    private static int Unit(ReadOnlySpan<byte> digits) =>
        int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? unit : -1;

    private sealed class Level
    {
        public required bool IsArray { get; init; }
        public int Index { get; set; } = -1;
        public string Name { get; set; } = "";
    }
}
