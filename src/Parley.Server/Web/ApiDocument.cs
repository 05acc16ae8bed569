using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using NodaTime;
using Parley.Server.Access;

namespace Parley.Server.Web;

/// <summary>
/// The OpenAPI 3.1 document at /openapi/v1.json, made from the endpoints. docs/openapi.v1.json is its copy; a test holds the
/// two together, so everything is put in a fixed order.
/// </summary>
internal static class ApiDocument
{
    private const string Scheme = "apiKey";

    public static void AddApiDocument(this IServiceCollection services) =>
        services.AddOpenApi(
            "v1",
            options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.ShouldInclude = description =>
                    description.RelativePath is { } path
                    && (
                        path.StartsWith("api/v1", StringComparison.Ordinal)
                        || path.StartsWith("webhooks/", StringComparison.Ordinal)
                    );
                options.AddSchemaTransformer((schema, context, _) => DescribeAsync(schema, context.JsonTypeInfo.Type));
                options.AddOperationTransformer(CompleteAsync);
                options.AddDocumentTransformer((document, _, _) => FinishAsync(document));
            }
        );

    public static void MapApiDocument(this IEndpointRouteBuilder routes) =>
        routes.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();

    private static Task DescribeAsync(OpenApiSchema schema, Type type)
    {
        var named = Nullable.GetUnderlyingType(type) ?? type;
        if (named == typeof(Instant))
        {
            Text(schema, type, "date-time", "2026-12-01T09:00:00Z");
        }
        else if (named == typeof(LocalDate))
        {
            Text(schema, type, "date", "2026-12-01");
        }

        return Task.CompletedTask;
    }

    private static void Text(OpenApiSchema schema, Type type, string format, string example)
    {
        schema.Type = Nullable.GetUnderlyingType(type) is null
            ? JsonSchemaType.String
            : JsonSchemaType.String | JsonSchemaType.Null;
        schema.Format = format;
        schema.Properties = null;
        schema.Required = null;
        schema.Examples = [JsonValue.Create(example)];
    }

    private static Task CompleteAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<RequiredScope>().LastOrDefault() is { } scope)
        {
            operation.Security =
            [
                new OpenApiSecurityRequirement
                {
                    [new OpenApiSecuritySchemeReference(Scheme, context.Document)] = [scope.Name],
                },
            ];
            operation.Description = $"{operation.Description} Scope: `{scope.Name}`.".Trim();
        }

        AddPath(operation, context.Description.RelativePath ?? "");
        foreach (var parameter in metadata.OfType<QueryParameter>())
        {
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
        }

        if (context.Description.SupportedResponseTypes.Any(response => IsPage(response.Type)))
        {
            AddQuery(
                operation,
                "limit",
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Minimum = "1",
                    Maximum = "200",
                    Default = JsonValue.Create(ListRequest.DefaultLimit),
                }
            );
            AddQuery(operation, "cursor", new OpenApiSchema { Type = JsonSchemaType.String });
        }

        if (metadata.OfType<TakesIdempotencyKey>().Any())
        {
            (operation.Parameters ??= []).Add(
                new OpenApiParameter
                {
                    Name = "Idempotency-Key",
                    In = ParameterLocation.Header,
                    Required = false,
                    Description = "Kept for 48 hours: the same body answers the same status and resource.",
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.String,
                        MinLength = 1,
                        MaxLength = 255,
                    },
                }
            );
        }

        if (metadata.OfType<TakesIfMatch>().Any())
        {
            (operation.Parameters ??= []).Add(
                new OpenApiParameter
                {
                    Name = "If-Match",
                    In = ParameterLocation.Header,
                    Required = false,
                    Description = "The ETag of what was read: changed meanwhile, it answers 412.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                }
            );
        }

        ApiProblems.Describe(operation, metadata, context.Document);
        var responses = new OpenApiResponses();
        foreach (
            var (status, response) in (operation.Responses ?? []).OrderBy(
                response => response.Key,
                StringComparer.Ordinal
            )
        )
        {
            responses.Add(status, response);
        }

        operation.Responses = responses;
        return Task.CompletedTask;
    }

    // What an endpoint reads from the route by hand is in its path all the same; a document that declares less is not valid.
    private static void AddPath(OpenApiOperation operation, string path)
    {
        operation.Parameters ??= [];
        var declared = 0;
        foreach (var name in RoutePatternFactory.Parse(path).Parameters.Select(parameter => parameter.Name))
        {
            if (operation.Parameters.All(parameter => parameter.In != ParameterLocation.Path || parameter.Name != name))
            {
                operation.Parameters.Insert(
                    declared,
                    new OpenApiParameter
                    {
                        Name = name,
                        In = ParameterLocation.Path,
                        Required = true,
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    }
                );
            }

            declared++;
        }

        if (operation.Parameters.Count == 0)
        {
            operation.Parameters = null;
        }
    }

    private static bool IsPage(Type? type) =>
        type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(Storage.Page<>);

    private static void AddQuery(OpenApiOperation operation, string name, OpenApiSchema schema)
    {
        operation.Parameters ??= [];
        if (operation.Parameters.All(parameter => parameter.Name != name))
        {
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Query,
                    Schema = schema,
                }
            );
        }
    }

    private static Task FinishAsync(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Parley",
            Version = "v1",
            Description =
                "Self-hosted conferencing hub. Errors are application/problem+json (RFC 9457) with a stable `code`; all codes: docs/problems.md.",
        };
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [Scheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key of the workspace. The scope `admin` includes all others.",
            },
        };
        if (
            document.Components.Schemas?.TryGetValue("ProblemDetails", out var problem) == true
            && problem.Properties is { } properties
        )
        {
            properties["code"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Enum = ProblemCodes
                    .All.Keys.Order(StringComparer.Ordinal)
                    .Select(code => (JsonNode)JsonValue.Create(code))
                    .ToList(),
            };
            properties["next"] = new OpenApiSchema
            {
                Type = JsonSchemaType.String | JsonSchemaType.Null,
                Description = "What to do.",
            };
            properties["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object | JsonSchemaType.Null,
                Description = "Field → messages.",
                AdditionalProperties = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            };
        }

        var paths = new OpenApiPaths();
        foreach (var (path, item) in document.Paths.OrderBy(path => path.Key, StringComparer.Ordinal))
        {
            paths.Add(path, item);
        }

        document.Paths = paths;
        if (document.Components.Schemas is { } schemas)
        {
            document.Components.Schemas = schemas
                .OrderBy(schema => schema.Key, StringComparer.Ordinal)
                .ToDictionary(schema => schema.Key, schema => schema.Value, StringComparer.Ordinal);
        }

        document.Tags = document.Tags?.OrderBy(tag => tag.Name, StringComparer.Ordinal).ToHashSet();
        return Task.CompletedTask;
    }
}
