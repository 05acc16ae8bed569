using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>SCIM groups; the same ones the admin API lists. A person is in one group at most.</summary>
internal sealed class ScimGroupEndpoints(World world, SandboxAddress address)
{
    public static void Map(IEndpointRouteBuilder routes, ScimGroupEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup($"{ScimEndpoints.Base}/Groups");
        group.MapGet("", endpoints.List);
        group.MapPost("", endpoints.Add);
        group.MapGet("/{key}", endpoints.Get);
        group.MapPut("/{key}", endpoints.Replace);
        group.MapPatch("/{key}", endpoints.Change);
        group.MapDelete("/{key}", endpoints.Remove);
    }

    private IResult List(HttpContext context) =>
        Answer(
            context,
            AdminCall.ToRead,
            (state, caller) =>
            {
                (DirectoryFilter? filter, string? problem) = DirectoryFilter.Read(context);
                return filter is null
                    ? AdminCall.Bad(problem!)
                    : WireJson.Answer(
                        StatusCodes.Status200OK,
                        ScimReplies.List(
                            state
                                .Groups.All.Where(group => group.AccountKey == caller.Person.AccountKey)
                                .Where(filter.Lets)
                                .OrderBy(group => group.Key, StringComparer.Ordinal)
                                .Select(Replies(state).Group)
                        )
                    );
            }
        );

    private IResult Add(HttpContext context) =>
        Answer(
            context,
            AdminCall.ToChangeGroups,
            (state, caller) =>
            {
                if (AdminCall.Body(context) is not { } body || AdminCall.Text(body, "displayName") is not { } name)
                {
                    return AdminCall.Bad("displayName is missing");
                }

                Group group = new(Membership.NewKey(), caller.Person.AccountKey, name);
                return Put(state, caller, group, body, replace: true)
                    ?? WireJson.Answer(StatusCodes.Status201Created, Replies(state).Group(group));
            }
        );

    private IResult Get(HttpContext context, string key) =>
        One(
            context,
            key,
            AdminCall.ToRead,
            (state, _, group) => WireJson.Answer(StatusCodes.Status200OK, Replies(state).Group(group))
        );

    private IResult Replace(HttpContext context, string key) => Write(context, key, replace: true);

    /// <summary>Adds members; takes none away.</summary>
    private IResult Change(HttpContext context, string key) => Write(context, key, replace: false);

    private IResult Write(HttpContext context, string key, bool replace) =>
        One(
            context,
            key,
            AdminCall.ToChangeGroups,
            (state, caller, group) =>
            {
                if (AdminCall.Body(context) is not { } body)
                {
                    return AdminCall.Bad("The body is not a JSON object");
                }

                Group after = group with { Name = AdminCall.Text(body, "displayName") ?? group.Name };
                return Put(state, caller, after, body, replace)
                    ?? WireJson.Answer(StatusCodes.Status200OK, Replies(state).Group(after));
            }
        );

    private IResult Remove(HttpContext context, string key) =>
        One(
            context,
            key,
            AdminCall.ToChangeGroups,
            (state, _, group) =>
            {
                Leave(state, group, stay: []);
                state.Groups.Remove(group.Key);
                return Results.NoContent();
            }
        );

    /// <summary>Null when it is done, else why not.</summary>
    private static IResult? Put(World state, Caller caller, Group group, JsonObject body, bool replace)
    {
        List<Person?> members =
        [
            .. (body["members"] as JsonArray ?? [])
                .OfType<JsonObject>()
                .Select(member =>
                    member["value"] is JsonValue value ? AdminCall.Find(state, caller, AdminCall.KeyText(value)) : null
                ),
        ];
        if (members.Contains(null))
        {
            return AdminCall.Bad("members names someone who is not in this account");
        }

        state.Groups.Put(group.Key, group);
        if (replace)
        {
            Leave(state, group, members);
        }

        foreach (Person member in members.OfType<Person>())
        {
            Membership.Put(state, member with { GroupKey = group.Key });
        }

        return null;
    }

    private static void Leave(World state, Group group, IReadOnlyList<Person?> stay)
    {
        HashSet<string?> keys = new(stay.Select(person => person?.Key), StringComparer.Ordinal);
        foreach (
            Person person in state
                .People.All.Where(person => person.GroupKey == group.Key && !keys.Contains(person.Key))
                .ToList()
        )
        {
            Membership.Put(state, person with { GroupKey = null });
        }
    }

    private IResult One(
        HttpContext context,
        string key,
        IReadOnlyList<string> roles,
        Func<World, Caller, Group, IResult> reply
    ) =>
        Answer(
            context,
            roles,
            (state, caller) =>
                !AdminCall.IsKey(key) ? AdminCall.BadGateway()
                : state.Groups.Find(key) is { } group && group.AccountKey == caller.Person.AccountKey
                    ? reply(state, caller, group)
                : AdminCall.NotFound("The group does not exist")
        );

    private IResult Answer(HttpContext context, IReadOnlyList<string> roles, Func<World, Caller, IResult> reply) =>
        AdminCall.Answer(
            world,
            context,
            ScimEndpoints.OrgScopes,
            (state, caller) => AdminCall.May(caller, roles) ? reply(state, caller) : AdminCall.Forbidden()
        );

    private ScimReplies Replies(World state) => new(state, address.BaseUrl);
}
