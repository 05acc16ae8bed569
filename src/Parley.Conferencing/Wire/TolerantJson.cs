using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;

namespace Parley.Conferencing.Wire;

/// <summary>Text that some replies send as a number. Digits are kept as they are: keys exceed 2^53, and even 2^63.</summary>
internal sealed class TextOrNumberConverter : JsonConverter<string?>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ReadText(ref reader);

    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);

    internal static string? ReadText(ref Utf8JsonReader reader) =>
        reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => Encoding.UTF8.GetString(
                reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan
            ),
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            _ => throw new JsonException("Text or a number was expected."),
        };
}

/// <summary>A list of texts that may arrive as one bare text, as numbers, or as null for none.</summary>
internal sealed class TextListConverter : JsonConverter<IReadOnlyList<string>?>
{
    public override IReadOnlyList<string>? Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    )
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return TextOrNumberConverter.ReadText(ref reader) is { Length: > 0 } single ? [single] : null;
        var list = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (TextOrNumberConverter.ReadText(ref reader) is { Length: > 0 } text)
                list.Add(text);
        }
        return list;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string>? value, JsonSerializerOptions options)
    {
        if (value is null)
        {
            writer.WriteNullValue();
            return;
        }
        writer.WriteStartArray();
        foreach (var text in value)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}

/// <summary>A truth value that some replies send as text or digit; empty text means not told.</summary>
internal sealed class FlagOrTextConverter : JsonConverter<bool?>
{
    public override bool? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TextOrNumberConverter.ReadText(ref reader)?.Trim().ToLowerInvariant() switch
        {
            null or "" => null,
            "true" or "1" or "yes" => true,
            "false" or "0" or "no" => false,
            _ => throw new JsonException("True or false was expected."),
        };

    public override void Write(Utf8JsonWriter writer, bool? value, JsonSerializerOptions options)
    {
        if (value is { } flag)
            writer.WriteBooleanValue(flag);
        else
            writer.WriteNullValue();
    }
}

/// <summary>A whole number that some replies send as text; empty text, <c>NA</c> and negative numbers mean not told.</summary>
internal sealed class CountOrTextConverter : JsonConverter<int?>
{
    public override int? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = TextOrNumberConverter.ReadText(ref reader)?.Trim();
        if (string.IsNullOrEmpty(text) || string.Equals(text, "NA", StringComparison.OrdinalIgnoreCase))
            return null;
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            throw new JsonException("A whole number was expected.");
        return number is >= 0 and <= int.MaxValue ? (int)number : null;
    }

    public override void Write(Utf8JsonWriter writer, int? value, JsonSerializerOptions options)
    {
        if (value is { } number)
            writer.WriteNumberValue(number);
        else
            writer.WriteNullValue();
    }
}

/// <summary>
/// An instant in any of the forms seen: <c>Z</c>, <c>+0000</c>, <c>+00:00</c>, GoTo's <c>.+0000</c> (a dot without digits),
/// <c>.123+02:00</c>, un-padded fields, no zone (then UTC, which is what these interfaces state everywhere). Empty text is null.
/// </summary>
internal sealed class TolerantInstantConverter : JsonConverter<Instant?>
{
    public override Instant? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException("A date and time was expected.");
        var text = reader.GetString();
        if (string.IsNullOrWhiteSpace(text))
            return null;
        return TryParse(text, out var instant) ? instant : throw new JsonException("The date and time cannot be read.");
    }

    public override void Write(Utf8JsonWriter writer, Instant? value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Requests write their instants themselves.");

    internal static bool TryParse(ReadOnlySpan<char> text, out Instant instant)
    {
        instant = default;
        text = text.Trim();
        var mark = text.IndexOfAny('T', 't', ' ');
        if (mark < 0 || !TryFields(text[..mark], '-', out var year, out var month, out var day))
            return false;
        var rest = text[(mark + 1)..];
        var zoneAt = rest.IndexOfAny("Zz+-");
        var offset = Offset.Zero;
        if (zoneAt >= 0 && !TryOffset(rest[zoneAt..], out offset))
            return false;
        var clock = zoneAt < 0 ? rest : rest[..zoneAt];
        var dot = clock.IndexOfAny('.', ',');
        long nanoseconds = 0;
        if (dot >= 0 && !TryFraction(clock[(dot + 1)..], out nanoseconds))
            return false;
        if (!TryFields(dot < 0 ? clock : clock[..dot], ':', out var hour, out var minute, out var second))
            return false;
        if (year is < 1 or > 9999 || month is < 1 or > 12 || hour > 23 || minute > 59 || second > 59)
            return false;
        if (day < 1 || day > CalendarSystem.Iso.GetDaysInMonth(year, month))
            return false;
        var local = new LocalDateTime(year, month, day, hour, minute, second).PlusNanoseconds(nanoseconds);
        instant = local.WithOffset(offset).ToInstant();
        return true;
    }

    private static bool TryFields(ReadOnlySpan<char> text, char separator, out int a, out int b, out int c)
    {
        (a, b, c) = (0, 0, 0);
        var first = text.IndexOf(separator);
        var last = text.LastIndexOf(separator);
        if (first < 0)
            return false;
        // Seconds may be left out: 09:30Z.
        if (first == last)
            return separator == ':' && TryNumber(text[..first], out a) && TryNumber(text[(first + 1)..], out b);
        return TryNumber(text[..first], out a)
            && TryNumber(text[(first + 1)..last], out b)
            && TryNumber(text[(last + 1)..], out c);
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        return text.Length is >= 1 and <= 4
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool TryFraction(ReadOnlySpan<char> digits, out long nanoseconds)
    {
        nanoseconds = 0;
        if (digits.ContainsAnyExceptInRange('0', '9'))
            return false;
        for (var i = 0; i < 9; i++)
            nanoseconds = nanoseconds * 10 + (i < digits.Length ? digits[i] - '0' : 0);
        return true;
    }

    private static bool TryOffset(ReadOnlySpan<char> text, out Offset offset)
    {
        offset = Offset.Zero;
        if (text is "Z" or "z")
            return true;
        var digits = text[1..];
        int hours,
            minutes = 0;
        var read = digits.Length switch
        {
            2 => TryNumber(digits, out hours),
            4 => TryNumber(digits[..2], out hours) & TryNumber(digits[2..], out minutes),
            5 when digits[2] == ':' => TryNumber(digits[..2], out hours) & TryNumber(digits[3..], out minutes),
            _ => TryNumber([], out hours),
        };
        if (!read || hours > 18 || minutes > 59 || (hours == 18 && minutes > 0))
            return false;
        var total = Offset.FromHoursAndMinutes(hours, minutes);
        offset = text[0] == '-' ? -total : total;
        return true;
    }
}
