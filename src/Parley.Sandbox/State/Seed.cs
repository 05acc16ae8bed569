using NodaTime;

namespace Parley.Sandbox.State;

/// <summary>The personas every sandbox starts with, always under the same keys.</summary>
internal static class Seed
{
    public const string Password = "sandbox";
    public static readonly IReadOnlyList<string> AllScopes = ["collab:", "identity:", "identity:scim.me"];

    private const string Northwind = "6514392870011230017";
    private const string Fabrikam = "6514392870011230029";

    private static readonly Account[] Accounts = [new(Northwind, "Northwind Conferencing"), new(Fabrikam, "Fabrikam")];

    private static readonly (Person Person, long Room)[] People =
    [
        (
            Make(
                "7300195775692112801",
                Northwind,
                "olivia@northwind.example",
                "Olivia",
                admin: true,
                "America/New_York"
            ),
            310000101
        ),
        (
            Make("7300195775692112813", Northwind, "oscar@northwind.example", "Oscar", admin: false, "Europe/Berlin"),
            310000102
        ),
        (
            Make(
                "7300195775692112827",
                Northwind,
                "una@northwind.example",
                "Una",
                admin: false,
                "America/New_York"
            ) with
            {
                LastName = "Unlicensed",
                Licensed = false,
            },
            0
        ),
        (
            Make("7300195775692112839", Fabrikam, "fiona@fabrikam.example", "Fiona", admin: true, "Europe/London"),
            310000104
        ),
    ];

    /// <summary>Back to the personas; the client's registration stays, everything else goes.</summary>
    public static void Reset(World world)
    {
        world.Settings = new Settings();
        world.Accounts.RemoveWhere(_ => true);
        world.People.RemoveWhere(_ => true);
        world.Consents.RemoveWhere(_ => true);
        world.SignIns.RemoveWhere(_ => true);
        world.Codes.RemoveWhere(_ => true);
        world.Tokens.RemoveWhere(_ => true);
        world.Meetings.RemoveWhere(_ => true);
        world.Sessions.RemoveWhere(_ => true);
        world.Attendances.RemoveWhere(_ => true);
        world.HostKeys.RemoveWhere(_ => true);
        world.Mails.RemoveWhere(_ => true);
        world.Faults.RemoveWhere(_ => true);
        foreach (Account account in Accounts)
        {
            world.Accounts.Put(account.Key, account);
        }

        foreach ((Person person, long room) in People)
        {
            world.People.Put(person.Key, person);
            if (person.Licensed)
            {
                PutPersonalRoom(world, person, room);
            }
        }
    }

    /// <summary>The room a licensed person has without scheduling anything; it shows up among the upcoming meetings.</summary>
    public static void PutPersonalRoom(World world, Person person, long id)
    {
        Instant now = world.Now;
        world.Meetings.Put(
            $"{id}",
            new Meeting
            {
                Id = id,
                OwnerKey = person.Key,
                Subject = $"{person.FirstName}'s Meeting",
                StartsAt = now,
                EndsAt = now + Duration.FromHours(1),
                Type = "recurring",
                PasswordRequired = false,
                Audio = "Hybrid",
                CoOrganizers = [],
                CreatedAt = now,
                UpdatedAt = now,
                PersonalRoom = true,
            }
        );
    }

    private static Person Make(string key, string account, string email, string firstName, bool admin, string zone) =>
        new()
        {
            Key = key,
            AccountKey = account,
            Email = email,
            FirstName = firstName,
            LastName = "Organizer",
            Password = Password,
            Licensed = true,
            Admin = admin,
            Locale = "en_US",
            TimeZone = zone,
        };
}
