using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Audit;

/// <summary>A row of table <c>audit_entry</c>.</summary>
public sealed record AuditEntry
{
    internal const string Columns =
        "workspace_id, id, at, actor, actor_id, actor_name, member_id, action, thing, thing_id, thing_name, address, browser, before_state, after_state";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required Instant At { get; init; }

    /// <summary>member, api_key, customer, visitor or system.</summary>
    public required string Actor { get; init; }
    public string? ActorId { get; init; }
    public string? ActorName { get; init; }
    public string? MemberId { get; init; }
    public required string Action { get; init; }
    public required string Thing { get; init; }
    public string? ThingId { get; init; }
    public string? ThingName { get; init; }
    public string? Address { get; init; }
    public string? Browser { get; init; }

    /// <summary>JSON.</summary>
    public string? BeforeState { get; init; }
    public string? AfterState { get; init; }
}

/// <summary>Which entries; absent means all.</summary>
public sealed record AuditQuery
{
    /// <summary>A member's id (what their keys did counts), or one of <see cref="Actors"/>.</summary>
    public string? Who { get; init; }

    /// <summary>A code, or the part before its dot.</summary>
    public string? Action { get; init; }

    /// <summary>An id, or a kind of thing.</summary>
    public string? Thing { get; init; }
    public Instant? From { get; init; }

    /// <summary>Before this.</summary>
    public Instant? To { get; init; }

    public static readonly string[] Actors = ["member", "api_key", "customer", "visitor", "system"];
}

/// <summary>Reads the audit, newest first.</summary>
public sealed class AuditDirectory(Db db)
{
    public Task<Page<AuditEntry>> ListAsync(
        string workspaceId,
        AuditQuery query,
        int limit,
        Cursor after,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
                Cursor.Cut(
                    await session.QueryAsync<AuditEntry>(
                        $"""
                        SELECT {AuditEntry.Columns} FROM audit_entry WHERE workspace_id = @workspaceId
                            {(after == Cursor.Start ? "" : "AND (at < @SortValue OR (at = @SortValue AND id < @Id))")}
                            {(
                            query.Who is null ? ""
                            : AuditQuery.Actors.Contains(query.Who, StringComparer.Ordinal) ? "AND actor = @Who"
                            : "AND member_id = @Who"
                        )}
                            {(
                            query.Action is null ? ""
                            : query.Action.Contains('.', StringComparison.Ordinal) ? "AND action = @Action"
                            : "AND action >= @group AND action < @behind"
                        )}
                            {(query.Thing is null ? "" : "AND (thing_id = @Thing OR thing = @Thing)")}
                            {(query.From is null ? "" : "AND at >= @From")}
                            {(query.To is null ? "" : "AND at < @To")}
                        ORDER BY at DESC, id DESC LIMIT @take
                        """,
                        new
                        {
                            workspaceId,
                            after.SortValue,
                            after.Id,
                            query.Who,
                            query.Action,
                            // All codes of a group: '/' is the character after '.'.
                            group = $"{query.Action}.",
                            behind = $"{query.Action}/",
                            query.Thing,
                            query.From,
                            query.To,
                            take = limit + 1,
                        }
                    ),
                    limit,
                    entry => new Cursor(Micros.From(entry.At), entry.Id)
                ),
            cancellationToken
        );
}
