using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Parley.Server.Web;

/// <summary>What the generator of the API document does not see by itself.</summary>
internal static class ApiSchemas
{
    public static void Refine(OpenApiSchema schema, Type type)
    {
        WholeNumbers(schema);
        foreach (var member in schema.Properties?.Values.OfType<OpenApiSchema>() ?? [])
        {
            WholeNumbers(member);
        }

        if (ApiReference.Schemas.TryGetValue(type.Name, out var shape))
        {
            Apply(schema, shape);
        }
    }

    // Numbers are read from text as well; nobody should be told to send them so.
    private static void WholeNumbers(OpenApiSchema schema)
    {
        if (
            schema is { Pattern: not null, Type: { } type }
            && (type.HasFlag(JsonSchemaType.Integer) || type.HasFlag(JsonSchemaType.Number))
        )
        {
            schema.Type = type & ~JsonSchemaType.String;
            schema.Pattern = null;
        }
    }

    private static void Apply(OpenApiSchema schema, JsonObject shape)
    {
        schema.Type = shape["type"] switch
        {
            JsonArray several => several.Aggregate(
                default(JsonSchemaType),
                (types, one) => types | TypeOf(one!.GetValue<string>())
            ),
            { } one => TypeOf(one.GetValue<string>()),
            null => null,
        };
        schema.Description = shape["description"]?.GetValue<string>() ?? schema.Description;
        schema.Format = shape["format"]?.GetValue<string>();
        schema.Enum = shape["enum"]?.AsArray().Select(value => value!.DeepClone()).ToList();
        schema.Items = shape["items"] is JsonObject items ? Of(items) : null;
        schema.Properties = shape["properties"]
            ?.AsObject()
            .ToDictionary(
                member => member.Key,
                member => (IOpenApiSchema)Of(member.Value!.AsObject()),
                StringComparer.Ordinal
            );
        schema.Required = shape["required"]
            ?.AsArray()
            .Select(name => name!.GetValue<string>())
            .ToHashSet(StringComparer.Ordinal);
        schema.OneOf = shape["oneOf"]?.AsArray().Select(one => (IOpenApiSchema)Of(one!.AsObject())).ToList();
    }

    private static OpenApiSchema Of(JsonObject shape)
    {
        var schema = new OpenApiSchema();
        Apply(schema, shape);
        return schema;
    }

    private static JsonSchemaType TypeOf(string name) =>
        name switch
        {
            "string" => JsonSchemaType.String,
            "integer" => JsonSchemaType.Integer,
            "number" => JsonSchemaType.Number,
            "boolean" => JsonSchemaType.Boolean,
            "array" => JsonSchemaType.Array,
            "object" => JsonSchemaType.Object,
            "null" => JsonSchemaType.Null,
            _ => throw new ArgumentException($"JSON has no type {name}.", nameof(name)),
        };
}
