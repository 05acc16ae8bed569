using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>
/// SCIM users and what describes them (reference §5.5). <c>identity:scim.me</c> opens one's own record, <c>identity:scim.org</c> with an
/// admin role everybody's.
/// </summary>
internal sealed class ScimEndpoints(World world, SandboxAddress address)
{
    public const string Base = "/goto/identity/v1";
    public static readonly IReadOnlyList<string> OrgScopes = ["identity:scim.org"];
    private static readonly string[] OwnScopes = ["identity:", "identity:scim.me", "identity:scim.org"];
    private static readonly string[] Changes = ["PUT", "PATCH"];

    public static void Map(IEndpointRouteBuilder routes, ScimEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup(Base);
        group.MapGet("/Users", endpoints.List);
        group.MapPost("/Users", endpoints.Add);
        group.MapGet("/Users/me", endpoints.Me);
        group.MapMethods("/Users/me", Changes, endpoints.UpdateMe);
        group.MapGet("/Users/{key}", endpoints.Get);
        group.MapMethods("/Users/{key}", Changes, endpoints.Update);
        group.MapDelete("/Users/{key}", endpoints.Remove);
        group.MapGet("/Schemas/Users", endpoints.Schema);
        group.MapGet("/ServiceProviderConfigs", endpoints.Configuration);
    }

    private IResult Me(HttpContext context) =>
        AdminCall.Answer(world, context, OwnScopes, (state, caller) => Ok(Replies(state).User(caller.Person)));

    private IResult UpdateMe(HttpContext context) =>
        AdminCall.Answer(world, context, OwnScopes, (state, caller) => Change(state, context, caller.Person));

    private IResult List(HttpContext context) =>
        Org(
            context,
            AdminCall.ToRead,
            (state, caller) =>
            {
                (DirectoryFilter? filter, string? problem) = DirectoryFilter.Read(context);
                ScimReplies replies = Replies(state);
                return filter is null
                    ? AdminCall.Bad(problem!)
                    : Ok(
                        ScimReplies.List(
                            AdminUserEndpoints
                                .Listed(state, context, caller.Person.AccountKey)
                                .Where(person => filter.Lets(state, person))
                                .Select(replies.User)
                        )
                    );
            }
        );

    private IResult Add(HttpContext context) =>
        Org(
            context,
            AdminCall.ToChangeUsers,
            (state, caller) =>
            {
                if (
                    AdminCall.Body(context) is not { } body
                    || AdminCall.Text(body, "userName") is not { } email
                    || !email.Contains('@', StringComparison.Ordinal)
                )
                {
                    return AdminCall.Bad("userName must be an e-mail address");
                }

                if (AdminUserEndpoints.ByEmail(state, email) is not null)
                {
                    return AdminCall.Conflict($"{email} is there already");
                }

                Person person = Named(
                    AdminUserEndpoints.New(state, caller.Person.AccountKey, email, new JsonObject()),
                    body
                );
                state.FormerPeople.Remove(person.Key);
                return WireJson.Answer(
                    StatusCodes.Status201Created,
                    Replies(state).User(Membership.Put(state, person))
                );
            }
        );

    private IResult Get(HttpContext context, string key) =>
        AdminCall.Answer(
            world,
            context,
            OwnScopes,
            (state, caller) =>
                caller.Person.Key == key
                    ? Ok(Replies(state).User(caller.Person))
                    : Other(state, caller, key, AdminCall.ToRead, person => Ok(Replies(state).User(person)))
        );

    private IResult Update(HttpContext context, string key) =>
        Org(
            context,
            AdminCall.ToChangeUsers,
            (state, caller) =>
                Other(state, caller, key, AdminCall.ToChangeUsers, person => Change(state, context, person))
        );

    private IResult Remove(HttpContext context, string key) =>
        Org(
            context,
            AdminCall.ToChangeUsers,
            (state, caller) =>
                Other(
                    state,
                    caller,
                    key,
                    AdminCall.ToChangeUsers,
                    person =>
                    {
                        Membership.Remove(state, person);
                        return Results.NoContent();
                    }
                )
        );

    private IResult Schema(HttpContext context) =>
        AdminCall.Answer(world, context, [], (state, _) => Ok(Replies(state).UserSchema()));

    private IResult Configuration(HttpContext context) =>
        AdminCall.Answer(world, context, [], (state, _) => Ok(Replies(state).Configuration()));

    private IResult Org(HttpContext context, IReadOnlyList<string> roles, Func<World, Caller, IResult> reply) =>
        AdminCall.Answer(
            world,
            context,
            OrgScopes,
            (state, caller) => AdminCall.May(caller, roles) ? reply(state, caller) : AdminCall.Forbidden()
        );

    private static IResult Other(
        World state,
        Caller caller,
        string key,
        IReadOnlyList<string> roles,
        Func<Person, IResult> reply
    ) =>
        !OrgScopes.Any(caller.May) || !AdminCall.May(caller, roles) ? AdminCall.Forbidden()
        : !AdminCall.IsKey(key) ? AdminCall.BadGateway()
        : AdminCall.Find(state, caller, key) is { } person ? reply(person)
        : AdminCall.NotFound("The user does not exist");

    /// <summary>PUT and PATCH alike: what is not sent stays, for nothing that may be left out has an empty value.</summary>
    private IResult Change(World state, HttpContext context, Person person)
    {
        if (AdminCall.Body(context) is not { } body)
        {
            return AdminCall.Bad("The body is not a JSON object");
        }

        string email = AdminCall.Text(body, "userName") ?? person.Email;
        return AdminUserEndpoints.ByEmail(state, email) is { } other && other.Key != person.Key
            ? AdminCall.Conflict($"{email} belongs to someone else")
            : Ok(Replies(state).User(Membership.Put(state, Named(person with { Email = email }, body))));
    }

    private static Person Named(Person person, JsonObject body)
    {
        JsonObject name = body["name"] as JsonObject ?? [];
        return person with
        {
            FirstName = AdminCall.Text(name, "givenName") ?? person.FirstName,
            LastName = AdminCall.Text(name, "familyName") ?? person.LastName,
            Locale = AdminCall.Text(body, "locale") ?? person.Locale,
            TimeZone = AdminCall.Text(body, "timezone") ?? person.TimeZone,
        };
    }

    private ScimReplies Replies(World state) => new(state, address.BaseUrl);

    private static IResult Ok(JsonNode body) => WireJson.Answer(StatusCodes.Status200OK, body);
}
