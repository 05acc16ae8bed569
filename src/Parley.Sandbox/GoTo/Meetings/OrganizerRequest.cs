using System.Text.Json;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>OrganizerReq of the published file: all four fields are required.</summary>
internal sealed record OrganizerRequest(string Email, string FirstName, string LastName, string Product)
{
    public static (OrganizerRequest? Request, string? Problem) Read(string body)
    {
        if (JsonFields.Parse(body) is not { } fields)
        {
            return (null, "The request body is not a JSON object");
        }

        string? email = fields.Text("organizerEmail");
        string? first = fields.Text("firstName");
        string? last = fields.Text("lastName");
        string? product = OrganizerChange.KnownProduct(fields.Text("productType"));
        string? missing =
            email?.Contains('@', StringComparison.Ordinal) != true ? "organizerEmail"
            : string.IsNullOrWhiteSpace(first) ? "firstName"
            : string.IsNullOrWhiteSpace(last) ? "lastName"
            : product is null ? "productType"
            : null;
        return missing is null
            ? (new OrganizerRequest(email!, first!, last!, product!), null)
            : (null, $"Required parameter '{missing}' is missing or invalid");
    }
}

/// <summary>OrganizerStatus of the published file: <c>{"status":"suspended"}</c> or one product. <c>active</c> is no longer taken.</summary>
internal sealed record OrganizerChange(string? Product)
{
    public static (OrganizerChange? Change, string? Problem) Read(string body)
    {
        if (JsonFields.Parse(body) is not { } fields)
        {
            return (null, "The request body is not a JSON object");
        }

        string? status = fields.Text("status");
        string? sent = fields.Text("productType");
        string? product = KnownProduct(sent);
        return (status, sent) switch
        {
            (null, not null) when product is not null => (new OrganizerChange(product), null),
            (not null, null) when status.Equals("suspended", StringComparison.OrdinalIgnoreCase) => (
                new OrganizerChange(Product: null),
                null
            ),
            _ => (null, "Send 'status' suspended or one 'productType'"),
        };
    }

    public static string? KnownProduct(string? text) =>
        OrganizerReplies.Products.FirstOrDefault(product => product.Equals(text, StringComparison.OrdinalIgnoreCase));
}

/// <summary>The fields of a JSON object.</summary>
internal sealed class JsonFields
{
    private readonly JsonElement root;

    private JsonFields(JsonElement root) => this.root = root;

    public static JsonFields? Parse(string body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonFields(document.RootElement.Clone())
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public string? Text(string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
