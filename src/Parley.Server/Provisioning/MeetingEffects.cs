using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>
/// Makes the provider agree with one arrangement, one call at a time under the arrangement's lease: decide from the rows what is to be
/// done, make SENDING durable, call, write down what became of it. Unknown outcomes go to <see cref="MeetingReconciliation"/>, late
/// ghosts to <see cref="LateSweep"/>.
/// </summary>
public sealed class MeetingEffects(
    Db db,
    IClock clock,
    TimeProvider time,
    ParleyOptions options,
    Leases leases,
    EffectWrites writes,
    MeetingOutcomes outcomes,
    DailyQuota quota,
    MeetingSends sends,
    MeetingReconciliation reconciliation,
    LateSweep sweep
)
{
    /// <summary>Covers a refresh and a second call with room to spare; what is left at the send must exceed the calls' own bounds.</summary>
    private Duration Term => (options.Provisioning.HttpTimeout * 4) + Duration.FromSeconds(20);

    /// <summary>Takes the arrangement's next step, when one is due.</summary>
    /// <returns>False when another process holds the arrangement or there was nothing to do.</returns>
    public async Task<bool> StepAsync(string workspaceId, string arrangementId, CancellationToken cancellationToken)
    {
        // Measured from before the lease was asked for, by a clock that nobody sets: what is left of it is never overrated.
        var started = time.GetTimestamp();
        var lease = await leases.TryTakeAsync(workspaceId, $"arrangement/{arrangementId}", Term, cancellationToken);
        if (lease is null)
        {
            return false;
        }

        try
        {
            var step = await DecideAsync(lease, arrangementId);
            var left = (Term - Duration.FromSeconds(5)).ToTimeSpan() - time.GetElapsedTime(started);
            if (step is not null && left < options.Provisioning.HttpTimeout.ToTimeSpan())
            {
                // The database kept us waiting for too long to call under this lease. Nothing was sent.
                await NotSentAsync(lease, step);
                return true;
            }

            using var deadline = new CancellationTokenSource(
                left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1),
                time
            );
            switch (step)
            {
                case Step.Send(var call):
                    await sends.SendAsync(lease, call, deadline.Token);
                    break;
                case Step.Reconcile(var arrangement, var effect, var ready):
                    await reconciliation.RunAsync(lease, arrangement, effect, ready, deadline.Token);
                    break;
                case Step.Sweep(var arrangement, var effect, var ready):
                    await sweep.RunAsync(lease, arrangement, effect, ready, deadline.Token);
                    break;
            }

            return step is not null;
        }
        finally
        {
            await leases.ReleaseAsync(lease, CancellationToken.None);
        }
    }

    private Task NotSentAsync(Lease lease, Step step) =>
        writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                if (step is Step.Send(var call))
                {
                    await DailyQuota.SettleAsync(session, call.Taken, reached: false);
                    await writes.MoveAsync(
                        session,
                        call.Effect,
                        EffectState.Planned,
                        "never_sent",
                        "lease_short",
                        "Too little was left of the lease to make the call.",
                        clock.GetCurrentInstant()
                    );
                }
            }
        );

    private abstract record Step
    {
        public sealed record Send(MeetingCall Call) : Step;

        /// <summary>Nothing is to be called now; that is written down.</summary>
        public sealed record Held : Step;

        public sealed record Reconcile(Arrangement Arrangement, Effect Effect, Instant Ready) : Step;

        public sealed record Sweep(Arrangement Arrangement, Effect Effect, Instant Ready) : Step;
    }

    private async Task<Step?> DecideAsync(Lease lease, string arrangementId)
    {
        Step? step = null;
        await writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                step = null;
                if (await Arrangements.LockAsync(session, lease.WorkspaceId, arrangementId) is not { } arrangement)
                {
                    return;
                }

                var open = (await Effects.OfArrangementAsync(session, lease.WorkspaceId, arrangementId))
                    .Where(effect => effect.FinishedAt is null)
                    .ToList();
                step =
                    await DecideMeetingAsync(session, lease, arrangement, open)
                    ?? await DecideSweepAsync(session, lease, arrangement, open);
            }
        );
        return step;
    }

    private async Task<Step?> DecideMeetingAsync(
        DbSession session,
        Lease lease,
        Arrangement arrangement,
        List<Effect> open
    )
    {
        var now = clock.GetCurrentInstant();
        var meetings = open.Where(effect => effect.Kind == EffectKind.Meeting).ToList();
        var current = meetings.Find(effect =>
            effect.State is EffectState.Sending or EffectState.Unknown or EffectState.Reconciling
        );
        if (current?.State == EffectState.Sending)
        {
            // We hold the lease, so whoever sent it lost it: a process that died or stood still for too long.
            current = await outcomes.UnknownAsync(
                session,
                arrangement,
                current,
                "lease_lapsed",
                "The process that sent it ended before it wrote down the answer."
            );
        }

        if (current is not null)
        {
            if (current.NotBefore <= now)
            {
                var ready = reconciliation.ReadyAt(current);
                var next = await writes.MoveAsync(
                    session,
                    current,
                    EffectState.Reconciling,
                    notBefore: now + Term,
                    lease: lease
                );
                return new Step.Reconcile(arrangement, next, ready);
            }

            foreach (var waiting in meetings.Where(effect => effect.State == EffectState.Planned))
            {
                await writes.PostponeAsync(session, waiting, current.NotBefore);
            }

            return null;
        }

        // Only the latest wish counts: older ones that never left are coalesced into it.
        var planned = meetings.Where(effect => effect.State is EffectState.Planned or EffectState.Blocked).ToList();
        foreach (var older in planned.SkipLast(1))
        {
            await Effects.SupersedeAsync(session, older, now, $"version {planned[^1].Version} took over");
        }

        if (planned.Count == 0 || planned[^1] is not { } latest || latest.NotBefore > now)
        {
            return null;
        }

        // What the provider asked us to wait for holds for the newer wish as well; a removal is never held by a quota. Where the day is counted
        // the count decides anew: the organizer's wish may pass where a stranger's waits.
        var held = planned
            .SkipLast(1)
            .Where(older => older is { State: EffectState.Planned, Outcome: "throttled" } && arrangement.IsPresent)
            .Where(older => older.OutcomeCode != DailyQuota.Code || !quota.Counts(arrangement))
            .Select(older => older.NotBefore)
            .DefaultIfEmpty(now)
            .Max();
        if (held > now)
        {
            await writes.PostponeAsync(session, latest, held);
            return null;
        }

        if (await outcomes.SettleWithoutCallAsync(session, arrangement, latest))
        {
            return null;
        }

        var operation = OperationFor(arrangement);
        var (maySend, taken) = await quota.ClaimAsync(session, arrangement, latest, operation);
        if (!maySend)
        {
            return new Step.Held();
        }

        var sent = SentMeeting.Of(arrangement).ToJson();
        var sending = await writes.SendingAsync(session, lease, latest, operation, sent, now + Term);
        return new Step.Send(new MeetingCall(arrangement, sending, taken));
    }

    private async Task<Step?> DecideSweepAsync(
        DbSession session,
        Lease lease,
        Arrangement arrangement,
        List<Effect> open
    )
    {
        var now = clock.GetCurrentInstant();
        var due = open.FirstOrDefault(effect => effect.Kind == EffectKind.Sweep && effect.NotBefore <= now);
        if (due is null)
        {
            return null;
        }

        if (open.Exists(effect => effect.Kind == EffectKind.Meeting && effect.State != EffectState.Blocked))
        {
            // First let what is under way end; a sweep judges a settled state.
            var busy = open.Where(effect => effect.Kind == EffectKind.Meeting).Max(effect => effect.NotBefore);
            await writes.PostponeAsync(session, due, Instant.Max(busy, now + options.Provisioning.SettleTime));
            return null;
        }

        // A sweep only reads and removes by id: doing it again is harmless, so a lapsed one simply starts over.
        return new Step.Sweep(
            arrangement,
            await writes.SendingAsync(session, lease, due, due.Operation, null, now + Term),
            // A lapsed one no longer tells when it was due.
            due.State == EffectState.Sending
                ? now
                : due.NotBefore
        );
    }

    private static string OperationFor(Arrangement arrangement) =>
        !arrangement.IsPresent ? "delete"
        : arrangement.ProviderMeetingId is null ? "create"
        : "update";
}
