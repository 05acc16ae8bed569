using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.Control;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>Organizers by the deprecated calls, <c>/goto/G2M/rest/organizers</c> (reference §2.2); the admin API replaces them.</summary>
internal sealed class OrganizerEndpoints(MeetingApi api)
{
    public static void Map(IEndpointRouteBuilder routes, OrganizerEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/goto/G2M/rest/organizers");
        group.MapPost("/", endpoints.Create);
        group.MapGet("/", endpoints.List);
        group.MapDelete("/", endpoints.DeleteByEmail);
        group.MapGet("/{key}", endpoints.Get);
        group.MapPut("/{key}", endpoints.Update);
        group.MapDelete("/{key}", endpoints.Delete);
    }

    /// <summary>Makes an organizer of the caller's account. Answers 400, 409 for an address that is taken.</summary>
    public static IResult Create(MeetingCall call, string? groupKey)
    {
        (OrganizerRequest? request, string? problem) = OrganizerRequest.Read(call.Wire.Body);
        if (request is null)
        {
            return call.Errors.BadRequest(problem!);
        }

        World state = call.State;
        if (People.ByEmail(state, request.Email) is not null)
        {
            return call.Errors.Conflict("An organizer with this e-mail address exists");
        }

        string account = call.Caller.Person.AccountKey;
        Person person = Membership.Put(
            state,
            new Person
            {
                Key = Membership.KeyFor(state, account, request.Email),
                AccountKey = account,
                Email = request.Email,
                FirstName = request.FirstName,
                LastName = request.LastName,
                Password = Seed.Password,
                Licensed = false,
                Locale = call.Caller.Person.Locale,
                TimeZone = call.Caller.Person.TimeZone,
                LicenseKeys = [LicenseFor(state, account, request.Product).Key],
                GroupKey = groupKey,
                Purpose = "Made by the deprecated organizer call.",
                CreatedAt = state.Now,
            }
        );
        return WireJson.Answer(StatusCodes.Status201Created, OrganizerReplies.Created(person));
    }

    private IResult Create(HttpContext context) => api.Admin(context, call => Create(call, groupKey: null));

    private IResult List(HttpContext context) =>
        api.Admin(
            context,
            call =>
            {
                string email = call.Query("email");
                List<Person> found =
                [
                    .. OrganizerReplies
                        .Organizers(call.State, call.Caller.Person.AccountKey)
                        .Where(person =>
                            email.Length == 0 || person.Email.Equals(email, StringComparison.OrdinalIgnoreCase)
                        ),
                ];
                return found.Count == 0 ? call.Errors.NotFound("There is no such organizer") : Rows(call, found);
            }
        );

    private IResult DeleteByEmail(HttpContext context) =>
        api.Admin(
            context,
            call =>
                People.ByEmail(call.State, call.Query("email")) is { } person
                && person.AccountKey == call.Caller.Person.AccountKey
                    ? Remove(call, person)
                    : call.Errors.BadRequest("'email' is missing or names no organizer of this account")
        );

    /// <summary>Everybody may ask for themselves.</summary>
    private IResult Get(HttpContext context, string key) =>
        api.WithIdentity(
            context,
            call => call.TryOrganizer(key, out Person? person, out IResult? refusal) ? Rows(call, [person]) : refusal
        );

    private IResult Delete(HttpContext context, string key) =>
        api.Admin(
            context,
            call => call.TryOrganizer(key, out Person? person, out IResult? refusal) ? Remove(call, person) : refusal
        );

    /// <summary>One product more, or <c>suspended</c>: none at all.</summary>
    private IResult Update(HttpContext context, string key) =>
        api.Admin(
            context,
            call =>
            {
                if (!call.TryOrganizer(key, out Person? person, out IResult? refusal))
                {
                    return refusal;
                }

                (OrganizerChange? change, string? problem) = OrganizerChange.Read(call.Wire.Body);
                if (change is null)
                {
                    return call.Errors.BadRequest(problem!);
                }

                World state = call.State;
                Membership.Put(
                    state,
                    change.Product is { } product
                        ? person with
                        {
                            Status = PersonStatus.Active,
                            LicenseKeys =
                            [
                                .. person.LicenseKeys.Union(
                                    [LicenseFor(state, person.AccountKey, product).Key],
                                    StringComparer.Ordinal
                                ),
                            ],
                        }
                        : person with
                        {
                            Status = PersonStatus.Suspended,
                        }
                );
                return Results.NoContent();
            }
        );

    private static IResult Remove(MeetingCall call, Person person)
    {
        Membership.Remove(call.State, person);
        return Results.NoContent();
    }

    private static IResult Rows(MeetingCall call, IReadOnlyList<Person> people) =>
        WireJson.Rows([.. people.Select(person => OrganizerReplies.Organizer(call.State, person))], row => row);

    /// <summary>A plan of the account with the product, made when there is none. Webinar and training plans have meetings too.</summary>
    private static License LicenseFor(World state, string account, string product)
    {
        if (product == Membership.MeetingProduct)
        {
            return Membership.MeetingLicense(state, account);
        }

        License? found = state
            .Licenses.All.Where(license =>
                license.AccountKey == account
                && license.Enabled
                && license.Products.Contains(product, StringComparer.Ordinal)
            )
            .MinBy(license => license.Key, StringComparer.Ordinal);
        if (found is not null)
        {
            return found;
        }

        string key = Membership.NewKey();
        return state.Licenses.Put(
            key,
            new License
            {
                Key = key,
                AccountKey = account,
                Description = product,
                Products = product is "G2W" or "G2T" ? [product, Membership.MeetingProduct] : [product],
                Seats = 100,
            }
        );
    }
}
