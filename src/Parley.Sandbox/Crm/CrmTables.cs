using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Crm;

/// <summary>What was typed into the CRM's settings.</summary>
/// <param name="Origin">Whose button the contacts' pages show.</param>
/// <param name="Key">The publishable key.</param>
/// <param name="WebhookSecret"><c>whsec_…</c>; events signed with anything else are refused.</param>
public sealed record CrmLink(string Origin, string Key, string WebhookSecret)
{
    public override string ToString() => $"CrmLink {{ {Origin} }}";
}

/// <summary>A line in a contact's log.</summary>
public sealed record CrmNote
{
    /// <summary>The event's id: told twice, it is one line.</summary>
    public required string Id { get; init; }
    public required string ContactId { get; init; }
    public required Instant At { get; init; }

    /// <summary>The event's type.</summary>
    public required string Type { get; init; }
    public required string Text { get; init; }

    /// <summary>Where the meeting is; null: nowhere any more.</summary>
    public string? Link { get; init; }
}

/// <summary>A contact; always the same ones.</summary>
public sealed record CrmContact(string Id, string Name, string? Email, string Company)
{
    public static readonly IReadOnlyList<CrmContact> All =
    [
        new("1042", "Ada Lovelace", "ada@analytical.example", "Analytical Engines"),
        // What names must bear in a page, a mail and a meeting's subject.
        new("1043", "Renée O'Neil <VIP>", "renee@oneil.example", "O'Neil & Sons"),
        new("1044", "Kim Park", null, "Walk-in"),
    ];

    public static CrmContact? Find(string? id) => All.FirstOrDefault(contact => contact.Id == id);
}

/// <summary>The CRM's part of the world.</summary>
internal sealed class CrmTables(World world)
{
    private const string Only = "only";
    private readonly Table<CrmLink> links = world.Make("crmLink", StateJson.Default.CrmLink);

    public Table<CrmNote> Notes { get; } = world.Make("crmNotes", StateJson.Default.CrmNote);

    /// <summary>Null until it was connected; a reset of the world keeps it.</summary>
    public CrmLink? Link
    {
        get => links.Find(Only);
        set => links.Put(Only, value!);
    }

    /// <summary>A contact's log, the latest first.</summary>
    public IReadOnlyList<CrmNote> Of(string contactId) =>
        [.. Notes.All.Where(note => note.ContactId == contactId).OrderByDescending(note => note.At)];
}
