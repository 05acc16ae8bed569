using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.GoTo.Meetings;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>Who am I: the admin API's <c>/me</c> (reference §5.1) and its SCIM fallback (§5.5).</summary>
internal sealed class DirectoryEndpoints(World world)
{
    private static readonly string[] AdminRoles =
    [
        "SUPER_USER",
        "MANAGE_ACCOUNT",
        "MANAGE_USERS",
        "MANAGE_SEATS",
        "MANAGE_SETTINGS",
        "MANAGE_GROUPS",
        "RUN_REPORTS",
    ];

    public static void Map(IEndpointRouteBuilder routes, DirectoryEndpoints endpoints)
    {
        routes.MapGet("/goto/admin/rest/v1/me", endpoints.AdminMe);
        routes.MapGet("/goto/identity/v1/Users/me", endpoints.ScimMe);
    }

    private IResult AdminMe(HttpContext context) =>
        Answer(
            context,
            ["identity:"],
            (account, person) =>
                new JsonObject
                {
                    // Text here, a bare number for the account: both are seen, and a client must take both.
                    ["key"] = person.Key,
                    ["accountKey"] = MeetingReplies.Key(account.Key),
                    ["email"] = person.Email,
                    ["emailLocked"] = false,
                    ["firstName"] = person.FirstName,
                    ["lastName"] = person.LastName,
                    ["locale"] = person.Locale,
                    ["timeZone"] = person.TimeZone,
                    ["canAuthenticate"] = true,
                    ["accounts"] = new JsonArray(
                        new JsonObject { ["key"] = MeetingReplies.Key(account.Key), ["name"] = account.Name }
                    ),
                    ["adminRoles"] = new JsonArray([.. person.Admin ? AdminRoles.Select(role => (JsonNode)role) : []]),
                    ["products"] = new JsonArray([.. person.Licensed ? new JsonNode[] { "G2M" } : []]),
                }
        );

    private IResult ScimMe(HttpContext context) =>
        Answer(
            context,
            ["identity:", "identity:scim.me"],
            (account, person) =>
                new JsonObject
                {
                    ["schemas"] = new JsonArray("urn:scim:schemas:core:1.0", "urn:scim:schemas:extension:getgo:1.0"),
                    ["id"] = person.Key,
                    ["userName"] = person.Email,
                    ["displayName"] = person.FullName,
                    ["name"] = new JsonObject { ["givenName"] = person.FirstName, ["familyName"] = person.LastName },
                    ["emails"] = new JsonArray(new JsonObject { ["value"] = person.Email, ["primary"] = true }),
                    ["locale"] = person.Locale,
                    ["timezone"] = person.TimeZone,
                    ["accounts"] = new JsonArray(
                        new JsonObject { ["value"] = account.Key, ["display"] = account.Name }
                    ),
                    ["entitlements"] = new JsonArray([.. person.Licensed ? new JsonNode[] { "g2m" } : []]),
                }
        );

    private IResult Answer(HttpContext context, string[] oneOf, Func<Account, Person, JsonNode> reply) =>
        world.Read(state =>
        {
            Caller? caller = Bearer.Caller(state, context, WireCall.Of(context).ReceivedAt);
            return
                caller is not null
                && oneOf.Any(caller.May)
                && state.Accounts.Find(caller.Person.AccountKey) is { } account
                ? WireJson.Answer(StatusCodes.Status200OK, reply(account, caller.Person))
                : WireJson.EdgeError(
                    StatusCodes.Status401Unauthorized,
                    "not.authenticated",
                    "The token is missing, expired or lacks the scope"
                );
        });
}
