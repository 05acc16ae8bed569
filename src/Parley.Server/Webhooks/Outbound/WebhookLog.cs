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
            async session => (await FindAsync(session, endpoint, await events.TestAsync(session, endpoint)))!,
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
                await FindAsync(session, endpoint, deliveryId) is { } delivery
                    ? await FindAsync(session, endpoint, await events.AgainAsync(session, endpoint, delivery))
                    : null,
            cancellationToken
        );

    public Task<WebhookDelivery?> FindAsync(
        string workspaceId,
        string endpointId,
        string id,
        CancellationToken cancellationToken
    ) => db.ReadAsync(session => FindAsync(session, workspaceId, endpointId, id), cancellationToken);

    private static Task<WebhookDelivery?> FindAsync(DbSession session, WebhookEndpoint endpoint, string id) =>
        FindAsync(session, endpoint.WorkspaceId, endpoint.Id, id);

    private static Task<WebhookDelivery?> FindAsync(
        DbSession session,
        string workspaceId,
        string endpointId,
        string id
    ) =>
        session.FirstOrDefaultAsync<WebhookDelivery>(
            $"SELECT {WebhookDelivery.Columns} FROM {WebhookDelivery.From} WHERE d.workspace_id = @workspaceId AND d.endpoint_id = @endpointId AND d.id = @id",
            new
            {
                workspaceId,
                endpointId,
                id,
            }
        );
}
