using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Reference;

/// <summary>An operation as the API document tells it: what the tests made from the document work on.</summary>
internal sealed record DocumentedOperation(HttpMethod Method, string Path, string Id, JsonNode Node)
{
    /// <summary>The scope its key needs; null: anyone may call it.</summary>
    public string? Scope => Node["security"]![0]!.AsObject().FirstOrDefault().Value?[0]?.GetValue<string>();

    public bool TakesAdministratorsKey => Node["x-parley-roles"] is not null;

    public IEnumerable<JsonNode> Parameters => Node["parameters"]?.AsArray().Select(one => one!) ?? [];

    /// <summary>Media type and example of the body; null: it takes none.</summary>
    public (string Type, JsonNode? Example)? Body =>
        Node["requestBody"]?["content"]?.AsObject().FirstOrDefault() is { Key: { } type, Value: { } content }
            ? (type, content["example"])
            : null;

    public bool Takes(string header) => Parameters.Any(one => one["name"]!.GetValue<string>() == header);

    public IEnumerable<string> Statuses => Node["responses"]!.AsObject().Select(response => response.Key);

    public JsonNode? ReplyExample(string status) =>
        Node["responses"]![status]?["content"]?["application/json"]?["example"];

    public bool AnswersJson(string status) => Node["responses"]![status]?["content"]?["application/json"] is not null;

    public override string ToString() => $"{Method} {Path} ({Id})";

    public static async Task<List<DocumentedOperation>> AllAsync(TestServer parley) =>
        In((await parley.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!);

    public static List<DocumentedOperation> In(JsonNode document) =>
        [
            .. document["paths"]!
                .AsObject()
                .SelectMany(path =>
                    path.Value!.AsObject()
                        .Where(entry => entry.Key is not "parameters")
                        .Select(entry => new DocumentedOperation(
                            new HttpMethod(entry.Key.ToUpperInvariant()),
                            path.Key,
                            entry.Value!["operationId"]!.GetValue<string>(),
                            entry.Value
                        ))
                ),
        ];
}
