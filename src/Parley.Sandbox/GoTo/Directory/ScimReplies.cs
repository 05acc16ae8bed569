using System.Text.Json.Nodes;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>Shapes of the SCIM side (reference §5.5): the version 1 names, and lists under a lower-case <c>resources</c>.</summary>
internal sealed class ScimReplies(World state, string baseUrl)
{
    public JsonObject User(Person person) =>
        new()
        {
            ["schemas"] = new JsonArray("urn:scim:schemas:core:1.0", "urn:scim:schemas:extension:getgo:1.0"),
            ["id"] = person.Key,
            ["userName"] = person.Email,
            ["displayName"] = person.FullName,
            ["name"] = new JsonObject { ["givenName"] = person.FirstName, ["familyName"] = person.LastName },
            ["emails"] = new JsonArray(new JsonObject { ["value"] = person.Email, ["primary"] = true }),
            ["active"] = person.Status == PersonStatus.Active,
            ["locale"] = person.Locale,
            ["timezone"] = person.TimeZone,
            ["accounts"] = new JsonArray(
                new JsonObject
                {
                    ["value"] = person.AccountKey,
                    ["display"] = state.Accounts.Find(person.AccountKey)?.Name,
                }
            ),
            ["entitlements"] = new JsonArray([.. person.Licensed ? new JsonNode[] { "g2m" } : []]),
            ["meta"] = Meta(person.CreatedAt, $"Users/{person.Key}"),
        };

    public JsonObject Group(Group group) =>
        new()
        {
            ["meta"] = new JsonObject { ["location"] = Location($"Groups/{group.Key}") },
            ["id"] = group.Key,
            ["displayName"] = group.Name,
            ["members"] = new JsonArray([
                .. state
                    .People.All.Where(person => person.GroupKey == group.Key)
                    .OrderBy(person => person.Key, StringComparer.Ordinal)
                    .Select(person => (JsonNode)new JsonObject { ["type"] = "user", ["value"] = person.Key }),
            ]),
        };

    public static JsonObject List(IEnumerable<JsonObject> rows)
    {
        JsonArray resources = new([.. rows]);
        return new JsonObject { ["resources"] = resources, ["totalResults"] = resources.Count };
    }

    /// <summary>Names of the published schema; what each attribute allows is read off this twin.</summary>
    public JsonObject UserSchema() =>
        new()
        {
            ["id"] = "urn:scim:schemas:core:1.0:User",
            ["name"] = "User",
            ["description"] = "A person",
            ["schema"] = "urn:scim:schemas:core:1.0",
            ["endpoint"] = "/Users",
            ["attributes"] = new JsonArray([
                .. new[] { "id", "userName", "displayName", "name", "emails", "active", "locale", "timezone" }.Select(
                    name =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["name"] = name,
                                ["type"] = name switch
                                {
                                    "name" or "emails" => "complex",
                                    "active" => "boolean",
                                    _ => "string",
                                },
                                ["multiValued"] = name == "emails",
                                ["schema"] = "urn:scim:schemas:core:1.0",
                                ["readOnly"] = name is "id" or "displayName" or "emails",
                                ["required"] = name == "userName",
                                ["caseExact"] = false,
                            }
                ),
            ]),
        };

    public JsonObject Configuration() =>
        new()
        {
            ["documentationUrl"] = Location("ServiceProviderConfigs"),
            ["patch"] = Supported(true),
            ["bulk"] = Supported(false),
            ["filter"] = Supported(true),
            ["changePassword"] = Supported(false),
            ["sort"] = Supported(false),
            ["etag"] = Supported(false),
            ["xmlDataFormat"] = Supported(false),
            ["authenticationSchemes"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "OAuth 2.0",
                    ["description"] = "A bearer token of the authorization server",
                }
            ),
        };

    private JsonObject Meta(NodaTime.Instant created, string path) =>
        new() { ["created"] = Control.ControlJson.Time(created), ["location"] = Location(path) };

    private string Location(string path) => $"{baseUrl}{ScimEndpoints.Base}/{path}";

    private static JsonObject Supported(bool supported) => new() { ["supported"] = supported };
}
