using System.Globalization;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Control;

/// <summary>What a control call says about a person; what is null was not said.</summary>
internal sealed record PersonFields
{
    private const int Most = 20_000;
    private static readonly string[] Statuses = ["active", "suspended", "invited"];

    public string? Email { get; init; }
    private string? FirstName { get; init; }
    private string? LastName { get; init; }
    private string? Password { get; init; }
    private string? Locale { get; init; }
    private string? TimeZone { get; init; }
    private string? Purpose { get; init; }
    private string? GroupName { get; init; }
    private bool? Licensed { get; init; }
    private IReadOnlyList<string>? LicenceNames { get; init; }
    private IReadOnlyList<string>? Roles { get; init; }
    private PersonStatus? Status { get; init; }

    public static PersonFields Read(ControlBody body) => Read(body, change: false);

    public static PersonFields Read(ControlBody body, bool change)
    {
        string? email = body.Text("email", required: !change);
        if (email is not null && !email.Contains('@', StringComparison.Ordinal))
        {
            body.Refuse("email", "must be an e-mail address");
        }

        return Shared(body) with
        {
            Email = email,
            FirstName = body.Text("firstName"),
            LastName = body.Text("lastName"),
            Purpose = body.Text("purpose"),
        };
    }

    /// <summary><c>{"count":2000,"domain":"contoso.example",…}</c>: person-0001@…, person-0002@…, all alike.</summary>
    public static IReadOnlyList<PersonFields> ReadMany(ControlBody body)
    {
        int count = body.Whole("count", 1, Most) ?? 0;
        if (count == 0)
        {
            body.Refuse(
                "count",
                string.Create(CultureInfo.InvariantCulture, $"must be a whole number from 1 to {Most}")
            );
        }

        string domain = body.Text("domain") ?? "northwind.example";
        string prefix = body.Text("prefix") ?? "person";
        PersonFields alike = Shared(body);
        return
        [
            .. Enumerable
                .Range(1, count)
                .Select(number => number.ToString("0000", CultureInfo.InvariantCulture))
                .Select(number =>
                    alike with
                    {
                        Email = $"{prefix}-{number}@{domain}",
                        FirstName = prefix,
                        LastName = number,
                    }
                ),
        ];
    }

    /// <summary>A licence that is neither the account's nor about to be bought; null when there is none.</summary>
    public string? UnknownLicence(World state, string? accountKey, IReadOnlyList<LicenceFields> bought) =>
        LicenceNames?.FirstOrDefault(name =>
            !bought.Any(licence => licence.Description == name)
            && !state.Licenses.All.Any(license => license.AccountKey == accountKey && license.Description == name)
        );

    public Person Add(World state, string accountKey)
    {
        string key = Membership.KeyFor(state, accountKey, Email!);
        state.FormerPeople.Remove(key);
        Person fresh = new()
        {
            Key = key,
            AccountKey = accountKey,
            Email = Email!,
            FirstName = "New",
            LastName = "Persona",
            Password = Seed.Password,
            Licensed = false,
            Locale = "en_US",
            TimeZone = "America/New_York",
            CreatedAt = state.Now,
        };
        return (this with { Licensed = Licensed ?? (LicenceNames is null ? true : null) }).Change(state, fresh);
    }

    public Person Change(World state, Person person) =>
        Membership.Put(
            state,
            person with
            {
                Email = Email ?? person.Email,
                FirstName = FirstName ?? person.FirstName,
                LastName = LastName ?? person.LastName,
                Password = Password ?? person.Password,
                Locale = Locale ?? person.Locale,
                TimeZone = TimeZone ?? person.TimeZone,
                Purpose = Purpose ?? person.Purpose,
                Roles = Roles ?? person.Roles,
                Status = Status ?? person.Status,
                GroupKey = GroupName switch
                {
                    null => person.GroupKey,
                    "" => null,
                    _ => GroupOf(state, person.AccountKey, GroupName).Key,
                },
                LicenseKeys = LicenceKeys(state, person),
            }
        );

    /// <summary>The group of this name; made when the account has none.</summary>
    public static Group GroupOf(World state, string accountKey, string name)
    {
        Group group =
            state.Groups.All.FirstOrDefault(known => known.AccountKey == accountKey && known.Name == name)
            ?? new Group(Membership.NewKey(), accountKey, name);
        return state.Groups.Find(group.Key) ?? state.Groups.Put(group.Key, group);
    }

    private static PersonFields Shared(ControlBody body)
    {
        string? zone = body.Text("timeZone");
        if (zone is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null)
        {
            body.Refuse("timeZone", "must be an IANA zone");
        }

        IReadOnlyList<string>? roles = body.Texts("roles");
        if (roles?.Except(Membership.AllRoles, StringComparer.Ordinal).Any() == true)
        {
            body.Refuse("roles", $"must be among {string.Join(", ", Membership.AllRoles)}");
        }

        bool? admin = body.Flag("admin");
        if (admin is not null && roles is not null)
        {
            body.Refuse("admin", "or roles: send one of them");
        }

        return new PersonFields
        {
            Password = body.Text("password"),
            Locale = body.Text("locale"),
            TimeZone = zone,
            GroupName = body.TextOrEmpty("group"),
            Licensed = body.Flag("licensed"),
            LicenceNames = body.Texts("licenceNames"),
            Roles =
                roles
                ?? (
                    admin is null ? null
                    : admin.Value ? Membership.AllRoles
                    : []
                ),
            Status = body.Text("status", oneOf: Statuses) is { } status
                ? (PersonStatus)Array.IndexOf(Statuses, status)
                : null,
        };
    }

    /// <summary>Licences by description; <c>licensed</c> alone gives or takes whatever lets one hold meetings.</summary>
    private IReadOnlyList<string> LicenceKeys(World state, Person person)
    {
        List<License> named =
        [
            .. state.Licenses.All.Where(license =>
                license.AccountKey == person.AccountKey
                && LicenceNames?.Contains(license.Description, StringComparer.Ordinal) == true
            ),
        ];
        IEnumerable<string> keys = LicenceNames is null ? person.LicenseKeys : named.Select(license => license.Key);
        return Licensed switch
        {
            true when keys.Any(key => state.Licenses.Find(key) is { Enabled: true } license && HasMeetings(license)) =>
            [
                .. keys,
            ],
            true => [.. keys.Union([Membership.MeetingLicense(state, person.AccountKey).Key], StringComparer.Ordinal)],
            false => [.. keys.Where(key => state.Licenses.Find(key) is not { } license || !HasMeetings(license))],
            null => [.. keys],
        };
    }

    private static bool HasMeetings(License license) =>
        license.Products.Contains(Membership.MeetingProduct, StringComparer.Ordinal);
}

/// <summary>A plan to be bought by a control call.</summary>
internal sealed record LicenceFields(string Description, IReadOnlyList<string> Products, int Seats, bool Enabled)
{
    public static LicenceFields Read(ControlBody body) =>
        new(
            body.Text("description", required: true) ?? "",
            body.Texts("products") ?? [Membership.MeetingProduct],
            body.Whole("seats", 0, 1_000_000) ?? 100,
            body.Flag("enabled") ?? true
        );

    public License Put(World state, string accountKey)
    {
        License license = new()
        {
            Key = Membership.NewKey(),
            AccountKey = accountKey,
            Description = Description,
            Products = Products,
            Seats = Seats,
            Enabled = Enabled,
        };
        return state.Licenses.Put(license.Key, license);
    }
}
