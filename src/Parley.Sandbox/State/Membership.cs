using System.Globalization;
using NodaTime;

namespace Parley.Sandbox.State;

/// <summary>Who is in an account and what that allows: seats, suspension, removal. Every change to a person goes through here.</summary>
internal static class Membership
{
    public const string MeetingProduct = "G2M";

    /// <summary>All roles there are; the first one holds the others.</summary>
    public static readonly IReadOnlyList<string> AllRoles =
    [
        "SUPER_USER",
        "MANAGE_ACCOUNT",
        "MANAGE_USERS",
        "MANAGE_SEATS",
        "MANAGE_SETTINGS",
        "MANAGE_GROUPS",
        "RUN_REPORTS",
    ];

    /// <summary>Keeps a person; what follows from licences and status is brought in line. Answers the person as kept.</summary>
    public static Person Put(World state, Person person, long? room = null)
    {
        if (person.Status == PersonStatus.Suspended)
        {
            // The specification of the organizer call: suspending takes all products.
            person = person with
            {
                LicenseKeys = [],
            };
        }

        Person kept = person with
        {
            Licensed =
                person.Status == PersonStatus.Active
                && !person.Device
                && person.LicenseKeys.Any(key =>
                    state.Licenses.Find(key) is { Enabled: true } license
                    && license.Products.Contains(MeetingProduct, StringComparer.Ordinal)
                ),
        };
        bool hadRoom = state.People.Find(person.Key) is { Licensed: true };
        state.People.Put(kept.Key, kept);
        if (kept.Status != PersonStatus.Active)
        {
            SignOut(state, kept.Key);
        }

        if (kept.Licensed && !hadRoom && !state.MeetingsOf.Of(kept.Key).Any(meeting => meeting.PersonalRoom))
        {
            Seed.PutPersonalRoom(state, kept, room ?? NewRoom(state));
        }

        return kept;
    }

    /// <summary>Keeps a licence and brings its holders in line: disabling one ends their meetings.</summary>
    public static License Put(World state, License license)
    {
        state.Licenses.Put(license.Key, license);
        foreach (Person holder in Holders(state, license.Key))
        {
            Put(state, holder);
        }

        return license;
    }

    public static void Remove(World state, Person person)
    {
        SignOut(state, person.Key);
        state.Consents.RemoveWhere(consent => consent.PersonKey == person.Key);
        state.People.Remove(person.Key);
        state.FormerPeople.Put(person.Key, person with { LicenseKeys = [], Roles = [], GroupKey = null });
    }

    /// <summary>Someone removed under this e-mail comes back under the old key.</summary>
    public static string KeyFor(World state, string accountKey, string email) =>
        state.FormerPeople.All.FirstOrDefault(former =>
            former.AccountKey == accountKey && former.Email.Equals(email, StringComparison.OrdinalIgnoreCase)
        )
            is { } back
            ? back.Key
            : NewKey();

    public static IReadOnlyList<Person> Holders(World state, string licenseKey) =>
        [.. state.People.All.Where(person => person.LicenseKeys.Contains(licenseKey, StringComparer.Ordinal))];

    /// <summary>The plan a person is given who is simply "licensed": the first enabled one with G2M, made when there is none.</summary>
    public static License MeetingLicense(World state, string accountKey) =>
        state
            .Licenses.All.Where(license =>
                license.AccountKey == accountKey && license is { Enabled: true, Products: [MeetingProduct] }
            )
            .MinBy(license => license.Key, StringComparer.Ordinal)
        ?? AddLicense(state, accountKey);

    public static string NewKey() => Secrets.Digits(19).ToString(CultureInfo.InvariantCulture);

    private static License AddLicense(World state, string accountKey)
    {
        License license = new()
        {
            Key = NewKey(),
            AccountKey = accountKey,
            Description = "GoTo Meeting Business",
            Products = [MeetingProduct],
            Seats = 100,
        };
        return state.Licenses.Put(license.Key, license);
    }

    private static void SignOut(World state, string personKey)
    {
        state.Tokens.RemoveWhere(token => token.PersonKey == personKey);
        state.Codes.RemoveWhere(code => code.PersonKey == personKey);
        state.SignIns.RemoveWhere(signIn => signIn.PersonKey == personKey);
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
}
