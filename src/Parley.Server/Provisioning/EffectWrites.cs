using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>State changes of effects under a lease: each checks the fence first and appends to the history.</summary>
public sealed class EffectWrites(Leases leases, IClock clock, ArrangementWatch watch, EffectSignal signal)
{
    /// <summary>
    /// Runs <paramref name="write"/> only while the lease is ours; false when it is lost, and then nothing was written.
    /// </summary>
    public async Task<bool> UnderAsync(Db db, Lease lease, Func<DbSession, Task> write)
    {
        // Not the caller's token: what a provider answered must be written down even when the server is asked to stop.
        return await db.WriteAsync(
            async session =>
            {
                if (!await leases.HoldsAsync(session, lease))
                {
                    return false;
                }

                await write(session);
                session.AfterCommit(() => watch.Changed(lease.Resource));
                return true;
            },
            CancellationToken.None
        );
    }

    /// <summary>PLANNED → SENDING, before anything goes on the wire.</summary>
    /// <param name="lapses">When a SENDING row without a living holder is looked at again.</param>
    public async Task<Effect> SendingAsync(
        DbSession session,
        Lease lease,
        Effect effect,
        string operation,
        string? sent,
        Instant lapses
    )
    {
        var now = clock.GetCurrentInstant();
        var next = effect with
        {
            State = EffectState.Sending,
            Operation = operation,
            Attempt = effect.Attempt + 1,
            Fence = lease.Fence,
            NotBefore = lapses,
            Sent = sent ?? effect.Sent,
            SentAt = now,
            UpdatedAt = now,
        };
        await StoreAsync(session, effect, next, null);
        return next;
    }

    /// <summary>Any other change of state.</summary>
    public async Task<Effect> MoveAsync(
        DbSession session,
        Effect effect,
        string state,
        string? outcome = null,
        string? code = null,
        string? detail = null,
        Instant? notBefore = null,
        Lease? lease = null,
        string? cure = null
    )
    {
        var now = clock.GetCurrentInstant();
        var next = effect with
        {
            State = state,
            Fence = lease?.Fence ?? effect.Fence,
            Outcome = outcome ?? effect.Outcome,
            OutcomeCode = code,
            OutcomeDetail = Cut(detail),
            OutcomeNext = Cut(cure),
            NotBefore = notBefore ?? effect.NotBefore,
            UpdatedAt = now,
            FinishedAt = EffectState.IsFinal(state) ? now : null,
        };
        await StoreAsync(session, effect, next, outcome);
        session.AfterCommit(signal.Ring);
        return next;
    }

    /// <summary>Looks at it later; nothing happened that the history should tell.</summary>
    public Task PostponeAsync(DbSession session, Effect effect, Instant until) =>
        session.ExecuteAsync(
            "UPDATE effect SET not_before = @until WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                effect.WorkspaceId,
                effect.Id,
                until,
            }
        );

    /// <summary>Counts a round of "unknown, then sent again"; a new hour starts a new count.</summary>
    public async Task<Effect> CountRoundAsync(DbSession session, Effect effect)
    {
        var now = clock.GetCurrentInstant();
        var fresh = effect.RoundsSince is not { } since || now - since >= Duration.FromHours(1);
        var next = effect with
        {
            UnknownRounds = fresh ? 1 : effect.UnknownRounds + 1,
            RoundsSince = fresh ? now : effect.RoundsSince,
        };
        await session.ExecuteAsync(
            "UPDATE effect SET unknown_rounds = @UnknownRounds, rounds_since = @RoundsSince WHERE workspace_id = @WorkspaceId AND id = @Id",
            next
        );
        return next;
    }

    private static async Task StoreAsync(DbSession session, Effect before, Effect next, string? outcome)
    {
        await session.ExecuteAsync(
            """
            UPDATE effect SET state = @State, operation = @Operation, attempt = @Attempt, fence = @Fence, not_before = @NotBefore,
                sent = @Sent, sent_at = @SentAt, outcome = @Outcome, outcome_code = @OutcomeCode, outcome_detail = @OutcomeDetail,
                outcome_next = @OutcomeNext, updated_at = @UpdatedAt, finished_at = @FinishedAt
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            next
        );
        await Effects.RecordAsync(
            session,
            next.WorkspaceId,
            next.Id,
            next.ArrangementId,
            next.UpdatedAt,
            before.State,
            next.State,
            next.Attempt,
            next.Fence,
            outcome,
            next.OutcomeCode,
            next.OutcomeNext is null ? next.OutcomeDetail : $"{next.OutcomeDetail} {next.OutcomeNext}"
        );
    }

    private static string? Cut(string? text) => text is { Length: > 500 } ? text[..500] : text;
}
