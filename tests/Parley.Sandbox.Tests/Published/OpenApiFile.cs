using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Parley.Sandbox.Tests.Published;

/// <summary>
/// Holds JSON against the schemas of the published OpenAPI 3.0 file, as far as that file uses the language: references, types and their
/// formats, required fields, enumerations, arrays. Stricter than the language in one point: a field the file does not name is refused.
/// </summary>
internal sealed partial class OpenApiFile
{
    private readonly JsonNode root;

    private OpenApiFile(JsonNode root) => this.root = root;

    public static OpenApiFile Read(string name = "gotomeeting-v1") =>
        new(
            JsonNode.Parse(
                File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Published", $"{name}.openapi.json"))
            ) ?? throw new InvalidDataException("empty")
        );

    /// <summary>Every operation and the OAuth scopes it takes, as <c>GET /users/{userId}</c>.</summary>
    public IEnumerable<(string Method, string Path, IReadOnlyList<string> Scopes)> Scopes() =>
        from path in root["paths"]!.AsObject()
        from method in path.Value!.AsObject()
        select (
            method.Key.ToUpperInvariant(),
            path.Key,
            (IReadOnlyList<string>)
                [
                    .. method.Value!["security"]![0]!["openapi_oauth"]!
                        .AsArray()
                        .Select(scope => scope!.GetValue<string>()),
                ]
        );

    /// <summary>Every operation with the statuses of success it declares, as <c>GET /meetings/{meetingId} 200</c>.</summary>
    public IEnumerable<string> Successes() =>
        from path in root["paths"]!.AsObject()
        from method in path.Value!.AsObject()
        from reply in method.Value!["responses"]!.AsObject()
        where reply.Key.StartsWith('2')
        select $"{method.Key.ToUpperInvariant()} {path.Key} {reply.Key}";

    /// <summary>What is wrong with a reply; nothing when it fits. <paramref name="body"/> null: there was none.</summary>
    public IReadOnlyList<string> CheckReply(string method, string path, int status, JsonNode? body)
    {
        if (Operation(method, path)["responses"]![Text(status)] is not { } declared)
        {
            return [$"{method} {path}: {status} is not declared"];
        }

        JsonNode? schema = declared["content"]?["application/json"]?["schema"];
        return (schema, body) switch
        {
            (null, null) => [],
            (null, _) => [$"{method} {path}: {status} has no body in the file"],
            (_, null) => [$"{method} {path}: {status} has a body in the file"],
            _ => Check(schema, body),
        };
    }

    public IReadOnlyList<string> CheckRequest(string method, string path, JsonNode body)
    {
        JsonNode declared = Resolve(
            Operation(method, path)["requestBody"] ?? throw new InvalidDataException($"{method} {path} has no body")
        );
        return Check(declared["content"]!["application/json"]!["schema"]!, body);
    }

    /// <summary>Whether the query of a request names what the file declares, with values of its types, and all it requires.</summary>
    public IReadOnlyList<string> CheckQuery(string method, string path, IReadOnlyDictionary<string, string> query)
    {
        List<JsonNode> declared =
        [
            .. (Operation(method, path)["parameters"] as JsonArray ?? [])
                .Select(parameter => Resolve(parameter!))
                .Where(parameter => parameter["in"]!.GetValue<string>() == "query"),
        ];
        List<string> problems =
        [
            .. query
                .Keys.Where(name => declared.TrueForAll(one => one["name"]!.GetValue<string>() != name))
                .Select(name => $"{name} is not declared"),
        ];
        foreach (JsonNode parameter in declared)
        {
            string name = parameter["name"]!.GetValue<string>();
            if (query.TryGetValue(name, out string? value))
            {
                JsonNode typed =
                    parameter["schema"]!["type"]!.GetValue<string>() == "boolean" && bool.TryParse(value, out bool flag)
                        ? JsonValue.Create(flag)
                        : JsonValue.Create(value);
                problems.AddRange(Check(parameter["schema"]!, typed));
            }
            else if (parameter["required"]?.GetValue<bool>() == true)
            {
                problems.Add($"{name} is missing");
            }
        }

        return problems;
    }

    /// <summary>An array of a named schema, for the two that nothing in the file refers to.</summary>
    public IReadOnlyList<string> CheckArrayOf(string schema, JsonNode body) =>
        Check(
            new JsonObject
            {
                ["type"] = "array",
                ["items"] = new JsonObject { ["$ref"] = $"#/components/schemas/{schema}" },
            },
            body
        );

