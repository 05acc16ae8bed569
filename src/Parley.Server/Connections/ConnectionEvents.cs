using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Storage;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Connections;

/// <summary>
/// What becomes of a connection itself, written in the transaction of the change and read with the operation log. The one place
/// every such event passes: whoever is to hear of them (webhooks) is told from here.
/// </summary>
public sealed class ConnectionEvents(Ids ids, IClock clock, WebhookEvents webhooks)
{
    /// <summary>An account was connected, or its consent renewed while it worked.</summary>
    public const string Connected = "connection.connected";

    /// <summary>A notice about the coming end, or the end itself, was due at 30, 14, 7, 1 or 0 days; the detail says which.</summary>
    public const string Expiring = "connection.expiring";

    /// <summary>It worked and does no longer; the outcome is the problem's code.</summary>
    public const string Broken = "connection.broken";

    /// <summary>It was broken and works again.</summary>
    public const string Restored = "connection.restored";

    public async Task RecordAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string kind,
        string outcome = "ok",
        string? detail = null
    )
    {
        await session.ExecuteAsync(
            """
            INSERT INTO connection_log (workspace_id, id, connection_id, at, operation, outcome, duration_ms, detail)
            VALUES (@workspaceId, @id, @connectionId, @now, @kind, @outcome, 0, @detail)
            """,
            new
            {
                workspaceId,
                id = ids.New("log"),
                connectionId,
                now = clock.GetCurrentInstant(),
                kind,
                outcome,
                detail = detail is { Length: > 300 } ? detail[..300] : detail,
            }
        );
        // Found working again by itself is nobody's deed.
        if (kind == Connected || (kind == Restored && session.Origin is not null))
        {
            await AuditTrail.NoteAsync(
                session,
                clock.GetCurrentInstant(),
                workspaceId,
                new AuditNote(AuditActions.ConnectionConnected, "connection", connectionId)
                {
                    After = new { how = detail },
                }
            );
        }

        await webhooks.RaiseAsync(
            session,
            workspaceId,
            kind,
            () =>
                Task.FromResult<(string, object)?>(
                    (
                        connectionId,
                        new
                        {
                            connectionId,
                            outcome,
                            detail,
                        }
                    )
                )
        );
    }
}
