using Parley.Server.Audit;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>What was delivered to an endpoint, what waits and what is dead; and doing it once more.</summary>
public sealed class WebhookLog(Db db, WebhookEvents events)
{
    /// <summary>Newest first.</summary>
    /// <param name="status">pending, delivered, dead; null: all.</param>
    public Task<Page<WebhookDelivery>> PageAsync(
        WebhookEndpoint endpoint,
        string? status,
        Cursor after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var which = status switch
        {
            "pending" => "AND e.finished_at IS NULL",
            "delivered" => $"AND e.state = '{EffectState.Applied}'",
            "dead" => $"AND e.finished_at IS NOT NULL AND e.state <> '{EffectState.Applied}'",
            _ => "",
        };
        return db.ReadAsync(
            async session =>
                Cursor.Cut(
                    await session.QueryAsync<WebhookDelivery>(
                        $"""
                        SELECT {WebhookDelivery.Columns} FROM {WebhookDelivery.From}
                        WHERE d.workspace_id = @WorkspaceId AND d.endpoint_id = @endpointId {which}
                          AND (-d.created_at > @SortValue OR (-d.created_at = @SortValue AND d.id > @Id))
                        ORDER BY -d.created_at, d.id LIMIT @take
                        """,
                        new
                        {
                            endpoint.WorkspaceId,
                            endpointId = endpoint.Id,
                            after.SortValue,
                            after.Id,
                            take = limit + 1,
                        }
                    ),
                    limit,
                    delivery => new Cursor(-Micros.From(delivery.CreatedAt), delivery.Id)
                ),
            cancellationToken
        );
    }

    public Task<WebhookDelivery> TestAsync(WebhookEndpoint endpoint, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                var delivery = (await FindAsync(session, endpoint, await events.TestAsync(session, endpoint)))!;
                await NoteAsync(session, AuditActions.WebhookTested, endpoint, delivery);
                return delivery;
            },
            cancellationToken
        );

    /// <returns>The new delivery; null when the endpoint has no such delivery.</returns>
    public Task<WebhookDelivery?> RedeliverAsync(
        WebhookEndpoint endpoint,
        string deliveryId,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync(
            async session =>
            {
                if (await FindAsync(session, endpoint, deliveryId) is not { } delivery)
                {
                    return null;
                }

                var again = await FindAsync(session, endpoint, await events.AgainAsync(session, endpoint, delivery));
                await NoteAsync(session, AuditActions.WebhookRedelivered, endpoint, again!);
                return again;
            },
            cancellationToken
        );

    private static Task NoteAsync(
        DbSession session,
        string action,
        WebhookEndpoint endpoint,
        WebhookDelivery delivery
    ) =>
        AuditTrail.NoteAsync(
            session,
            delivery.CreatedAt,
            endpoint.WorkspaceId,
            new AuditNote(action, "webhook", endpoint.Id, WebhookEndpoints.HostOf(endpoint.Url))
            {
                After = new { delivery.Type },
            }
        );

    private static Task<WebhookDelivery?> FindAsync(DbSession session, WebhookEndpoint endpoint, string id) =>
        session.FirstOrDefaultAsync<WebhookDelivery>(
            $"SELECT {WebhookDelivery.Columns} FROM {WebhookDelivery.From} WHERE d.workspace_id = @WorkspaceId AND d.endpoint_id = @endpointId AND d.id = @id",
            new
            {
                endpoint.WorkspaceId,
                endpointId = endpoint.Id,
                id,
            }
        );
}
