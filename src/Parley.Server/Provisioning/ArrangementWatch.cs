using System.Collections.Concurrent;
using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>How far a version of an arrangement has come.</summary>
/// <param name="Settled">Nothing more will happen to this version without a person, a connection that heals or a new day at the provider.</param>
/// <param name="Effect">The meeting effect of the version, or the newest one.</param>
public sealed record ArrangementProgress(Arrangement Arrangement, Effect? Effect, bool Settled);

/// <summary>Lets a request that wants an answer now wait, bounded, for the provisioner: woken in this process, looking again for others'.</summary>
public sealed class ArrangementWatch(Db db, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(150);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);

    /// <summary>Something became durable. Added to; only rings bells.</summary>
    public Action? Turned { get; set; }

    /// <summary>Something done under the lease of <paramref name="resource"/> became durable.</summary>
    public void Changed(string resource)
    {
        if (_waiting.TryRemove(resource, out var waiting))
        {
            waiting.TrySetResult();
        }

        Turned?.Invoke();
    }

    public Task<ArrangementProgress?> WaitAsync(
        string workspaceId,
        string arrangementId,
        int version,
        Duration atMost,
        CancellationToken cancellationToken
    ) =>
        UntilAsync(
            $"arrangement/{arrangementId}",
            () => LookAsync(workspaceId, arrangementId, version, cancellationToken),
            progress => progress is null or { Settled: true },
            atMost,
            cancellationToken
        );

    /// <summary>Looks until it is settled, each time something was done under the lease of <paramref name="resource"/>.</summary>
    /// <returns>What was seen last, settled or not.</returns>
    public async Task<T> UntilAsync<T>(
        string resource,
        Func<Task<T>> look,
        Func<T, bool> settled,
        Duration atMost,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        while (true)
        {
            // Before looking, so that what changes after the look wakes us.
            var changed = _waiting.GetOrAdd(resource, _ => New()).Task;
            var seen = await look();
            if (settled(seen) || time.GetElapsedTime(started) >= atMost.ToTimeSpan())
            {
                return seen;
            }

            await Task.WhenAny(changed, Task.Delay(Look, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public Task<ArrangementProgress?> LookAsync(
        string workspaceId,
        string arrangementId,
        int version,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
            {
                if (await Arrangements.FindAsync(session, workspaceId, arrangementId) is not { } arrangement)
                {
                    return null;
                }

                var effects = await Effects.OfArrangementAsync(session, workspaceId, arrangementId);
                var effect = effects.LastOrDefault(candidate =>
                    candidate.Kind == EffectKind.Meeting && candidate.Version >= version
                );
                var settled =
                    arrangement.AppliedVersion >= version
                    || effect is null
                    || effect.State is EffectState.Rejected or EffectState.Blocked or EffectState.Expired
                    || effect is { State: EffectState.Planned, OutcomeCode: DailyQuota.Code };
                return new ArrangementProgress(arrangement, effect, settled);
            },
            cancellationToken
        );

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
