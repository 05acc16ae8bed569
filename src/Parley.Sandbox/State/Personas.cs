using NodaTime;

namespace Parley.Sandbox.State;

/// <summary>The accounts, plans, groups and people of a fresh sandbox; always under the same keys.</summary>
internal static class Personas
{
    private const string Northwind = "6514392870011230017";
    private const string Fabrikam = "6514392870011230029";
    private const string Business = "8200417735012340011";
    private const string Webinar = "8200417735012340023";
    private const string Trial = "8200417735012340037";
    private const string Phones = "8200417735012340041";
    private const string Professional = "8200417735012340053";
    private const string Sales = "614392870011230051";

    private static readonly License[] Licenses =
    [
        new()
        {
            Key = Business,
            AccountKey = Northwind,
            Description = "GoTo Meeting Business",
            Products = ["G2M"],
            Seats = 10,
        },
        new()
        {
            Key = Webinar,
            AccountKey = Northwind,
            Description = "GoTo Webinar Standard",
            Products = ["G2W", "G2M"],
            Seats = 3,
        },
        new()
        {
            Key = Trial,
            AccountKey = Northwind,
            Description = "GoTo Meeting Trial",
            Products = ["G2M"],
            Seats = 5,
            Type = "TRIAL",
            Enabled = false,
        },
        new()
        {
            Key = Phones,
            AccountKey = Northwind,
            Description = "GoTo Connect desk phones",
            Products = ["JIVE"],
            Seats = 5,
            DevicesOnly = true,
        },
        new()
        {
            Key = Professional,
            AccountKey = Fabrikam,
            Description = "GoTo Meeting Professional",
            Products = ["G2M"],
            Seats = 2,
        },
    ];

    public static void Put(World world)
    {
        world.Accounts.Put(Northwind, new Account(Northwind, "Northwind Conferencing"));
        world.Accounts.Put(Fabrikam, new Account(Fabrikam, "Fabrikam"));
        world.Groups.Put(Sales, new Group(Sales, Northwind, "Sales"));
        foreach (License license in Licenses)
        {
            world.Licenses.Put(license.Key, license);
        }

        foreach ((Person person, long room) in People())
        {
            Membership.Put(world, person with { CreatedAt = world.Now }, room);
        }
    }

    private static IEnumerable<(Person Person, long Room)> People()
    {
        yield return (
            Make("7300195775692112801", "olivia@northwind.example", "Olivia", "Organizer") with
            {
                TimeZone = "America/New_York",
                Roles = Membership.AllRoles,
                LicenseKeys = [Business, Webinar],
                Purpose = "Owner and administrator of the account, and an organizer: everything works for her.",
            },
            310000101
        );
        yield return (
            Make("7300195775692112813", "oscar@northwind.example", "Oscar", "Organizer") with
            {
                TimeZone = "Europe/Berlin",
                LicenseKeys = [Business],
                GroupKey = Sales,
                Purpose = "An organizer without an admin role: his own meetings only, the directory refuses him.",
            },
            310000102
        );
        yield return (
            Make("7300195775692112827", "una@northwind.example", "Una", "Unlicensed") with
            {
                TimeZone = "America/New_York",
                Purpose = "Has no licence: creating a meeting fails with a 500 that talks of 412.",
            },
            0
        );
        yield return (
            Make("7300195775692112839", "fiona@fabrikam.example", "Fiona", "Organizer") with
            {
                AccountKey = Fabrikam,
                TimeZone = "Europe/London",
                Roles = Membership.AllRoles,
                LicenseKeys = [Professional],
                Purpose = "Owner and organizer of another account: to her everything of Northwind is 404.",
            },
            310000104
        );
        yield return (
            Make("7300195775692112843", "odile@northwind.example", "Odile", "Organizer") with
            {
                Locale = "fr_FR",
                TimeZone = "Europe/Paris",
                LicenseKeys = [Business],
                GroupKey = Sales,
                Purpose = "A second organizer, to be chosen as co-organizer.",
            },
            310000105
        );
        yield return (
            Make("7300195775692112857", "rita@northwind.example", "Rita", "Reports") with
            {
                Roles = ["RUN_REPORTS"],
                LicenseKeys = [Trial],
                Purpose = "Reads the directory but may not change it; her only licence is a disabled trial.",
            },
            0
        );
        yield return (
            Make("7300195775692112861", "sven@northwind.example", "Sven", "Suspended") with
            {
                Status = PersonStatus.Suspended,
                Purpose = "Suspended: listed, holds nothing, cannot sign in.",
            },
            0
        );
        yield return (
            Make("7300195775692112879", "ines@northwind.example", "Ines", "Invited") with
            {
                Status = PersonStatus.Invited,
                LicenseKeys = [Business],
                Purpose = "Invited, has not accepted: holds a seat, cannot sign in, cannot be co-organizer.",
            },
            0
        );
        yield return (
            Make("7300195775692112883", "desk-0412@devices.logmein.com", "Desk", "Phone 0412") with
            {
                LicenseKeys = [Phones],
                Purpose = "A desk phone: turns up among the users and is no person.",
            },
            0
        );
    }

    private static Person Make(string key, string email, string firstName, string lastName) =>
        new()
        {
            Key = key,
            AccountKey = Northwind,
            Email = email,
            FirstName = firstName,
            LastName = lastName,
            Password = Seed.Password,
            Licensed = false,
            Locale = "en_US",
            TimeZone = "Europe/London",
        };
}
