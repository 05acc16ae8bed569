using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Control;

/// <summary><c>/control/meetings</c> and <c>/control/accounts</c>: what is really there, and what the outside world does to it.</summary>
internal sealed class TruthEndpoints(World world, SandboxAddress address)
{
    public static void Map(IEndpointRouteBuilder routes, TruthEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/control");
        group.MapGet("/meetings", endpoints.Meetings);
        group.MapPost("/meetings/{id}/run", (Delegate)endpoints.RunAsync);
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

    /// <summary>Lets a meeting have taken place.</summary>
    private async Task<IResult> RunAsync(HttpContext context, string id)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        Instant? startedAt = body.Time("startedAt");
        int minutes = body.Whole("minutes", 1, 24 * 60) ?? 30;
        IReadOnlyList<Guest> guests =
            body.Objects("attendees", inner => new Guest(inner.Text("name", required: true) ?? "", inner.Text("email")))
            ?? [];
        return body.Problem()
            ?? world.Change(state =>
                state.Meetings.Find(id) is { DeletedAt: null } meeting
                    ? ControlJson.Answer(
                        ControlJson.Session(
                            state,
                            MeetingRoom.Record(
                                state,
                                meeting,
                                startedAt ?? state.Now - Duration.FromMinutes(minutes),
                                Duration.FromMinutes(minutes),
                                guests
                            )
                        ),
                        StatusCodes.Status201Created
                    )
                    : ControlProblem.NotFound($"There is no meeting {id}.")
            );
    }

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
                Person person = new()
                {
                    Key = Digits(19),
                    AccountKey = account.Key,
                    Email = email!,
                    FirstName = firstName,
                    LastName = lastName,
                    Password = password,
                    Licensed = licensed,
                    Admin = admin,
                    Locale = locale,
                    TimeZone = zone,
                };
                state.People.Put(person.Key, person);
                if (licensed)
                {
                    Seed.PutPersonalRoom(state, person, NewRoom(state));
                }

                return ControlJson.Answer(ControlJson.Person(state, person), StatusCodes.Status201Created);
            });
    }

    private static long NewRoom(World state)
    {
        while (true)
        {
            long id = Secrets.Digits(9);
            if (state.Meetings.Find(id.ToString(CultureInfo.InvariantCulture)) is null)
            {
                return id;
            }
        }
    }

    private static string Digits(int count) => Secrets.Digits(count).ToString(CultureInfo.InvariantCulture);
}
