using NodaTime;
using Parley.Conferencing;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>
/// Keeps all nodes together to a provider's rate, per app or account: by a row where several processes share the data, in memory where
/// this is the only one. A call takes its place at once, possibly in the near future, and waits for it; so callers are served in
/// order and nobody polls.
/// <para>
/// The provider counts when calls arrive, not when they leave: what the way adds to one call and spares another brings them closer
/// together. So less than the allowance is used: nine tenths of its rate, after a burst of eight tenths. Of ten calls a second that leaves
/// calls that are sent evenly 200 ms to differ by. And a process that stood still for a while must not send at once what it would have
/// sent meanwhile: what is late is counted again when it leaves.
/// </para>
/// </summary>
public sealed class RateBuckets(Db db, TimeProvider time)
{
    /// <summary>In the place of a workspace: an allowance the provider gives to a client that several may use.</summary>
    public const string AllWorkspaces = "*";

    /// <summary>Who would have to wait longer is told to come again.</summary>
    private static readonly Duration LongestWait = Duration.FromSeconds(5);

    private const int RatePercent = 90;
    private const int BurstPercent = 80;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string WorkspaceId, string Resource), Bucket> _own = [];
    private readonly Dictionary<(string WorkspaceId, string Resource), Bucket> _leaving = [];

    /// <returns>Null when the call may be made now, else <see cref="FailureKind.Throttled"/>.</returns>
    public async Task<ProviderFailure?> WaitAsync(
        string workspaceId,
        string resource,
        RateAllowance allowance,
        CancellationToken cancellationToken
    )
    {
        // Thousandths of a call; below zero: places promised ahead of time.
        var refill = allowance.Calls * 10L * RatePercent;
        var perMicro = refill / (allowance.Per.BclCompatibleTicks / 10.0);
        var capacity = Math.Max(1000, allowance.Calls * 10L * BurstPercent);
        var floor = -(long)(perMicro * (LongestWait.BclCompatibleTicks / 10.0));
        var left = db.Dialect.IsShared
            ? await SharedBuckets.TakeAsync(
                db,
                workspaceId,
                resource,
                new BucketMeasures(capacity, refill, allowance.Per.BclCompatibleTicks / 10, floor),
                1000,
                cancellationToken
            )
            : TakeOwn((workspaceId, resource), perMicro, capacity, floor);
        if (left is null)
        {
            return new ProviderFailure
            {
                Kind = FailureKind.Throttled,
                Code = FailureCodes.Throttled,
                Message = "More calls are waiting than the provider's rate lets through soon.",
                Next = "Try again in a few seconds.",
                RetryAfter = LongestWait,
            };
        }

        if (left < 0)
        {
            await Task.Delay(TimeSpan.FromMicroseconds(-left.Value / perMicro), time, cancellationToken);
        }

        while (Leave((workspaceId, resource), perMicro, capacity) is { } early)
        {
            await Task.Delay(early, time, cancellationToken);
        }

        return null;
    }

    /// <returns>Null: it leaves now. Else how long too early it is by what really left before it.</returns>
    private TimeSpan? Leave((string, string) key, double perMicro, long capacity)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var tokens = TokensOf(_leaving, key, now, perMicro, capacity);
            if (tokens < 1000)
            {
                // Timers know whole milliseconds.
                return TimeSpan.FromMilliseconds(Math.Ceiling((1000 - tokens) / perMicro / 1000));
            }

            _leaving[key] = new Bucket(tokens - 1000, now);
            return null;
        }
    }

    private double TokensOf(
        Dictionary<(string, string), Bucket> buckets,
        (string, string) key,
        long now,
        double perMicro,
        long capacity
    )
    {
        var bucket = buckets.GetValueOrDefault(key, new Bucket(capacity, now));
        return Math.Min(capacity, bucket.Tokens + (time.GetElapsedTime(bucket.At, now).TotalMicroseconds * perMicro));
    }

    /// <returns>What is left after this call; null when its place would lie too far ahead.</returns>
    private long? TakeOwn((string, string) key, double perMicro, long capacity, long floor)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var left = TokensOf(_own, key, now, perMicro, capacity) - 1000;
            if (left < floor)
            {
                return null;
            }

            _own[key] = new Bucket(left, now);
            return (long)left;
        }
    }

    /// <param name="Tokens">Thousandths of a call.</param>
    /// <param name="At">Of the process's monotonic clock.</param>
    private readonly record struct Bucket(double Tokens, long At);
}
