using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NodaTime;
using NodaTime.Text;

namespace Parley.Sandbox.Control;

/// <summary>
/// Reads the JSON object of a control call. Every field must be asked for and fit; what nobody asked for, or does not fit, is named in
/// <see cref="Problem"/>.
/// </summary>
internal sealed class ControlBody
{
    private readonly Dictionary<string, JsonElement> fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string[]> errors = new(StringComparer.Ordinal);

    private ControlBody() { }

    public static async Task<ControlBody> ReadAsync(HttpContext context)
    {
        ControlBody body = new();
        using StreamReader reader = new(context.Request.Body);
        string text = await reader.ReadToEndAsync(context.RequestAborted);
        if (string.IsNullOrWhiteSpace(text))
        {
            return body;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            body.Take(document.RootElement.Clone());
        }
        catch (JsonException)
        {
            body.errors["body"] = ["is not JSON"];
        }

        return body;
    }

    private ControlBody(JsonElement element) => Take(element);

    private void Take(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            errors["body"] = ["is not an object"];
            return;
        }

        foreach (JsonProperty property in element.EnumerateObject())
        {
            fields[property.Name] = property.Value;
        }
    }

    public bool Has(string name) => Find(name) is not null;

    /// <summary>Whether the field was sent as null: "none", where none is a value.</summary>
    public bool IsNull(string name)
    {
        asked.Add(name);
        return fields.TryGetValue(name, out JsonElement value) && value.ValueKind == JsonValueKind.Null;
    }

    public void Refuse(string name, string message) => errors[name] = [message];

    public string? Text(string name, bool required = false, IReadOnlyList<string>? oneOf = null)
    {
        if (Find(name) is not { } value)
        {
            return Missing<string>(name, required);
        }

        if (value.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(value.GetString()))
        {
            return Wrong<string>(name, "must be text");
        }

        string text = value.GetString()!;
        return oneOf is null || oneOf.Contains(text, StringComparer.Ordinal)
            ? text
            : Wrong<string>(name, $"must be one of {string.Join(", ", oneOf)}");
    }

    /// <summary>Text that may be empty: an empty body is a body.</summary>
    public string? TextOrEmpty(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : Wrong<string>(name, "must be text");
    }

    public int? Whole(string name, int least, int most)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (
            value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int number)
            && number >= least
            && number <= most
        )
        {
            return number;
        }

        Refuse(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}"));
        return null;
    }

    public double? Fraction(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number is > 0 and <= 1)
        {
            return number;
        }

        Refuse(name, "must be a number above 0, at most 1");
        return null;
    }

    public bool? Flag(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Refuse(name, "must be true or false");
        return null;
    }

    public Instant? Time(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (InstantPattern.ExtendedIso.Parse(text) is { Success: true } parsed)
        {
            return parsed.Value;
        }

        Refuse(name, "must be an instant such as 2026-12-01T09:00:00Z");
        return null;
    }

    public IReadOnlyList<string>? Texts(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (
            value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
        )
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }

        Refuse(name, "must be an array of text");
        return null;
    }

    /// <summary>Reads an object; problems inside are named <c>name.field</c>.</summary>
    public T? Object<T>(string name, Func<ControlBody, T> read)
        where T : class
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        ControlBody inner = new(value);
        T item = read(inner);
        inner.NameUnknown();
        foreach ((string field, string[] messages) in inner.errors)
        {
            errors[field == "body" ? name : $"{name}.{field}"] = messages;
        }

        return item;
    }

    /// <summary>Reads an array of objects; problems inside are named <c>name[0].field</c>.</summary>
    public IReadOnlyList<T>? Objects<T>(string name, Func<ControlBody, T> read)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Refuse(name, "must be an array of objects");
            return null;
        }

        List<T> items = [];
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            ControlBody inner = new(item);
            items.Add(read(inner));
            inner.NameUnknown();
            foreach ((string field, string[] messages) in inner.errors)
            {
                errors[string.Create(CultureInfo.InvariantCulture, $"{name}[{index}].{field}")] = messages;
            }

            index++;
        }

        return items;
    }

    /// <summary>Null when everything read so far fits and nothing else was sent.</summary>
    public IResult? Problem()
    {
        NameUnknown();
        return errors.Count == 0 ? null : ControlProblem.Invalid(errors);
    }

    private void NameUnknown()
    {
        foreach (string name in fields.Keys.Where(name => !asked.Contains(name)))
        {
            errors.TryAdd(name, ["is not a field of this call"]);
        }
    }

    private JsonElement? Find(string name)
    {
        asked.Add(name);
        return fields.TryGetValue(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private T? Missing<T>(string name, bool required)
    {
        if (required)
        {
            Refuse(name, "is missing");
        }

        return default;
    }

    private T? Wrong<T>(string name, string message)
    {
        Refuse(name, message);
        return default;
    }
}
