using Parley.Server.Audit;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.WriteBack;

/// <summary>Carries write-backs out, on the ladder and in the order of webhooks: at least once.</summary>
public sealed class WriteBackDeliveries(DeliveryTurns turns, WriteBackRequests requests) : IEffectHandler
{
    public const string EffectKind = "write_back";

    public string Kind => EffectKind;

    public async Task<EffectOutcome> SendAsync(Effect effect, CancellationToken cancellationToken)
    {
        var (turn, row) = await turns.ReadAsync(
            effect,
            (session, id) => WriteBacks.FindAsync(session, effect.WorkspaceId, id),
            cancellationToken
        );
        if (row is not { Active: true })
        {
            return DeliveryTurns.Unwanted("write-back", "write_back", removed: row is null);
        }

        if (turn.Waits)
        {
            return turns.Wait(effect);
        }

        var (answer, notSent) = await requests.SendAsync(row, turn.EventId, turn.Body, cancellationToken);
        return notSent is null
            // A record that is gone says nothing about the next one: 410 is an answer like any other.
            ? turns.Judge(effect, answer!, gone: null)
            : DeliveryTurns.Dead(notSent.Code, notSent.Detail);
    }

    public Task<EffectOutcome> ReconcileAsync(Effect effect, CancellationToken cancellationToken) =>
        Task.FromResult(turns.AnswerLost());
}

/// <summary>Sends what was sent, or is dead, once more.</summary>
public sealed class WriteBackLog(Db db, OutboundQueue queue)
{
    /// <returns>The new delivery; null when there is no such one.</returns>
    public Task<WebhookDelivery?> RedoAsync(WriteBackRow row, string deliveryId, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                if (await WebhookLog.FindAsync(session, row.WorkspaceId, row.Id, deliveryId) is not { } delivery)
                {
                    return null;
                }

                var again = await queue.DeliverAsync(
                    session,
                    WriteBackEvents.Of(row),
                    delivery.EventId,
                    delivery.Type,
                    delivery.Subject,
                    again: true
                );
                var queued = (await WebhookLog.FindAsync(session, row.WorkspaceId, row.Id, again))!;
                await AuditTrail.NoteAsync(
                    session,
                    queued.CreatedAt,
                    row.WorkspaceId,
                    new AuditNote(AuditActions.WriteBackRedelivered, "write_back", row.Id, row.Name)
                    {
                        After = new { queued.Type },
                    }
                );
                return queued;
            },
            cancellationToken
        );
}
