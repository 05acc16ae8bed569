using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Control;

/// <summary><c>/control/meetings</c> and <c>/control/accounts</c>: what is really there.</summary>
internal sealed class TruthEndpoints(World world, SandboxAddress address)
{
    public static void Map(IEndpointRouteBuilder routes, TruthEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/control");
        group.MapGet("/meetings", endpoints.Meetings);
        group.MapGet("/accounts", endpoints.Accounts);
        group.MapPost("/accounts", (Delegate)endpoints.AddAccountAsync);
    }

    /// <summary>Meetings somebody made; personal rooms only on request, for nobody books those.</summary>
    private IResult Meetings(bool? includeDeleted, bool? includePersonalRooms) =>
        world.Read(state =>
            ControlJson.Items([
                .. state
                    .Meetings.All.Where(meeting => includeDeleted is true || meeting.DeletedAt is null)
                    .Where(meeting => includePersonalRooms is true || !meeting.PersonalRoom)
                    .OrderBy(meeting => meeting.CreatedAt)
                    .ThenBy(meeting => meeting.Id)
                    .Select(meeting => ControlJson.Meeting(state, meeting, address.BaseUrl)),
            ])
        );

    private IResult Accounts() =>
        world.Read(state =>
            ControlJson.Items([
                .. state
                    .People.All.OrderBy(person => person.Key, StringComparer.Ordinal)
                    .Select(person => ControlJson.Person(state, person)),
            ])
        );

    private async Task<IResult> AddAccountAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        ProviderField.Read(body);
        string? email = body.Text("email", required: true);
        if (email is not null && !email.Contains('@', StringComparison.Ordinal))
        {
            body.Refuse("email", "must be an e-mail address");
        }

        string zone = body.Text("timeZone") ?? "America/New_York";
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null)
        {
            body.Refuse("timeZone", "must be an IANA zone");
        }

        string firstName = body.Text("firstName") ?? "New";
        string lastName = body.Text("lastName") ?? "Persona";
        string accountName = body.Text("account") ?? "Northwind Conferencing";
        string password = body.Text("password") ?? Seed.Password;
        bool licensed = body.Flag("licensed") ?? true;
        bool admin = body.Flag("admin") ?? false;
        string locale = body.Text("locale") ?? "en_US";
        return body.Problem()
            ?? world.Change(state =>
            {
                if (People.ByEmail(state, email!) is not null)
                {
                    return ControlProblem.Of(StatusCodes.Status409Conflict, "conflict", $"{email} is there already.");
                }

                Account account =
                    state.Accounts.All.FirstOrDefault(known => known.Name == accountName)
                    ?? new Account(Digits(19), accountName);
                state.Accounts.Put(account.Key, account);
                Person person = Membership.Put(
                    state,
                    new Person
                    {
                        Key = Membership.NewKey(),
                        AccountKey = account.Key,
                        Email = email!,
                        FirstName = firstName,
                        LastName = lastName,
                        Password = password,
                        Licensed = licensed,
                        LicenseKeys = licensed ? [Membership.MeetingLicense(state, account.Key).Key] : [],
                        Roles = admin ? Membership.AllRoles : [],
                        Locale = locale,
                        TimeZone = zone,
                    }
                );
                return ControlJson.Answer(ControlJson.Person(state, person), StatusCodes.Status201Created);
            });
    }

    private static string Digits(int count) => Secrets.Digits(count).ToString(CultureInfo.InvariantCulture);
}