    public IReadOnlyList<string> Check(JsonNode schema, JsonNode? value)
    {
        List<string> problems = [];
        Check(Resolve(schema), value, "$", problems);
        return problems;
    }

    private void Check(JsonNode schema, JsonNode? value, string at, List<string> problems)
    {
        if (schema["oneOf"] is JsonArray choices)
        {
            List<IReadOnlyList<string>> tried = [.. choices.Select(choice => Check(choice!, value))];
            problems.AddRange(tried.MinBy(found => found.Count)!);
            return;
        }

        schema = Merged(schema);
        // Schemas of objects leave their type out in this file.
        string type = schema["type"]?.GetValue<string>() ?? "object";
        bool fits = (type, value) switch
        {
            ("object", JsonObject) or ("array", JsonArray) => true,
            ("string", JsonValue text) => text.GetValueKind() == System.Text.Json.JsonValueKind.String,
            ("boolean", JsonValue flag) => flag.GetValueKind()
                is System.Text.Json.JsonValueKind.True
                    or System.Text.Json.JsonValueKind.False,
            ("number", JsonValue number) => number.GetValueKind() == System.Text.Json.JsonValueKind.Number,
            ("integer", JsonValue number) => Whole(number, schema["format"]?.GetValue<string>()),
            _ => false,
        };
        if (!fits)
        {
            problems.Add($"{at}: {value?.ToJsonString() ?? "null"} is no {type} {schema["format"]}".TrimEnd());
            return;
        }

        if (schema["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value)))
        {
            problems.Add($"{at}: {value!.ToJsonString()} is none of {words.ToJsonString()}");
        }

        if (
            schema["format"]?.GetValue<string>() == "date-time"
            && !(DateTime().IsMatch(value!.GetValue<string>()) && IsDate(value.GetValue<string>()))
        )
        {
            problems.Add($"{at}: {value.ToJsonString()} is no date-time of RFC 3339");
        }

        switch (value)
        {
            case JsonArray items:
                for (int index = 0; index < items.Count; index++)
                {
                    Check(Resolve(schema["items"]!), items[index], $"{at}[{index}]", problems);
                }

                break;
            case JsonObject fields:
                CheckFields(schema, fields, at, problems);
                break;
        }
    }

    private void CheckFields(JsonNode schema, JsonObject fields, string at, List<string> problems)
    {
        JsonObject declared = schema["properties"]!.AsObject();
        problems.AddRange(
            (schema["required"] as JsonArray ?? [])
                .Select(name => name!.GetValue<string>())
                .Where(name => !fields.ContainsKey(name))
                .Select(name => $"{at}.{name} is missing")
        );
        foreach ((string name, JsonNode? field) in fields)
        {
            if (declared[name] is { } known)
            {
                Check(Resolve(known), field, $"{at}.{name}", problems);
            }
            else if (schema["additionalProperties"] is null)
            {
                problems.Add($"{at}.{name} is not declared");
            }
        }
    }

    /// <summary>One object with the fields of all parts of an <c>allOf</c>.</summary>
    private JsonNode Merged(JsonNode schema)
    {
        if (schema["allOf"] is not JsonArray parts)
        {
            return schema;
        }

        JsonObject fields = [];
        JsonArray required = [];
        foreach (JsonNode part in parts.Select(part => Merged(Resolve(part!))))
        {
            foreach ((string name, JsonNode? field) in part["properties"]!.AsObject())
            {
                fields[name] = field!.DeepClone();
            }

            foreach (JsonNode? name in part["required"] as JsonArray ?? [])
            {
                required.Add(name!.DeepClone());
            }
        }

        return new JsonObject { ["properties"] = fields, ["required"] = required };
    }

    private JsonNode Operation(string method, string path) =>
        root["paths"]![path]?[method.ToLowerInvariant()]
        ?? throw new InvalidDataException($"{method} {path} is not in the file");

    private JsonNode Resolve(JsonNode node)
    {
        if (node["$ref"]?.GetValue<string>() is not { } reference)
        {
            return node;
        }

        JsonNode found = root;
        foreach (string part in reference.TrimStart('#', '/').Split('/'))
        {
            found = found[part] ?? throw new InvalidDataException($"{reference} leads nowhere");
        }

        return Resolve(found);
    }

    private static bool Whole(JsonValue value, string? format) =>
        value.GetValueKind() == System.Text.Json.JsonValueKind.Number
        && long.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out long number)
        && (format != "int32" || number is >= int.MinValue and <= int.MaxValue);

    private static bool IsDate(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        1000
    )]
    private static partial Regex DateTime();
}
