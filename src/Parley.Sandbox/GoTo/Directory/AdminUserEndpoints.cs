using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>The people of an account in the admin API (reference §5.2).</summary>
internal sealed class AdminUserEndpoints(World world)
{
    public static void Map(IEndpointRouteBuilder routes, AdminUserEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup($"{DirectoryEndpoints.Base}/accounts/{{account}}/users");
        group.MapGet("", endpoints.List);
        group.MapPost("", endpoints.Add);
        group.MapPut("", (HttpContext context, string account) => endpoints.Update(context, account, keys: null));
        group.MapDelete("", (HttpContext context, string account) => endpoints.Remove(context, account, keys: null));
        group.MapGet("/{key}", endpoints.Get);
        group.MapPut("/{keys}", endpoints.Update);
        group.MapDelete("/{keys}", endpoints.Remove);
    }

    private IResult List(HttpContext context, string account) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToRead,
            (state, _) =>
            {
                (DirectoryFilter? filter, string? problem) = DirectoryFilter.Read(context);
                return filter is null
                    ? AdminCall.Bad(problem!)
                    : AdminList.Page(
                        state,
                        context,
                        [.. Listed(state, context, account).Where(person => filter.Lets(state, person))],
                        new AdminReplies(state).User
                    );
            }
        );

    private IResult Get(HttpContext context, string account, string key) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToRead,
            (state, caller) =>
                !AdminCall.IsKey(key) ? AdminCall.BadGateway()
                : AdminCall.Find(state, caller, key) is { } person
                    ? WireJson.Answer(StatusCodes.Status200OK, new AdminReplies(state).User(person))
                : AdminCall.NotFound("The user does not exist")
        );

    /// <summary>
    /// <c>{"users":[…],"licenseKeys":[…]}</c> answers an array, people who were there already included. One flat person, the form of
    /// older clients, is answered the same way, but 409 when there already.
    /// </summary>
    private IResult Add(HttpContext context, string account) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToChangeUsers,
            (state, _) =>
            {
                if (AdminCall.Body(context) is not { } body)
                {
                    return AdminCall.Bad("The body is not a JSON object");
                }

                bool flat = body["users"] is null && body["email"] is not null;
                List<JsonObject> wanted = flat ? [body] : [.. (body["users"] as JsonArray ?? []).OfType<JsonObject>()];
                if (
                    wanted.Count == 0
                    || wanted.Exists(user =>
                        AdminCall.Text(user, "email")?.Contains('@', StringComparison.Ordinal) != true
                    )
                )
                {
                    return AdminCall.Bad("users: each needs an email");
                }

                IReadOnlyList<string> licenses = AdminCall.Keys(body, "licenseKeys") ?? [];
                List<Person> people = [];
                List<Person> fresh = [];
                foreach (JsonObject user in wanted)
                {
                    string email = AdminCall.Text(user, "email")!;
                    Person? known = ByEmail(state, email) ?? fresh.Find(person => Same(person.Email, email));
                    if (known is not null && (flat || known.AccountKey != account))
                    {
                        return AdminCall.Conflict($"{email} is there already");
                    }

                    Person person = known ?? New(state, account, email, user) with { LicenseKeys = licenses };
                    people.Add(person);
                    if (known is null)
                    {
                        fresh.Add(person);
                    }
                }

                if (Refusal(state, account, licenses, fresh.Count) is { } refusal)
                {
                    return refusal;
                }

                AdminReplies replies = new(state);
                foreach (Person person in fresh)
                {
                    state.FormerPeople.Remove(person.Key);
                    Membership.Put(state, person);
                }

                return WireJson.Answer(
                    StatusCodes.Status200OK,
                    new JsonArray([.. people.Select(person => (JsonNode)replies.Made(person))])
                );
            }
        );

    /// <summary>A partial change: what is not sent stays. Keys may be several, or left out for a filter.</summary>
    private IResult Update(HttpContext context, string account, string? keys) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToChangeSeats,
            (state, caller) =>
            {
                if (AdminCall.Body(context) is not { } body)
                {
                    return AdminCall.Bad("The body is not a JSON object");
                }

                (IReadOnlyList<Person> people, IResult? refusal) = Chosen(state, caller, context, keys);
                if (refusal is not null)
                {
                    return refusal;
                }

                IReadOnlyList<string>? licenses = AdminCall.Keys(body, "licenseKeys");
                IReadOnlyList<string>? roles = AdminCall.Keys(body, "adminRoles");
                string? email = AdminCall.Text(body, "email");
                if (
                    (roles is not null && !AdminCall.May(caller, AdminCall.ToChangeRoles))
                    || (licenses is null && !AdminCall.May(caller, AdminCall.ToChangeUsers))
                )
                {
                    return AdminCall.Forbidden();
                }

                if (roles?.Except(Membership.AllRoles, StringComparer.Ordinal).Any() == true)
                {
                    return AdminCall.Bad("adminRoles names a role that does not exist");
                }

                if (email is not null && (people.Count > 1 || ByEmail(state, email) is { } other && other != people[0]))
                {
                    return AdminCall.Conflict("The e-mail belongs to someone else");
                }

                foreach (string license in licenses ?? [])
                {
                    int more = people.Count(person => !person.LicenseKeys.Contains(license, StringComparer.Ordinal));
                    if (Refusal(state, account, [license], more) is { } full)
                    {
                        return full;
                    }
                }

                foreach (Person person in people)
                {
                    Membership.Put(
                        state,
                        person with
                        {
                            Email = email ?? person.Email,
                            FirstName = AdminCall.Text(body, "firstName") ?? person.FirstName,
                            LastName = AdminCall.Text(body, "lastName") ?? person.LastName,
                            Locale = AdminCall.Text(body, "locale") ?? person.Locale,
                            TimeZone = AdminCall.Text(body, "timeZone") ?? person.TimeZone,
                            LicenseKeys = licenses ?? person.LicenseKeys,
                            Roles = roles ?? person.Roles,
                        }
                    );
                }

                return state.Directory.AdminPutStatus == StatusCodes.Status204NoContent || people.Count != 1
                    ? Results.NoContent()
                    : WireJson.Answer(
                        StatusCodes.Status200OK,
                        new AdminReplies(state).User(state.People.Find(people[0].Key)!)
                    );
            }
        );

    private IResult Remove(HttpContext context, string account, string? keys) =>
        AdminCall.Answer(
            world,
            context,
            account,
            AdminCall.ToChangeUsers,
            (state, caller) =>
            {
                (IReadOnlyList<Person> people, IResult? refusal) = Chosen(state, caller, context, keys);
                foreach (Person person in refusal is null ? people : [])
                {
                    Membership.Remove(state, person);
                }

                return refusal ?? Results.NoContent();
            }
        );

    /// <summary>The people of an account by key; under <c>listLag</c> as they were a while ago.</summary>
    public static IEnumerable<Person> Listed(World state, HttpContext context, string account)
    {
        Duration lag = WireCall.Of(context).ListLag;
        Instant then = state.Now - lag;
        return state
            .People.All.Where(person =>
                person.AccountKey == account && (lag == Duration.Zero || person.CreatedAt <= then)
            )
            .OrderBy(person => person.Key, StringComparer.Ordinal);
    }

    public static Person? ByEmail(World state, string email) =>
        state.People.All.FirstOrDefault(person => Same(person.Email, email));

    /// <summary>Someone invited: there, but not able to sign in before the invitation is accepted.</summary>
    public static Person New(World state, string account, string email, JsonObject user) =>
        new()
        {
            Key = Membership.KeyFor(state, account, email),
            AccountKey = account,
            Email = email,
            FirstName = AdminCall.Text(user, "firstName") ?? "",
            LastName = AdminCall.Text(user, "lastName") ?? "",
            Password = Seed.Password,
            Licensed = false,
            Status = PersonStatus.Invited,
            Locale = AdminCall.Text(user, "locale") ?? "en_US",
            TimeZone = AdminCall.Text(user, "timeZone") ?? "America/New_York",
            CreatedAt = state.Now,
        };

    private static (IReadOnlyList<Person> People, IResult? Refusal) Chosen(
        World state,
        Caller caller,
        HttpContext context,
        string? keys
    )
    {
        List<Person?> people;
        if (keys is null)
        {
            (DirectoryFilter? filter, string? problem) = DirectoryFilter.Read(context);
            if (filter is null || filter.Empty)
            {
                return ([], AdminCall.Bad(problem ?? "Name the users by key or by filter"));
            }

            people = [.. Listed(state, context, caller.Person.AccountKey).Where(person => filter.Lets(state, person))];
        }
        else
        {
            string[] each = keys.Split(',');
            if (!each.All(AdminCall.IsKey))
            {
                return ([], AdminCall.BadGateway());
            }

            people = [.. each.Distinct(StringComparer.Ordinal).Select(key => AdminCall.Find(state, caller, key))];
        }

        return people.Count == 0 || people.Contains(null)
            ? ([], AdminCall.NotFound("The user does not exist"))
            : ([.. people.OfType<Person>()], null);
    }

    /// <summary>Whether so many more may be given these licences. What the real service answers when seats run out is not known.</summary>
    private static IResult? Refusal(World state, string account, IReadOnlyList<string> licenses, int more)
    {
        foreach (string key in licenses)
        {
            if (state.Licenses.Find(key) is not { } license || license.AccountKey != account)
            {
                return AdminCall.Bad($"licenseKeys names {key}, which is not a licence of this account");
            }

            if (more > 0 && Membership.Holders(state, key).Count + more > license.Seats)
            {
                return AdminCall.Conflict($"The licence {key} has no free seat");
            }
        }

        return null;
    }

    private static bool Same(string left, string right) => left.Equals(right, StringComparison.OrdinalIgnoreCase);
}
