using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.OpenApi;

namespace Parley.Server.Web;

/// <summary>The parameters of the API document: those of the path, of lists, and the headers operations share.</summary>
internal static class ApiParameters
{
    /// <summary>What a part of a path is; where an id is only called that, by the segment before it.</summary>
    private static readonly FrozenDictionary<string, string> PathWords = new Dictionary<string, string>(
        StringComparer.Ordinal
    )
    {
        ["connectionId"] = "A connection, from `GET /connections`.",
        ["meetingId"] = "The provider's id of the meeting, however people write it, or the id of an arrangement.",
        ["arrangementId"] = "An arrangement: what Parley was asked to see to at a provider.",
        ["deliveryId"] = "A delivery, from `GET …/deliveries`.",
        ["runId"] = "A run, from `GET …/runs`.",
        ["provider"] = "`gotomeeting` or `zoom`.",
        ["purpose"] = "`organizer`: people's own accounts. `account`: an administrator's, for reports.",
        ["slug"] = "What the page's address ends with.",
        ["appId"] = "A provider app of its own, as its webhook address names it.",
        ["api-keys/id"] = "An API key, from `GET /api-keys`; not its secret.",
        ["booking-pages/id"] = "A booking page, from `GET /booking-pages`.",
        ["bookings/id"] = "A booking, from `GET /bookings` or a webhook.",
        ["connections/id"] = "A connection, from `GET /connections`.",
        ["invitations/id"] = "An invitation, from `GET /invitations`; not its link.",
        ["members/id"] = "A member, from `GET /members`.",
        ["webhooks/id"] = "An endpoint, from `GET /webhooks`.",
        ["write-backs/id"] = "A write-back, from `GET /write-backs`.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // What an endpoint reads from the route by hand is in its path all the same; a document that declares less is not valid.
    public static void AddPath(OpenApiOperation operation, string path)
    {
        var parameters = operation.Parameters ??= [];
        var declared = 0;
        foreach (var name in RoutePatternFactory.Parse(path).Parameters.Select(parameter => parameter.Name))
        {
            if (
                parameters.FirstOrDefault(parameter => parameter.In == ParameterLocation.Path && parameter.Name == name)
                is not OpenApiParameter known
            )
            {
                known = new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                };
                parameters.Insert(declared, known);
            }

            known.Description ??=
                PathWords.GetValueOrDefault(name) ?? PathWords.GetValueOrDefault($"{SegmentBefore(path, name)}/{name}");
            declared++;
        }
    }

    public static void AddPage(OpenApiOperation operation)
    {
        AddQuery(
            operation,
            "limit",
            "How many items a page has at most.",
            new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = "1",
                Maximum = "200",
                Default = JsonValue.Create(ListRequest.DefaultLimit),
            }
        );
        AddQuery(
            operation,
            "cursor",
            "`nextCursor` of the page before. What is added or removed meanwhile neither repeats nor hides anything else.",
            new OpenApiSchema { Type = JsonSchemaType.String }
        );
    }

    public static void AddQuery(OpenApiOperation operation, QueryParameter parameter) =>
        (operation.Parameters ??= []).Add(
            new OpenApiParameter
            {
                Name = parameter.Name,
                In = ParameterLocation.Query,
                Required = parameter.Required,
                Description = parameter.Description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = parameter.Format },
            }
        );

    public static void AddIdempotencyKey(OpenApiOperation operation) =>
        AddHeader(
            operation,
            "Idempotency-Key",
            "Makes a repetition safe: kept for 48 hours, the same body under the same key answers the same status and resource and is done once.",
            new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                MinLength = 1,
                MaxLength = 255,
            }
        );

    public static void AddIfMatch(OpenApiOperation operation) =>
        AddHeader(
            operation,
            "If-Match",
            "The ETag of what was read: changed meanwhile, it answers 412. `*`: whatever it is now. Weak tags never match.",
            new OpenApiSchema { Type = JsonSchemaType.String }
        );

    public static void AddIfNoneMatch(OpenApiOperation operation) =>
        AddHeader(
            operation,
            "If-None-Match",
            "The ETag of an earlier reply: while the reply is the same, it answers 304 without a body.",
            new OpenApiSchema { Type = JsonSchemaType.String }
        );

    private static void AddHeader(OpenApiOperation operation, string name, string description, OpenApiSchema schema) =>
        (operation.Parameters ??= []).Add(
            new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Header,
                Required = false,
                Description = description,
                Schema = schema,
            }
        );

    private static void AddQuery(OpenApiOperation operation, string name, string description, OpenApiSchema schema)
    {
        operation.Parameters ??= [];
        if (operation.Parameters.All(parameter => parameter.Name != name))
        {
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Query,
                    Description = description,
                    Schema = schema,
                }
            );
        }
    }

    private static string SegmentBefore(string path, string name)
    {
        var segments = path.Split('/');
        var at = Array.FindIndex(segments, segment => segment.StartsWith($"{{{name}", StringComparison.Ordinal));
        return at > 0 ? segments[at - 1] : "";
    }
}
