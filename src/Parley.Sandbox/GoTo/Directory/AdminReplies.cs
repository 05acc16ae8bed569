using System.Globalization;
using System.Text.Json.Nodes;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>
/// Shapes of the admin API (reference §5.1–5.4): people as derived from live replies, licences as in the published sample. Groups,
/// role sets, attributes and templates are known by path only; their fields here are a guess from what clients read.
/// </summary>
internal sealed class AdminReplies(World state)
{
    private static readonly string[] MeetingEntitlements =
    [
        "dialOut",
        "roomSystem",
        "onlineRecording",
        "onlineRecordingTranscripts",
        "calendarLink",
        "standaloneAudio",
        "tollFree",
        "openMeetings",
        "chromaCam",
        "messenger",
        "chat",
        "recording",
        "coOrganizer",
    ];

    private DirectorySettings Settings => state.Directory;

    public static string Status(DirectorySettings settings, PersonStatus status) =>
        (settings.StatusWords, status) switch
        {
            ("upper", _) => status.ToString().ToUpperInvariant(),
            ("interface", PersonStatus.Invited) => "Invite sent",
            ("interface", _) => status.ToString(),
            _ => status.ToString().ToLowerInvariant(),
        };

    public JsonObject Me(Account account, Person person) =>
        new()
        {
            // Text here, a bare number for the account: both are seen, and a client must take both.
            ["key"] = Text(person.Key),
            ["accountKey"] = Number(account.Key),
            ["email"] = person.Email,
            ["emailLocked"] = false,
            ["firstName"] = person.FirstName,
            ["lastName"] = person.LastName,
            ["locale"] = person.Locale,
            ["timeZone"] = person.TimeZone,
            ["status"] = Status(Settings, person.Status),
            ["canAuthenticate"] = true,
            ["accounts"] = new JsonArray(new JsonObject { ["key"] = Number(account.Key), ["name"] = account.Name }),
            ["adminRoles"] = Words(person.Roles),
            ["products"] = Words(Products(person)),
        };

    public JsonObject User(Person person)
    {
        JsonObject user = new()
        {
            ["key"] = Text(person.Key),
            ["email"] = person.Email,
            ["emailLocked"] = false,
            ["firstName"] = person.FirstName,
            ["lastName"] = person.LastName,
            ["nameLocked"] = false,
            ["identityReadOnly"] = false,
            ["canAuthenticate"] = person.Status == PersonStatus.Active && !person.Device,
            ["passwordCreated"] = person.Status != PersonStatus.Invited && !person.Device,
            ["inviteCount"] = person.Device ? 0 : 1,
            ["invitedDate"] = person.CreatedAt.ToUnixTimeMilliseconds(),
            ["locale"] = person.Locale,
            ["timeZone"] = person.TimeZone,
            ["status"] = Status(Settings, person.Status),
            ["licenseKeys"] = new JsonArray([.. person.LicenseKeys.Select(Text)]),
            ["products"] = Words(Products(person)),
            ["adminRoles"] = Words(person.Roles),
            ["roleSets"] = new JsonArray(),
        };
        if (state.Groups.Find(person.GroupKey ?? "") is { } group)
        {
            user["groupKey"] = Text(group.Key);
            user["groupName"] = group.Name;
        }

        JsonObject settings = [];
        if (person.Licensed)
        {
            settings["G2M"] = new JsonObject
            {
                ["enabledDate"] = person.CreatedAt.ToUnixTimeMilliseconds(),
                ["recordingEnabled"] = true,
                ["onlineRecordingAccessible"] = true,
                ["onlineRecordingEnabled"] = true,
                ["voipAccessible"] = true,
                ["voipEnabled"] = true,
                ["tollAccessible"] = true,
                ["tollEnabled"] = true,
            };
        }

        if (person.Device)
        {
            settings["JIVE"] = new JsonObject { ["primaryExtensionNumber"] = person.Key[^4..] };
        }

        user["settings"] = settings;
        return user;
    }

    /// <summary>What the call that makes people answers with: a bare number in the vendor's sample.</summary>
    public JsonObject Made(Person person) => new() { ["key"] = Number(person.Key), ["email"] = person.Email };

    public JsonObject License(License license)
    {
        ILookup<string, Person> holders = Membership
            .Holders(state, license.Key)
            .ToLookup(
                person =>
                    person.Device ? "devices"
                    : person.Status == PersonStatus.Invited ? "invited"
                    : "users",
                StringComparer.Ordinal
            );
        return new JsonObject
        {
            ["key"] = Number(license.Key),
            // Meaning unknown; 0 in the published sample.
            ["concurrentLicenseKey"] = Number("0"),
            ["seats"] = license.Seats,
            ["userCount"] = holders["users"].Count() + (Settings.CountInvited ? holders["invited"].Count() : 0),
            ["enabled"] = license.Enabled,
            ["description"] = license.Description,
            ["type"] = license.Type,
            ["channel"] = "DIRECT",
            ["userKeys"] = Numbers(holders["users"]),
            ["invitedUserKeys"] = Numbers(holders["invited"]),
            ["deviceKeys"] = Numbers(holders["devices"]),
            ["deviceCount"] = holders["devices"].Count(),
            ["products"] = Words(license.Products),
            ["childLicenseKeys"] = new JsonArray(),
            ["entitlements"] = new JsonObject(
                // Lower case here, upper case in products.
                license.Products.Select(product => new KeyValuePair<string, JsonNode?>(
                    product.ToLowerInvariant(),
                    Entitlements(product)
                ))
            ),
            ["devicesOnly"] = license.DevicesOnly,
            ["devicesAllowed"] = license.DevicesOnly,
            ["externallyManaged"] = false,
        };
    }

    public JsonObject Group(Group group)
    {
        List<Person> members = [.. state.People.All.Where(person => person.GroupKey == group.Key)];
        return new JsonObject
        {
            ["key"] = Number(group.Key),
            ["name"] = group.Name,
            ["groupKey"] = Number(group.Key),
            ["groupName"] = group.Name,
            ["userKeys"] = Numbers(members),
            ["totalMemberCount"] = members.Count,
        };
    }

    private IEnumerable<string> Products(Person person) =>
        person
            .LicenseKeys.Select(key => state.Licenses.Find(key))
            .OfType<License>()
            .Where(license => license.Enabled)
            .SelectMany(license => license.Products)
            .Distinct(StringComparer.Ordinal);

    private static JsonObject Entitlements(string product) =>
        product == Membership.MeetingProduct
            ? new JsonObject(
                MeetingEntitlements.Select(name => new KeyValuePair<string, JsonNode?>($"{name}Provisioned", true))
            )
            : [];

    private JsonArray Numbers(IEnumerable<Person> people) =>
        new([.. people.OrderBy(person => person.Key, StringComparer.Ordinal).Select(person => Number(person.Key))]);

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(word => (JsonNode)word)]);

    /// <summary>A key that was recorded as text.</summary>
    private JsonNode Text(string key) => Settings.AdminKeys == "numbers" ? Digits(key) : key;

    /// <summary>A key that was published as a bare number, beyond what a double holds.</summary>
    public JsonNode Number(string key) => Settings.AdminKeys == "strings" ? key : Digits(key);

    private static JsonNode Digits(string key) => long.Parse(key, CultureInfo.InvariantCulture);
}
