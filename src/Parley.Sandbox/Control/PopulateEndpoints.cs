using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Control;

/// <summary>
/// <c>POST /control/populate</c>: an account's worth of people with a past, for reports. Some never held a meeting, some stopped, some are
/// suspended, without licence, or desk phones. The same seed gives the same people and times; the keys are new each time.
/// </summary>
internal sealed class PopulateEndpoints(World world)
{
    private const int MostUsers = 20_000;
    private const int MostSessions = 200_000;
    private const int RoomsEach = 4;
    private static readonly (string Description, string[] Products)[] Plans =
    [
        ("Meeting Business", ["G2M"]),
        ("Meeting Enterprise", ["G2M", "G2MPLUS"]),
        ("Webinar Pro", ["G2W", "G2M"]),
    ];

    public static void Map(IEndpointRouteBuilder routes, PopulateEndpoints endpoints) =>
        routes.MapGroup("/control").MapPost("/populate", (Delegate)endpoints.PopulateAsync);

    private async Task<IResult> PopulateAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        ProviderField.Read(body);
        string accountName = body.Text("account") ?? "Northwind Conferencing";
        string domain = body.Text("domain") ?? "people.example";
        int seed = body.Whole("seed", 0, int.MaxValue) ?? 1;
        int users = body.Whole("users", 1, MostUsers) ?? 100;
        int sessions = body.Whole("sessions", 0, MostSessions) ?? users * 10;
        int devices = body.Whole("devices", 0, MostUsers) ?? users / 50;
        Instant? from = body.Time("from");
        Instant? to = body.Time("to");
        if (from is not null && to is not null && to <= from)
        {
            body.Refuse("to", "must be after from");
        }

        return body.Problem()
            ?? world.Change(state =>
            {
                Instant last = to ?? state.Now;
                Instant first = from ?? last - Duration.FromDays(365);
                if (state.Accounts.All.FirstOrDefault(known => known.Name == accountName) is not { } account)
                {
                    return ControlProblem.NotFound($"There is no account {accountName}.");
                }

                if (People.ByEmail(state, Email(1, domain)) is not null)
                {
                    return ControlProblem.Of(
                        StatusCodes.Status409Conflict,
                        "conflict",
                        $"{domain} is populated already: reset, or choose another domain."
                    );
                }

                Dice dice = new(seed);
                List<License> plans = [.. Plans.Select(plan => Buy(state, account, plan, users))];
                List<Maker> makers = [.. Enumerable.Range(1, users).Select(number => Add(number))];
                for (int number = 1; number <= devices; number++)
                {
                    Membership.Put(
                        state,
                        Fresh(state, account, $"desk-{domain}-{number}@devices.logmein.com", "Desk", number)
                    );
                }

                Hold(state, makers, sessions, (first, last), dice);
                // After the past is written: a suspended person keeps it.
                foreach (Maker maker in makers.Where(maker => maker.Suspended))
                {
                    Membership.Put(state, maker.Person with { Status = PersonStatus.Suspended });
                }

                return ControlJson.Answer(
                    new JsonObject
                    {
                        ["accountKey"] = account.Key,
                        ["users"] = users,
                        ["devices"] = devices,
                        ["sessions"] = sessions,
                        ["licenceKeys"] = ControlJson.Texts(plans.Select(plan => plan.Key)),
                    },
                    StatusCodes.Status201Created
                );

                Maker Add(int number)
                {
                    Person person = Fresh(state, account, Email(number, domain), "Person", number);
                    int lot = dice.Below(100);
                    // Of a hundred: five hold no licence, ten hold two.
                    List<string> held = lot < 5 ? [] : [plans[dice.Below(plans.Count)].Key];
                    if (lot >= 90)
                    {
                        held = [.. held.Append(plans[dice.Below(plans.Count)].Key).Distinct(StringComparer.Ordinal)];
                    }

                    int habit = dice.Below(100);
                    return new Maker(
                        Membership.Put(state, person with { LicenseKeys = held }),
                        // Thirty of a hundred never hold a meeting, the others a few or many.
                        Weight: habit < 30 ? 0 : 1 + (dice.Below(10) * dice.Below(10)),
                        // Twenty-five of those have stopped.
                        Stopped: habit is >= 30 and < 55 ? dice.Below(100) / 100.0 : 1,
                        Suspended: dice.Below(50) == 0
                    );
                }
            });
    }

    private static void Hold(World state, List<Maker> makers, int sessions, (Instant From, Instant To) span, Dice dice)
    {
        List<Maker> chances = [.. makers.SelectMany(maker => Enumerable.Repeat(maker, maker.Weight))];
        long seconds = (long)(span.To - span.From).TotalSeconds;
        Dictionary<string, List<Meeting>> rooms = new(StringComparer.Ordinal);
        for (int number = 0; number < sessions && chances.Count > 0; number++)
        {
            Maker maker = chances[dice.Below(chances.Count)];
            Duration length = Duration.FromMinutes(5 + dice.Below(115));
            Instant start = span.From + Duration.FromSeconds((long)(dice.Share() * maker.Stopped * seconds));
            List<Meeting> own = rooms.TryGetValue(maker.Person.Key, out List<Meeting>? known) ? known : [];
            rooms[maker.Person.Key] = own;
            if (own.Count < RoomsEach)
            {
                own.Add(MeetingMaker.Make(state, maker.Person, "Weekly call", "recurring", start, length));
            }

            MeetingRoom.Record(state, own[dice.Below(own.Count)], new PastSession(start, length));
        }
    }

    private static License Buy(World state, Account account, (string Description, string[] Products) plan, int users)
    {
        License license = new()
        {
            Key = Membership.NewKey(),
            AccountKey = account.Key,
            Description = plan.Description,
            Products = plan.Products,
            Seats = users,
        };
        return state.Licenses.Put(license.Key, license);
    }

    private static Person Fresh(World state, Account account, string email, string firstName, int number) =>
        new()
        {
            Key = Membership.NewKey(),
            AccountKey = account.Key,
            Email = email,
            FirstName = firstName,
            LastName = number.ToString("00000", CultureInfo.InvariantCulture),
            Password = Seed.Password,
            Licensed = false,
            Locale = "en_US",
            TimeZone = "America/New_York",
            CreatedAt = state.Now,
        };

    private static string Email(int number, string domain) =>
        string.Create(CultureInfo.InvariantCulture, $"person-{number:00000}@{domain}");

    private sealed record Maker(Person Person, int Weight, double Stopped, bool Suspended);

    /// <summary>SplitMix64: the same on every machine and in every version.</summary>
    private sealed class Dice(int seed)
    {
        private ulong state = (ulong)seed;

        public int Below(int limit) => (int)(Next() % (ulong)limit);

        public double Share() => (Next() >> 11) / (double)(1UL << 53);

        private ulong Next()
        {
            ulong mixed = state += 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return mixed ^ (mixed >> 31);
        }
    }
}
