using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>The admin API but for its users: who am I, licences, groups, and the lists known by path (reference §5.1, §5.3, §5.4).</summary>
internal sealed class DirectoryEndpoints(World world)
{
    public const string Base = "/goto/admin/rest/v1";

    public static void Map(IEndpointRouteBuilder routes, DirectoryEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup(Base);
        group.MapGet("/me", endpoints.Me);
        group.MapGet("/accounts/{account}/licenses", endpoints.Licenses);
        group.MapGet("/accounts/{account}/licenses/{license}", endpoints.License);
        group.MapDelete("/accounts/{account}/licenses/{license}/users/{user}", endpoints.Unassign);
        group.MapGet("/accounts/{account}/groups", endpoints.Groups);
        group.MapGet("/accounts/{account}/attributes", endpoints.Attributes);
        group.MapGet("/accounts/{account}/rolesets", endpoints.RoleSets);
        group.MapGet("/accounts/{account}/templates", endpoints.Templates);
    }

    /// <summary>The one call that needs no role. <c>includeAdmins</c> and <c>includeInvitation</c> are taken; what they add is not known.</summary>
    private IResult Me(HttpContext context) =>
        AdminCall.Answer(
            world,
            context,
            ["identity:"],
            (state, caller) =>
                state.Accounts.Find(caller.Person.AccountKey) is { } account
                    ? WireJson.Answer(StatusCodes.Status200OK, new AdminReplies(state).Me(account, caller.Person))
                    : AdminCall.NotFound("The account does not exist")
        );

    private IResult Licenses(HttpContext context, string account) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToRead,
            (state, _) =>
                AdminList.Page(
                    state,
                    context,
                    [
                        .. state
                            .Licenses.All.Where(license => license.AccountKey == account)
                            .OrderBy(license => license.Key, StringComparer.Ordinal),
                    ],
                    new AdminReplies(state).License
                )
        );

    private IResult License(HttpContext context, string account, string license) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToRead,
            (state, _) =>
                !AdminCall.IsKey(license) ? AdminCall.BadGateway()
                : state.Licenses.Find(license) is { } found && found.AccountKey == account
                    ? WireJson.Answer(StatusCodes.Status200OK, new AdminReplies(state).License(found))
                : AdminCall.NotFound("The licence does not exist")
        );

    private IResult Unassign(HttpContext context, string account, string license, string user) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToChangeSeats,
            (state, caller) =>
            {
                if (!AdminCall.IsKey(license) || !AdminCall.IsKey(user))
                {
                    return AdminCall.BadGateway();
                }

                if (
                    AdminCall.Find(state, caller, user) is not { } person
                    || !person.LicenseKeys.Contains(license, StringComparer.Ordinal)
                )
                {
                    return AdminCall.NotFound("The user does not hold this licence");
                }

                Membership.Put(
                    state,
                    person with
                    {
                        LicenseKeys = [.. person.LicenseKeys.Where(key => key != license)],
                    }
                );
                return Results.NoContent();
            }
        );

    private IResult Groups(HttpContext context, string account) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToRead,
            (state, _) =>
                AdminList.Page(
                    state,
                    context,
                    [
                        .. state
                            .Groups.All.Where(group => group.AccountKey == account)
                            .OrderBy(group => group.Key, StringComparer.Ordinal),
                    ],
                    new AdminReplies(state).Group
                )
        );

    /// <summary>Custom fields an account may define: none here.</summary>
    private IResult Attributes(HttpContext context, string account) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToRead,
            (state, _) => AdminList.Page(state, context, Array.Empty<JsonObject>(), row => row)
        );

    private IResult RoleSets(HttpContext context, string account) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToRead,
            (state, _) =>
                AdminList.Page(
                    state,
                    context,
                    [
                        ("1", "Super admin", Membership.AllRoles),
                        ("2", "Reports", (IReadOnlyList<string>)["RUN_REPORTS"]),
                    ],
                    ((string Key, string Name, IReadOnlyList<string> Roles) set) =>
                        new JsonObject
                        {
                            ["key"] = new AdminReplies(state).Number(set.Key),
                            ["name"] = set.Name,
                            ["adminRoles"] = new JsonArray([.. set.Roles.Select(role => (JsonNode)role)]),
                        }
                )
        );

    private IResult Templates(HttpContext context, string account) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToRead,
            (state, _) =>
                AdminList.Page(
                    state,
                    context,
                    [1],
                    number => new JsonObject
                    {
                        ["key"] = new AdminReplies(state).Number(number.ToString(CultureInfo.InvariantCulture)),
                        ["name"] = "Default settings",
                        ["default"] = true,
                    }
                )
        );
}
