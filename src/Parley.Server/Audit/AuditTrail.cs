using System.Globalization;
using System.Text.Json;
using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Audit;

/// <summary>One thing that was done.</summary>
/// <param name="Action">One of <see cref="AuditActions"/>.</param>
/// <param name="Thing">Its kind: <c>member</c>, <c>booking</c>, <c>connection</c> …</param>
/// <param name="ThingName">What people call it, as it is now.</param>
public sealed record AuditNote(string Action, string Thing, string? ThingId = null, string? ThingName = null)
{
    /// <summary>What changed, as it was; serialised. Names and settings only: never a secret, token or host link.</summary>
    public object? Before { get; init; }
    public object? After { get; init; }

    /// <summary>Whoever proved who they are only by what they did (signing in, using a link); null: whose request it is.</summary>
    public Origin? By { get; init; }
}

/// <summary>Writes the audit, in the transaction of what it tells of. There is no way to change an entry.</summary>
public static class AuditTrail
{
    private const int LongestName = 200;
    private static readonly Origin Product = new("system", null, null, null, null, null);
    private static long s_sequence;

    public static Task NoteAsync(DbSession session, Instant at, string workspaceId, AuditNote note)
    {
        var by = note.By ?? session.Origin ?? Product;
        return session.ExecuteAsync(
            """
            INSERT INTO audit_entry (workspace_id, id, at, actor, actor_id, actor_name, member_id, action, thing, thing_id, thing_name, address, browser, before_state, after_state)
            VALUES (@workspaceId, @id, @at, @Kind, @actorId, @actorName, @MemberId, @Action, @Thing, @ThingId, @thingName, @Address, @Browser, @before, @after)
            """,
            new
            {
                workspaceId,
                id = IdAt(at),
                at,
                by.Kind,
                actorId = by.Id,
                actorName = by.Name,
                by.MemberId,
                note.Action,
                note.Thing,
                note.ThingId,
                thingName = note.ThingName is { Length: > LongestName } name ? name[..LongestName] : note.ThingName,
                by.Address,
                by.Browser,
                before = note.Before is null ? null : JsonSerializer.Serialize(note.Before, Json.Stored),
                after = note.After is null ? null : JsonSerializer.Serialize(note.After, Json.Stored),
            }
        );
    }

    // Entries of one instant keep the order in which they were written.
    private static string IdAt(Instant at) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"aud_{at.ToUnixTimeMilliseconds():x12}{Interlocked.Increment(ref s_sequence) & 0xffffffffff:x10}{Ids.Secret(6)}"
        );
}
