using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>Runs effects that stand alone (mails, ghosts): claim, send or reconcile through the kind's handler, write down what became of it.</summary>
public sealed class EffectRunner(
    Db db,
    IClock clock,
    Leases leases,
    EffectWrites writes,
    IEnumerable<IEffectHandler> handlers
)
{
    private static readonly Duration Term = Duration.FromMinutes(2);
    private readonly Dictionary<string, IEffectHandler> _handlers = handlers.ToDictionary(
        handler => handler.Kind,
        StringComparer.Ordinal
    );

    /// <returns>False when another process holds the effect or there was nothing to do.</returns>
    public async Task<bool> RunAsync(string workspaceId, string effectId, CancellationToken cancellationToken)
    {
        var lease = await leases.TryTakeAsync(workspaceId, $"effect/{effectId}", Term, cancellationToken);
        if (lease is null)
        {
            return false;
        }

        try
        {
            return await RunAsync(lease, effectId, cancellationToken);
        }
        finally
        {
            await leases.ReleaseAsync(lease, CancellationToken.None);
        }
    }

    private async Task<bool> RunAsync(Lease lease, string effectId, CancellationToken cancellationToken)
    {
        var claimed = await ClaimAsync(lease, effectId);
        if (claimed is null)
        {
            return false;
        }

        var handler = _handlers[claimed.Kind];
        var outcome =
            claimed.State == EffectState.Sending
                ? await handler.SendAsync(claimed, cancellationToken)
                : await handler.ReconcileAsync(claimed, cancellationToken);
        await writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                await writes.MoveAsync(
                    session,
                    claimed,
                    outcome.State,
                    outcome.Code ?? outcome.State,
                    outcome.Code,
                    outcome.Detail,
                    // What is blocked is looked at once a day all the same: a cure may have passed us by.
                    outcome.NotBefore
                        ?? (
                            outcome.State == EffectState.Blocked
                                ? clock.GetCurrentInstant() + Duration.FromDays(1)
                                : null
                        )
                );
                if (outcome.Also is not null)
                {
                    await outcome.Also(session);
                }
            }
        );
        return true;
    }

    private async Task<Effect?> ClaimAsync(Lease lease, string effectId)
    {
        Effect? claimed = null;
        await writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                claimed = null;
                var effect = await session.FirstOrDefaultAsync<Effect>(
                    $"SELECT {Effects.Columns} FROM effect WHERE workspace_id = @WorkspaceId AND id = @effectId{session.Dialect.ForUpdate}",
                    new { lease.WorkspaceId, effectId }
                );
                var now = clock.GetCurrentInstant();
                if (effect is null || effect.NotBefore > now)
                {
                    return;
                }

                claimed = effect.State switch
                {
                    EffectState.Planned or EffectState.Blocked => await writes.SendingAsync(
                        session,
                        lease,
                        effect,
                        effect.Operation,
                        null,
                        now + Term
                    ),
                    // SENDING: whoever sent it is gone, and nobody knows whether it arrived.
                    EffectState.Sending or EffectState.Unknown or EffectState.Reconciling => await writes.MoveAsync(
                        session,
                        effect,
                        EffectState.Reconciling,
                        notBefore: now + Term,
                        lease: lease
                    ),
                    _ => null,
                };
            }
        );
        return claimed;
    }
}
