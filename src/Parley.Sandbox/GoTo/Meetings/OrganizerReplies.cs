using System.Text.Json.Nodes;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>Replies about organizers and groups of the deprecated calls (reference §2.4). Keys are numbers in all of them.</summary>
internal static class OrganizerReplies
{
    public static readonly IReadOnlyList<string> Products =
    [
        "G2M",
        "G2W",
        "G2T",
        "OPENVOICE",
        "G2ASEEIT",
        "G2ARS",
        "G2ASD",
    ];

    /// <summary>Organizer and OrganizerByGroup.</summary>
    public static JsonNode Organizer(World state, Person person)
    {
        Group group = GroupOf(state, person);
        IReadOnlyList<string> products = ProductsOf(state, person);
        return new JsonObject
        {
            ["lastName"] = person.LastName,
            ["groupId"] = MeetingReplies.Key(group.Key),
            ["groupName"] = group.Name,
            ["status"] = person.Status == PersonStatus.Suspended || products.Count == 0 ? "suspended" : "active",
            ["organizerKey"] = MeetingReplies.Key(person.Key),
            ["email"] = person.Email,
            ["firstName"] = person.FirstName,
            ["products"] = new JsonArray([.. products.Select(product => (JsonNode)product)]),
            ["maxNumAttendeesAllowed"] = WireForm.MaxParticipants,
        };
    }

    /// <summary>OrganizerShort.</summary>
    public static JsonNode Created(Person person) =>
        new JsonArray(new JsonObject { ["key"] = MeetingReplies.Key(person.Key), ["email"] = person.Email });

    /// <summary>Group. None here is below another, so each is its own parent.</summary>
    public static JsonNode OfGroup(World state, Group group) =>
        new JsonObject
        {
            ["groupkey"] = MeetingReplies.Key(group.Key),
            ["groupName"] = group.Name,
            ["parentKey"] = MeetingReplies.Key(group.Key),
            ["status"] = "active",
            ["numOrganizers"] = Organizers(state, group.AccountKey).Count(person => person.GroupKey == group.Key),
        };

    /// <summary>The people of an account, desk phones left out.</summary>
    public static IEnumerable<Person> Organizers(World state, string accountKey) =>
        state
            .People.All.Where(person => person.AccountKey == accountKey && !person.Device)
            .OrderBy(person => person.Key, StringComparer.Ordinal);

    /// <summary>Who is in no group is told under the account itself.</summary>
    public static Group GroupOf(World state, Person person) =>
        (person.GroupKey is { } key ? state.Groups.Find(key) : null)
        ?? new Group(
            person.AccountKey,
            person.AccountKey,
            state.Accounts.Find(person.AccountKey)?.Name ?? person.AccountKey
        );

    private static IReadOnlyList<string> ProductsOf(World state, Person person) =>
        [
            .. person
                .LicenseKeys.Select(state.Licenses.Find)
                .OfType<License>()
                .Where(license => license.Enabled)
                .SelectMany(license => license.Products)
                .Where(product => Products.Contains(product, StringComparer.Ordinal))
                .Distinct(StringComparer.Ordinal),
        ];
}
