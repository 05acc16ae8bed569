using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>
/// What all calls of the admin API and of SCIM share: who may, and how a refusal looks. Which role opens which write is not published;
/// here the role that names the thing does, besides the two that hold the account.
/// </summary>
internal static class AdminCall
{
    public static readonly IReadOnlyList<string> ToRead = Membership.AllRoles;
    public static readonly IReadOnlyList<string> ToChangeUsers = ["SUPER_USER", "MANAGE_ACCOUNT", "MANAGE_USERS"];
    public static readonly IReadOnlyList<string> ToChangeSeats = [.. ToChangeUsers, "MANAGE_SEATS"];
    public static readonly IReadOnlyList<string> ToChangeRoles = ["SUPER_USER", "MANAGE_ACCOUNT"];
    public static readonly IReadOnlyList<string> ToChangeGroups = [.. ToChangeUsers, "MANAGE_GROUPS"];

    /// <summary>A call about one account: 401 without the scope, 502 for a key with letters, 404 for another's account, 403 without a role.</summary>
    public static IResult Answer(
        World world,
        HttpContext context,
        string accountKey,
        IReadOnlyList<string> roles,
        Func<World, Caller, IResult> reply
    ) =>
        Answer(
            world,
            context,
            ["identity:"],
            (state, caller) =>
                !IsKey(accountKey) ? BadGateway()
                : accountKey != caller.Person.AccountKey ? NotFound("The account does not exist")
                : !May(caller, roles) ? Forbidden()
                : reply(state, caller)
        );

    /// <summary>A call that needs one of the scopes.</summary>
    public static IResult Answer(
        World world,
        HttpContext context,
        IReadOnlyList<string> scopes,
        Func<World, Caller, IResult> reply
    ) =>
        world.Change(state =>
            Bearer.Caller(state, context, WireCall.Of(context).ReceivedAt) is { } caller
            && (scopes.Count == 0 || scopes.Any(caller.May))
                ? reply(state, caller)
                : WireJson.EdgeError(
                    StatusCodes.Status401Unauthorized,
                    "not.authenticated",
                    "The token is missing, expired or lacks the scope"
                )
        );

    public static bool May(Caller caller, IReadOnlyList<string> roles) =>
        caller.Person.Roles.Any(role => roles.Contains(role, StringComparer.Ordinal));

    public static bool IsKey(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    /// <summary>The person of the caller's own account under this key.</summary>
    public static Person? Find(World state, Caller caller, string key) =>
        state.People.Find(key) is { } person && person.AccountKey == caller.Person.AccountKey ? person : null;

    /// <summary>The body as an object; null when it is none.</summary>
    public static JsonObject? Body(HttpContext context)
    {
        try
        {
            return JsonNode.Parse(WireCall.Of(context).Body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string? Text(JsonObject body, string name) =>
        body[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? value.GetValue<string>().Trim()
            : null;

    /// <summary>Keys come as text or as numbers.</summary>
    public static IReadOnlyList<string>? Keys(JsonObject body, string name) =>
        body[name] is JsonArray items
            ? [.. items.OfType<JsonValue>().Select(KeyText).Distinct(StringComparer.Ordinal)]
            : null;

    public static string KeyText(JsonValue value) =>
        value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    public static IResult Bad(string message) =>
        WireJson.EdgeError(StatusCodes.Status400BadRequest, "BAD_REQUEST", message);

    public static IResult Conflict(string message) =>
        WireJson.EdgeError(StatusCodes.Status409Conflict, "CONFLICT", message);

    public static IResult NotFound(string message) =>
        WireJson.EdgeError(StatusCodes.Status404NotFound, "NOT_FOUND", message);

    /// <summary>The body of this refusal was never recorded; it must only not look like an expired token.</summary>
    public static IResult Forbidden() =>
        WireJson.EdgeError(StatusCodes.Status403Forbidden, "ACCESS_DENIED", "This needs another admin role");

    /// <summary>What an integrator met when a key had letters in it.</summary>
    public static IResult BadGateway() =>
        WireJson.EdgeError(StatusCodes.Status502BadGateway, "BAD_GATEWAY", "Bad gateway");
}
