using System.Globalization;
using System.Text.Json;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>One field that does not fit, as Zoom's <c>errors</c> name it.</summary>
internal sealed record FieldProblem(string Field, string Message);

/// <summary>
/// Reads a JSON object the way Zoom's own API does: unknown fields are passed over, null is as good as absent, numbers and booleans may come
/// as text. What does not fit is collected (reference §5, code 300) and the field counts as absent.
/// </summary>
internal sealed class FieldReader
{
    private readonly JsonElement root;
    private readonly string prefix;
    private readonly List<FieldProblem> problems;

    private FieldReader(JsonElement root, string prefix, List<FieldProblem> problems)
    {
        this.root = root;
        this.prefix = prefix;
        this.problems = problems;
    }

    public IReadOnlyList<FieldProblem> Problems => problems;

    /// <summary>Null: the body is no JSON object. An empty body is an empty object.</summary>
    public static FieldReader? Of(string body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(string.IsNullOrWhiteSpace(body) ? "{}" : body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new FieldReader(document.RootElement.Clone(), "", [])
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Refuse(string name, string message) => problems.Add(new FieldProblem(prefix + name, message));

    public bool Has(string name) => Find(name) is not null;

    public JsonElement? Find(string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public string? Text(string name, int most = int.MaxValue)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        string? text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
        if (text is null)
        {
            Refuse(name, "Invalid field.");
        }
        else if (text.Length > most)
        {
            Refuse(
                name,
                string.Create(CultureInfo.InvariantCulture, $"The length must be less than or equal to {most}.")
            );
            return null;
        }

        return text;
    }

    public string? OneOf(string name, IReadOnlyList<string> words)
    {
        string? text = Text(name);
        if (text is null || words.Contains(text, StringComparer.Ordinal))
        {
            return text;
        }

        Refuse(name, $"Invalid field. Allowed: {string.Join(", ", words)}.");
        return null;
    }

    public int? Whole(string name, int least, int most)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (TryWhole(value, out int number) && number >= least && number <= most)
        {
            return number;
        }

        Refuse(name, string.Create(CultureInfo.InvariantCulture, $"Must be a number from {least} to {most}."));
        return null;
    }

    public int? WholeOf(string name, IReadOnlyList<int> numbers)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (TryWhole(value, out int number) && numbers.Contains(number))
        {
            return number;
        }

        Refuse(name, $"Invalid field. Allowed: {string.Join(", ", numbers)}.");
        return null;
    }

    public bool? Flag(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                return value.GetBoolean();
            case JsonValueKind.String when bool.TryParse(value.GetString(), out bool flag):
                return flag;
            default:
                Refuse(name, "Invalid field.");
                return null;
        }
    }

    /// <summary>The object of a field, with problems named <c>name.field</c>; null when absent.</summary>
    public FieldReader? Inside(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return new FieldReader(value, $"{prefix}{name}.", problems);
        }

        Refuse(name, "Invalid field.");
        return null;
    }

    /// <summary>The objects of an array; null when absent.</summary>
    public IReadOnlyList<FieldReader>? Items(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        if (
            value.ValueKind == JsonValueKind.Array
            && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object)
        )
        {
            return
            [
                .. value.EnumerateArray().Select((item, index) => new FieldReader(item, At(name, index), problems)),
            ];
        }

        Refuse(name, "Invalid field.");
        return null;
    }

    private string At(string name, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}{name}[{index}].");

    private static bool TryWhole(JsonElement value, out int number)
    {
        number = 0;
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetInt32(out number),
            JsonValueKind.String => int.TryParse(
                value.GetString(),
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out number
            ),
            _ => false,
        };
    }
}
