using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
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

    /// <summary>On operations that take an administrator's key: the roles whose keys they take.</summary>
    public const string RolesExtension = "x-parley-roles";

    private const string PartSuffix = "Patch";

    private const string Introduction = """
        JSON in camelCase; instants as `2026-12-01T09:00:00Z`, IANA time zones, durations in whole minutes, ids opaque text.

        **Errors** are `application/problem+json` (RFC 9457) with a stable `code`, on 400 `errors` by field, and `next`: what to do. All codes: docs/problems.md.

        **Lists** answer `{"items":[…],"nextCursor":…}`; send `nextCursor` as `cursor` until it is null.

        **Repeating** a POST is safe under the same `Idempotency-Key`. **Changing** is safe with `If-Match` and the `ETag` of what was read; `If-None-Match` on a GET answers 304 while nothing changed.

        **Limits**: every reply to a key carries `RateLimit-Policy` and `RateLimit`; one call too many is 429 `rate_limited` with `Retry-After`.
        """;

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
            // Wherever it may be null, that is said there.
            Text(schema, named, "date-time", "2026-12-01T09:00:00Z");
        }
        else if (named == typeof(LocalDate))
        {
            Text(schema, type, "date", "2026-12-01");
        }

        ApiSchemas.Refine(schema, named);
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
            var words = $"Scope: `{scope.Name}`.";
            if (metadata.OfType<AdministratorsKeyOnly>().Any())
            {
                words += " Takes the key of an owner or administrator.";
                operation.AddExtension(RolesExtension, new JsonNodeExtension(new JsonArray(Role.Owner, Role.Admin)));
            }

            operation.Description = $"{DescriptionOf(operation)} {words}".Trim();
        }
        else
        {
            operation.Description = DescriptionOf(operation);
            // Said, so that nobody takes it for forgotten.
            operation.Security = [new OpenApiSecurityRequirement()];
        }

        var path = context.Description.RelativePath ?? "";
        ApiParameters.AddPath(operation, path);
        foreach (var parameter in metadata.OfType<QueryParameter>())
        {
            ApiParameters.AddQuery(operation, parameter);
        }

        if (context.Description.SupportedResponseTypes.Any(response => IsPage(response.Type)))
        {
            ApiParameters.AddPage(operation);
        }

        if (metadata.OfType<TakesIdempotencyKey>().Any())
        {
            ApiParameters.AddIdempotencyKey(operation);
        }

        if (metadata.OfType<TakesIfMatch>().Any())
        {
            ApiParameters.AddIfMatch(operation);
        }

        if (metadata.OfType<RequiredScope>().Any() && context.Description.HttpMethod == HttpMethods.Get)
        {
            ApiReplies.AddNotModified(operation);
        }

        if (operation.Parameters is { Count: 0 })
        {
            operation.Parameters = null;
        }

        ApiProblems.Describe(operation, metadata, context.Document);
        ApiReplies.Describe(operation, metadata);
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

    private static string? DescriptionOf(OpenApiOperation operation) =>
        ApiReference.Operations.GetValueOrDefault(operation.OperationId ?? "")?.Description ?? operation.Description;

    private static bool IsPage(Type? type) =>
        type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(Storage.Page<>);

    private static Task FinishAsync(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Parley",
            Version = "v1",
            Summary = "Self-hosted conferencing hub: meetings, bookings and reports over GoTo Meeting and Zoom.",
            Description = Introduction,
            Contact = new OpenApiContact { Name = "Whoever runs this server" },
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = "/", Description = "The server this document comes from." }];
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
            AllowParts(document, schemas);
            document.Components.Schemas = schemas
                .OrderBy(schema => schema.Key, StringComparer.Ordinal)
                .ToDictionary(schema => schema.Key, schema => schema.Value, StringComparer.Ordinal);
        }

        document.Tags = document
            .Tags?.OrderBy(tag => tag.Name, StringComparer.Ordinal)
            .Select(tag => new OpenApiTag
            {
                Name = tag.Name,
                Description = ApiReference.Tags.GetValueOrDefault(tag.Name ?? ""),
            })
            .ToHashSet();
        return Task.CompletedTask;
    }

    // A merge patch names what changes: nothing of the whole is required.
    private static void AllowParts(OpenApiDocument document, IDictionary<string, IOpenApiSchema> schemas)
    {
        foreach (
            var content in document
                .Paths.Values.SelectMany(path => path.Operations ?? [])
                .Where(operation => operation.Key == HttpMethod.Patch)
                .SelectMany(operation => operation.Value.RequestBody?.Content?.Values ?? [])
        )
        {
            if (
                content.Schema is OpenApiSchemaReference { Reference.Id: { } whole }
                && schemas.TryGetValue(whole, out var schema)
                && schema is OpenApiSchema { Required.Count: > 0 }
            )
            {
                var part = (OpenApiSchema)schema.CreateShallowCopy();
                part.Required = null;
                schemas.TryAdd(whole + PartSuffix, part);
                content.Schema = new OpenApiSchemaReference(whole + PartSuffix, document);
            }
        }
    }
}
