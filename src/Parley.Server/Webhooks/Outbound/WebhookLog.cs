using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>What was delivered to an endpoint, what waits and what is dead; and doing it once more.</summary>
public sealed class WebhookLog(Db db, IClock clock, WebhookEvents events, ArrangementWatch watch)
{
    private static readonly Duration CountedBack = Duration.FromDays(30);

    // A receiver may take so long to answer; then a moment for writing it down.
    private static readonly Duration LongestTry = Duration.FromSeconds(17);

    /// <summary>Newest first.</summary>
    /// <param name="recipientId">An endpoint's or a write-back's.</param>
    public Task<Page<WebhookDelivery>> PageAsync(
        string workspaceId,
        string recipientId,
        DeliveryFilter filter,
        Cursor after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var which = filter.Status switch
        {
            "pending" => "AND e.finished_at IS NULL",
            "delivered" => $"AND e.state = '{EffectState.Applied}'",
            "dead" => $"AND e.finished_at IS NOT NULL AND e.state <> '{EffectState.Applied}'",
            _ => "",
        };
        if (filter.Type is not null)
        {
            which += " AND e.operation = @Type";
        }

        return db.ReadAsync(
            async session =>
                Cursor.Cut(
                    await session.QueryAsync<WebhookDelivery>(
                        $"""
                        SELECT {WebhookDelivery.Columns} FROM {WebhookDelivery.From}
                        WHERE d.workspace_id = @workspaceId AND d.endpoint_id = @endpointId {which}
                          AND (-d.created_at > @SortValue OR (-d.created_at = @SortValue AND d.id > @Id))
                        ORDER BY -d.created_at, d.id LIMIT @take
                        """,
                        new
                        {
                            workspaceId,
                            endpointId = recipientId,
                            filter.Type,
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

    /// <summary>By endpoint; those to which nothing was to be delivered in the last 30 days are not in it.</summary>
    public Task<Dictionary<string, DeliveryCounts>> CountsAsync(
        string workspaceId,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
                (
                    await session.QueryAsync<DeliveryCounts>(
                        $"""
                        SELECT d.endpoint_id, CAST(SUM(CASE WHEN e.finished_at IS NULL THEN 1 ELSE 0 END) AS INTEGER) AS pending,
                            CAST(SUM(CASE WHEN e.finished_at IS NOT NULL AND e.state <> '{EffectState.Applied}' AND NOT EXISTS (
                                SELECT 1 FROM webhook_delivery later WHERE later.workspace_id = d.workspace_id AND later.endpoint_id = d.endpoint_id
                                  AND later.subject = d.subject AND later.place > d.place AND later.event_id = d.event_id) THEN 1 ELSE 0 END) AS INTEGER) AS dead
                        FROM {WebhookDelivery.From}
                        WHERE d.workspace_id = @workspaceId AND d.created_at > @since GROUP BY d.endpoint_id
                        """,
                        new { workspaceId, since = clock.GetCurrentInstant() - CountedBack }
                    )
                ).ToDictionary(row => row.EndpointId, StringComparer.Ordinal),
            cancellationToken
        );

    /// <returns>Null when the endpoint has no such delivery.</returns>
    public Task<DeliveryStory?> ReadAsync(
        WebhookEndpoint endpoint,
        string deliveryId,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
                await FindAsync(session, endpoint, deliveryId) is { } delivery
                    ? new DeliveryStory(
                        delivery,
                        await session.FirstAsync<string>(
                            "SELECT body FROM webhook_event WHERE workspace_id = @WorkspaceId AND id = @EventId",
                            new { delivery.WorkspaceId, delivery.EventId }
                        ),
                        await session.QueryAsync<DeliveryStep>(
                            "SELECT at, to_state, attempt, code, detail FROM effect_event WHERE workspace_id = @WorkspaceId AND effect_id = @Id ORDER BY at DESC, id DESC LIMIT 200",
                            new { delivery.WorkspaceId, delivery.Id }
                        )
                    )
                    : null,
            cancellationToken
        );

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

    /// <summary>Waits, bounded, for what becomes of the next attempt.</summary>
    /// <returns>The delivery as it is then.</returns>
    public Task<WebhookDelivery> TriedAsync(
        WebhookEndpoint endpoint,
        WebhookDelivery delivery,
        CancellationToken cancellationToken
    ) =>
        watch.UntilAsync(
            $"effect/{delivery.Id}",
            async () =>
                await db.ReadAsync(session => FindAsync(session, endpoint, delivery.Id), cancellationToken) ?? delivery,
            // With a word on it, it was tried, or waits for an earlier one of its booking.
            seen => seen.FinishedAt is not null || seen is { State: EffectState.Planned, OutcomeDetail: not null },
            LongestTry,
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

    public Task<WebhookDelivery?> FindAsync(
        string workspaceId,
        string endpointId,
        string id,
        CancellationToken cancellationToken
    ) => db.ReadAsync(session => FindAsync(session, workspaceId, endpointId, id), cancellationToken);

    private static Task<WebhookDelivery?> FindAsync(DbSession session, WebhookEndpoint endpoint, string id) =>
        FindAsync(session, endpoint.WorkspaceId, endpoint.Id, id);

    internal static Task<WebhookDelivery?> FindAsync(
        DbSession session,
        string workspaceId,
        string recipientId,
        string id
    ) =>
        session.FirstOrDefaultAsync<WebhookDelivery>(
            $"SELECT {WebhookDelivery.Columns} FROM {WebhookDelivery.From} WHERE d.workspace_id = @workspaceId AND d.endpoint_id = @recipientId AND d.id = @id",
            new
            {
                workspaceId,
                recipientId,
                id,
            }
        );
}
