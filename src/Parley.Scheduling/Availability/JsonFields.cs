using System.Globalization;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace Parley.Scheduling.Availability;

/// <summary>
/// Reads the fields of one JSON object and notes everything that is wrong instead of stopping at the first. A field
/// that is null counts as absent. Returned values are only meaningful when no error was noted.
/// </summary>
public readonly struct JsonFields
{
    // Wide enough for any booking, narrow enough that a slip of the pen cannot make the engine walk millennia.
    private static readonly Instant FirstInstant = Instant.FromUtc(1900, 1, 1, 0, 0);
    private static readonly Instant LastInstant = Instant.FromUtc(2200, 1, 1, 0, 0);
    private static readonly LocalDate FirstDate = new(1900, 1, 1);
    private static readonly LocalDate LastDate = new(2200, 1, 1);

    private readonly JsonElement element;
    private readonly string path;
    private readonly FieldErrors errors;

    private JsonFields(JsonElement element, string path, FieldErrors errors)
    {
        this.element = element;
        this.path = path;
        this.errors = errors;
    }

    /// <summary>Null, with an error noted, if it is no object.</summary>
    /// <param name="element">What to read.</param>
    /// <param name="path">Where it stands; empty for the whole body.</param>
    /// <param name="errors">Takes what is wrong.</param>
    /// <param name="known">The fields there may be; others are errors. None named: others are left alone.</param>
    public static JsonFields? Open(
        JsonElement element,
        string path,
        FieldErrors errors,
        params ReadOnlySpan<string> known
    )
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            errors.Add(path, "must be an object");
            return null;
        }

        var fields = new JsonFields(element, path, errors);
        foreach (var property in element.EnumerateObject())
        {
            if (NameOf(property) is not { } name)
            {
                errors.Add(path, "has a field whose name is not valid Unicode");
                return null;
            }

            if (known.Length > 0 && !known.Contains(name))
            {
                errors.Add(fields.At(name), "is not known here");
            }
        }

        return fields;
    }

    /// <summary>Null if the element is no text, or escapes half a surrogate pair, which no text contains.</summary>
    public static string? TextOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            // The only way System.Text.Json tells of such an escape.
            return null;
        }
    }

    public string At(string name) => path.Length == 0 ? name : path + "." + name;

    public bool Has(string name, out JsonElement value) =>
        element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    public bool Requires(string name, out JsonElement value)
    {
        if (Has(name, out value))
        {
            return true;
        }

        errors.Add(At(name), "is required");
        return false;
    }

    public int? Integer(string name, int least, int most)
    {
        if (!Has(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number))
        {
            if (number >= least && number <= most)
            {
                return number;
            }
        }

        errors.Add(
            At(name),
            string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}")
        );
        return null;
    }

    public int RequiredInteger(string name, int least, int most) =>
        Requires(name, out _) ? Integer(name, least, most) ?? least : least;

    public bool Boolean(string name)
    {
        if (!Has(name, out var value))
        {
            return false;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            errors.Add(At(name), "must be true or false");
            return false;
        }

        return value.GetBoolean();
    }

    public string? Text(string name)
    {
        if (!Has(name, out var value))
        {
            return null;
        }

        if (TextOf(value) is { } text)
        {
            return text;
        }

        errors.Add(At(name), "must be text");
        return null;
    }

    public string? RequiredText(string name) => Requires(name, out _) ? Text(name) : null;

    /// <summary>One of the named values, in their spelling.</summary>
    public T Choice<T>(string name, T absent, ReadOnlySpan<(string Name, T Value)> choices)
    {
        if (Text(name) is not { } text)
        {
            return absent;
        }

        var names = new List<string>();
        foreach (var choice in choices)
        {
            if (choice.Name == text)
            {
                return choice.Value;
            }

            names.Add(choice.Name);
        }

        errors.Add(At(name), "must be one of " + string.Join(", ", names));
        return absent;
    }

    public Instant RequiredInstant(string name)
    {
        if (RequiredText(name) is not { } text)
        {
            return FirstInstant;
        }

        // An offset is unambiguous too; we only ever write Z.
        var parsed = OffsetDateTimePattern.ExtendedIso.Parse(text);
        if (!parsed.Success)
        {
            errors.Add(At(name), "must be an instant such as 2026-12-01T09:00:00Z");
            return FirstInstant;
        }

        var instant = parsed.Value.ToInstant();
        if (instant < FirstInstant || instant > LastInstant)
        {
            errors.Add(At(name), "must lie between the years 1900 and 2200");
            return FirstInstant;
        }

        return instant;
    }

    public LocalDate RequiredDate(string name)
    {
        if (RequiredText(name) is not { } text)
        {
            return FirstDate;
        }

        var parsed = LocalDatePattern.Iso.Parse(text);
        if (!parsed.Success)
        {
            errors.Add(At(name), "must be a date such as 2026-12-01");
            return FirstDate;
        }

        if (parsed.Value < FirstDate || parsed.Value > LastDate)
        {
            errors.Add(At(name), "must lie between the years 1900 and 2200");
            return FirstDate;
        }

        return parsed.Value;
    }

    public DateTimeZone RequiredZone(string name)
    {
        if (RequiredText(name) is not { } text)
        {
            return DateTimeZone.Utc;
        }

        if (TimeZones.Find(text) is { } zone)
        {
            return zone;
        }

        errors.Add(At(name), "must be an IANA time zone such as Europe/Berlin");
        return DateTimeZone.Utc;
    }

    /// <summary>The elements of an array with their paths; empty if it is absent, not an array (noted) or too long (noted).</summary>
    public IReadOnlyList<(JsonElement Element, string Path)> List(string name, bool required, int most)
    {
        if (!Has(name, out var value))
        {
            if (required)
            {
                errors.Add(At(name), "is required");
            }

            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            errors.Add(At(name), "must be a list");
            return [];
        }

        if (value.GetArrayLength() > most)
        {
            errors.Add(At(name), string.Create(CultureInfo.InvariantCulture, $"may have at most {most} entries"));
            return [];
        }

        var items = new List<(JsonElement, string)>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            items.Add((item, string.Create(CultureInfo.InvariantCulture, $"{At(name)}[{items.Count}]")));
        }

        return items;
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            // As in TextOf.
            return null;
        }
    }
}
