using System.Collections.Frozen;
using System.Text.Json.Nodes;

namespace Parley.Server.Web;

/// <summary>What people are told about an operation besides its summary.</summary>
/// <param name="Description">What it does, when to use it, what to mind.</param>
/// <param name="Request">A body that works: tests send it. Null where the operation takes none.</param>
/// <param name="Query">A query that works, without the question mark; with an operation that needs one.</param>
public sealed record OperationWords(string? Description, JsonNode? Request, string? Query);

/// <summary>
/// The words and examples of the API document: Web/Reference/*.json, one file per tag; schemas.json, the shapes of types that
/// are read by hand; and replies.json, what the server really answered to those examples (written by the tests, never by hand).
/// </summary>
public static class ApiReference
{
    private const string Folder = "Parley.Server.Web.Reference.";
    private const string RepliesFile = "replies";
    private const string SchemasFile = "schemas";

    static ApiReference()
    {
        var operations = new Dictionary<string, OperationWords>(StringComparer.Ordinal);
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        var replies = new JsonObject();
        foreach (var (name, content) in Files())
        {
            if (name == RepliesFile)
            {
                replies = content;
                continue;
            }

            if (name == SchemasFile)
            {
                Schemas = content.ToFrozenDictionary(
                    schema => schema.Key,
                    schema => schema.Value!.AsObject(),
                    StringComparer.Ordinal
                );
                continue;
            }

            tags.Add(content["tag"]!.GetValue<string>(), content["description"]!.GetValue<string>());
            foreach (var (id, words) in content["operations"]!.AsObject())
            {
                operations.Add(
                    id,
                    new OperationWords(
                        words!["description"]?.GetValue<string>(),
                        words["request"],
                        words["query"]?.GetValue<string>()
                    )
                );
            }
        }

        (Operations, Tags, Replies) = (
            operations.ToFrozenDictionary(StringComparer.Ordinal),
            tags.ToFrozenDictionary(StringComparer.Ordinal),
            replies
        );
    }

    /// <summary>By operationId.</summary>
    public static FrozenDictionary<string, OperationWords> Operations { get; }

    /// <summary>Descriptions by tag.</summary>
    public static FrozenDictionary<string, string> Tags { get; }

    /// <summary>By type: the shape in JSON of what is read and written by hand, as JSON Schema.</summary>
    internal static FrozenDictionary<string, JsonObject> Schemas { get; } = FrozenDictionary<string, JsonObject>.Empty;

    private static JsonObject Replies { get; }

    /// <summary>The body the example was answered with; a copy.</summary>
    public static JsonNode? ReplyOf(string operationId, string status) => Replies[operationId]?[status]?.DeepClone();

    private static IEnumerable<(string Name, JsonObject Content)> Files()
    {
        var assembly = typeof(ApiReference).Assembly;
        foreach (
            var resource in assembly
                .GetManifestResourceNames()
                .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        )
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            yield return (
                Path.GetFileNameWithoutExtension(resource[Folder.Length..]),
                JsonNode.Parse(stream)!.AsObject()
            );
        }
    }
}
