using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Control;

namespace Parley.Sandbox.Control;

/// <summary>
/// <c>/control/accounts</c>, <c>/control/people</c>, <c>/control/licences</c>: who is at the provider, and what becomes of them. Seats are
/// not counted here: what a test asks for, it gets.
/// </summary>
internal sealed class AccountEndpoints(World world, ZoomPeopleControl zoom)
{
    public static void Map(IEndpointRouteBuilder routes, AccountEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/control");
        group.MapGet("/accounts", endpoints.List);
        group.MapPost("/accounts", (Delegate)endpoints.AddAsync);
        group.MapPost("/people/{email}", (Delegate)endpoints.ChangePersonAsync);
        group.MapDelete("/people/{email}", endpoints.RemovePerson);
        group.MapPost("/licences/{key}", (Delegate)endpoints.ChangeLicenceAsync);
    }

    private IResult List(string? provider) => provider == ProviderField.Zoom ? zoom.List() : GoToPeople();

    private IResult GoToPeople() =>
        world.Read(state =>
            ControlJson.Answer(
                new JsonObject
                {
                    ["items"] = ControlJson.Array(
                        state
                            .People.All.OrderBy(person => person.Key, StringComparer.Ordinal)
                            .Select(person => ControlJson.Person(state, person))
                    ),
                    ["licences"] = ControlJson.Array(
                        state.Licenses.All.OrderBy(license => license.Key, StringComparer.Ordinal).Select(Licence)
                    ),
                    ["groups"] = ControlJson.Array(
                        state.Groups.All.OrderBy(group => group.Key, StringComparer.Ordinal).Select(Group)
                    ),
                }
            )
        );

    /// <summary>
    /// One persona (<c>email</c> and what else is known of it), or an account's worth: <c>users</c>, <c>licences</c>, <c>groups</c> and
    /// <c>generate</c> for people by the thousand.
    /// </summary>
    private async Task<IResult> AddAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        if (ProviderField.Read(body) == ProviderField.Zoom)
        {
            return zoom.Add(body);
        }

        string accountName = body.Text("account") ?? "Northwind Conferencing";
        bool one = body.Has("email");
        List<PersonFields> people = one ? [PersonFields.Read(body)] : [];
        people.AddRange(body.Objects("users", PersonFields.Read) ?? []);
        people.AddRange((body.Objects("generate", PersonFields.ReadMany) ?? []).SelectMany(many => many));
        IReadOnlyList<LicenceFields> licences = body.Objects("licences", LicenceFields.Read) ?? [];
        IReadOnlyList<string> groups = body.Texts("groups") ?? [];
        if (people.Count == 0 && licences.Count == 0 && groups.Count == 0 && !body.Has("account"))
        {
            body.Refuse("email", "or users, generate, licences, groups, account: send at least one");
        }

        return body.Problem()
            ?? world.Change(state =>
            {
                HashSet<string> taken = new(
                    state.People.All.Select(person => person.Email),
                    StringComparer.OrdinalIgnoreCase
                );
                if (people.Find(person => !taken.Add(person.Email!)) is { } there)
                {
                    return ControlProblem.Of(
                        StatusCodes.Status409Conflict,
                        "conflict",
                        $"{there.Email} is there already."
                    );
                }

                Account? known = state.Accounts.All.FirstOrDefault(known => known.Name == accountName);
                if (
                    people
                        .Select(person => person.UnknownLicence(state, known?.Key, licences))
                        .FirstOrDefault(name => name is not null) is
                    { } unknown
                )
                {
                    return UnknownLicence(unknown);
                }

                Account account = known ?? new Account(Membership.NewKey(), accountName);
                state.Accounts.Put(account.Key, account);
                List<License> bought = [.. licences.Select(licence => licence.Put(state, account.Key))];
                List<Group> made = [.. groups.Select(name => PersonFields.GroupOf(state, account.Key, name))];
                List<Person> added = [.. people.Select(person => person.Add(state, account.Key))];
                return ControlJson.Answer(
                    one && added.Count == 1 && bought.Count == 0 && made.Count == 0
                        ? ControlJson.Person(state, added[0])
                        : new JsonObject
                        {
                            ["accountKey"] = account.Key,
                            ["account"] = account.Name,
                            ["users"] = ControlJson.Array(
                                added.Select(person =>
                                    (JsonNode)
                                        new JsonObject
                                        {
                                            ["email"] = person.Email,
                                            ["organizerKey"] = person.Key,
                                            ["licensed"] = person.Licensed,
                                        }
                                )
                            ),
                            ["licences"] = ControlJson.Array(bought.Select(Licence)),
                            ["groups"] = ControlJson.Array(made.Select(Group)),
                        },
                    StatusCodes.Status201Created
                );
            });
    }

    /// <summary>Suspends, gives or takes the licence, changes roles, group, name or e-mail.</summary>
    private async Task<IResult> ChangePersonAsync(HttpContext context, string email)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        if (ProviderField.Read(body) == ProviderField.Zoom)
        {
            return zoom.Change(body, email);
        }

        PersonFields fields = PersonFields.Read(body, change: true);
        return body.Problem()
            ?? world.Change(state =>
            {
                if (People.ByEmail(state, email) is not { } person)
                {
                    return ControlProblem.NotFound($"There is no persona {email}.");
                }

                if (fields.UnknownLicence(state, person.AccountKey, bought: []) is { } unknown)
                {
                    return UnknownLicence(unknown);
                }

                return fields.Email is { } wanted && People.ByEmail(state, wanted) is { } other && other != person
                    ? ControlProblem.Of(StatusCodes.Status409Conflict, "conflict", $"{wanted} is there already.")
                    : ControlJson.Answer(ControlJson.Person(state, fields.Change(state, person)));
            });
    }

    private IResult RemovePerson(string email, string? provider, bool? disassociated) =>
        provider == ProviderField.Zoom ? zoom.Remove(email, disassociated is true) : RemoveGoToPerson(email);

    private IResult RemoveGoToPerson(string email) =>
        world.Change(state =>
        {
            if (People.ByEmail(state, email) is not { } person)
            {
                return ControlProblem.NotFound($"There is no persona {email}.");
            }

            Membership.Remove(state, person);
            return Results.NoContent();
        });

    private async Task<IResult> ChangeLicenceAsync(HttpContext context, string key)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        bool? enabled = body.Flag("enabled");
        int? seats = body.Whole("seats", 0, 1_000_000);
        return body.Problem()
            ?? world.Change(state =>
                state.Licenses.Find(key) is { } license
                    ? ControlJson.Answer(
                        Licence(
                            Membership.Put(
                                state,
                                license with
                                {
                                    Enabled = enabled ?? license.Enabled,
                                    Seats = seats ?? license.Seats,
                                }
                            )
                        )
                    )
                    : ControlProblem.NotFound($"There is no licence {key}.")
            );
    }

    private static IResult UnknownLicence(string name) =>
        ControlProblem.NotFound($"The account has no licence '{name}'.");

    private static JsonNode Licence(License license) =>
        new JsonObject
        {
            ["key"] = license.Key,
            ["accountKey"] = license.AccountKey,
            ["description"] = license.Description,
            ["products"] = ControlJson.Texts(license.Products),
            ["seats"] = license.Seats,
            ["enabled"] = license.Enabled,
            ["type"] = license.Type,
        };

    private static JsonNode Group(Group group) =>
        new JsonObject
        {
            ["key"] = group.Key,
            ["accountKey"] = group.AccountKey,
            ["name"] = group.Name,
        };
}
