using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Parley.Server.Access;

namespace Parley.Server.Web;

/// <summary>Examples and headers of the API document's requests and replies.</summary>
internal static class ApiReplies
{
    /// <summary>GETs of the API answer <c>If-None-Match</c>.</summary>
    public static void AddNotModified(OpenApiOperation operation)
    {
        if (!HasJson(operation, "200"))
        {
            return;
        }

        ApiParameters.AddIfNoneMatch(operation);
        (operation.Responses ??= []).TryAdd(
            "304",
            new OpenApiResponse { Description = "As `If-None-Match` knows it." }
        );
    }

    public static void Describe(OpenApiOperation operation, IList<object> metadata)
    {
        var id = operation.OperationId ?? "";
        if (
            ApiReference.Operations.GetValueOrDefault(id)?.Request is { } request
            && operation.RequestBody?.Content is { } contents
        )
        {
            foreach (var content in contents.Values)
            {
                content.Example = request.DeepClone();
            }
        }

        var keyed = metadata.OfType<RequiredScope>().Any();
        foreach (var (status, reply) in operation.Responses ?? [])
        {
            if (reply is not OpenApiResponse response)
            {
                continue;
            }

            if (response.Content is { } shown && shown.TryGetValue("application/json", out var json))
            {
                json.Example = ApiReference.ReplyOf(id, status);
            }

            if (
                keyed
                && operation.Parameters?.Any(parameter => parameter.Name == "If-None-Match") == true
                && status == "200"
            )
            {
                Header(response, "ETag", "Of this reply: for `If-None-Match`, and for `If-Match` of a change.");
            }

            if (status is "201" or "202")
            {
                Header(response, "Location", "Where it is, if it has an address of its own.");
            }

            if (status is "429" or "503")
            {
                Header(response, "Retry-After", "Seconds until it is worth another try.");
            }
        }
    }

    private static bool HasJson(OpenApiOperation operation, string status) =>
        operation.Responses?.TryGetValue(status, out var response) == true
        && response.Content?.ContainsKey("application/json") == true;

    private static void Header(OpenApiResponse response, string name, string description) =>
        (response.Headers ??= new Dictionary<string, IOpenApiHeader>(StringComparer.Ordinal)).TryAdd(
            name,
            new OpenApiHeader
            {
                Description = description,
                Schema = new OpenApiSchema
                {
                    Type = name == "Retry-After" ? JsonSchemaType.Integer : JsonSchemaType.String,
                },
            }
        );
}
