using System.Security;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;
using Parley.Server.Web;

namespace Parley.Server.WriteBack;

/// <summary>Text with <c>{{placeholders}}</c>. What is put in is escaped for where it stands: nobody's subject line becomes markup.</summary>
internal sealed partial class Template
{
    private readonly IReadOnlyList<Part> _parts;

    private Template(IReadOnlyList<Part> parts) => _parts = parts;

    /// <summary>Of what stands outside and inside of placeholders, one is null.</summary>
    private sealed record Part(string? Literal, string? Name);

    public bool IsPlain => _parts.All(part => part.Name is null);

    /// <summary>The text before the first placeholder.</summary>
    public string Beginning => _parts.Count > 0 ? _parts[0].Literal ?? "" : "";

    /// <summary>An unknown placeholder, or one that is not closed, is named at <paramref name="field"/>.</summary>
    public static Template Parse(string text, FieldErrors errors, string field)
    {
        var parts = new List<Part>();
        var at = 0;
        foreach (Match match in Placeholder().Matches(text))
        {
            if (match.Index > at)
            {
                parts.Add(new Part(text[at..match.Index], null));
            }

            var name = match.Groups["name"].Value;
            if (Placeholders.Names.Contains(name))
            {
                parts.Add(new Part(null, name));
            }
            else
            {
                errors.Add(field, $"names {{{{{name}}}}}, which there is not");
            }

            at = match.Index + match.Length;
        }

        if (at < text.Length)
        {
            parts.Add(new Part(text[at..], null));
        }

        if (parts.Exists(part => part.Literal?.Contains("{{", StringComparison.Ordinal) == true))
        {
            errors.Add(field, "has {{ that begins no placeholder such as {{reference.recordId}}");
        }

        return new Template(parts);
    }

    /// <exception cref="InvalidOperationException">It was checked when it was kept: a mistake here is ours.</exception>
    public static Template Parse(string checkedText)
    {
        var errors = new FieldErrors();
        var template = Parse(checkedText, errors, "template");
        return errors.Any ? throw new InvalidOperationException(errors.ToProblem().Detail) : template;
    }

    /// <summary>As an address. Each value is one piece of it and never more: no slash, no step upwards, no second parameter.</summary>
    /// <returns>The address, or what is wrong with it.</returns>
    public (string? Url, string? Objection) Url(Placeholders values)
    {
        var url = new StringBuilder();
        var inPath = true;
        foreach (var part in _parts)
        {
            if (part.Literal is { } literal)
            {
                url.Append(literal);
                inPath &= !literal.Contains('?', StringComparison.Ordinal);
                continue;
            }

            var value = values.Text(part.Name!);
            if (value.Length == 0 && inPath)
            {
                return (null, $"{part.Name} is empty, and the address needs it");
            }

            url.Append(Uri.EscapeDataString(value));
        }

        var text = url.ToString();
        var path = text.Split('?')[0];
        return path.Split('/').Any(segment => Uri.UnescapeDataString(segment) is "." or "..")
            ? (null, "a part of the address would lead upwards")
            : (text, null);
    }

    public string Body(string contentType, Placeholders values)
    {
        var body = new StringBuilder();
        var json = new JsonPosition();
        foreach (var part in _parts)
        {
            if (part.Literal is { } literal)
            {
                body.Append(literal);
                json.Pass(literal);
                continue;
            }

            body.Append(
                contentType switch
                {
                    WriteBackContent.Form => Uri.EscapeDataString(values.Text(part.Name!)),
                    WriteBackContent.Xml => Xml(values.Text(part.Name!)),
                    WriteBackContent.Text => values.Text(part.Name!),
                    _ => json.InText ? Escaped(values.Text(part.Name!)) : Literal(values[part.Name!]),
                }
            );
        }

        return body.ToString();
    }

    // Between quotation marks.
    private static string Escaped(string text) => JsonSerializer.Serialize(text, Json.Api)[1..^1];

    private static string Literal(JsonNode? value) => value?.ToJsonString(Json.Api) ?? "null";

    private static string Xml(string text) =>
        SecurityElement.Escape(string.Concat(text.Where(XmlConvert.IsXmlChar))) ?? "";

    [GeneratedRegex(
        @"\{\{\s*(?<name>[A-Za-z][A-Za-z0-9_.]*)\s*\}\}",
        RegexOptions.None,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Placeholder();

    /// <summary>Whether we are inside a JSON text.</summary>
    private sealed class JsonPosition
    {
        private bool _escaped;
        public bool InText { get; private set; }

        public void Pass(string literal)
        {
            foreach (var character in literal)
            {
                if (_escaped)
                {
                    _escaped = false;
                }
                else if (character == '\\' && InText)
                {
                    _escaped = true;
                }
                else if (character == '"')
                {
                    InText = !InText;
                }
            }
        }
    }
}
