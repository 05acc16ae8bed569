using NodaTime;
using Parley.Conferencing;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>
/// Keeps all nodes together to a provider's rate, per app or account: by a row where several processes share the data, in memory where
/// this is the only one. A call takes its place at once, possibly in the near future, and waits for it; so callers are served in
/// order and nobody polls.
/// </summary>
public sealed class RateBuckets(Db db, TimeProvider time)
{
    /// <summary>In the place of a workspace: an allowance the provider gives to a client that several may use.</summary>
    public const string AllWorkspaces = "*";

    /// <summary>Who would have to wait longer is told to come again.</summary>
    private static readonly Duration LongestWait = Duration.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string WorkspaceId, string Resource), Bucket> _own = [];

    /// <returns>Null when the call may be made now, else <see cref="FailureKind.Throttled"/>.</returns>
    public async Task<ProviderFailure?> WaitAsync(
        string workspaceId,
        string resource,
        RateAllowance allowance,
        CancellationToken cancellationToken
    )
    {
        // Thousandths of a call; below zero: places promised ahead of time.
        var perMicro = allowance.Calls * 1000.0 / (allowance.Per.BclCompatibleTicks / 10.0);
        var capacity = allowance.Calls * 1000L;
        var floor = -(long)(perMicro * (LongestWait.BclCompatibleTicks / 10.0));
        var left = db.Dialect.IsShared
            ? await TakeSharedAsync(workspaceId, resource, allowance, capacity, floor, cancellationToken)
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

        return null;
    }

    /// <returns>What is left after this call; null when its place would lie too far ahead.</returns>
    private long? TakeOwn((string, string) key, double perMicro, long capacity, long floor)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            var bucket = _own.GetValueOrDefault(key, new Bucket(capacity, now));
            var refill = time.GetElapsedTime(bucket.RefilledAt, now).TotalMicroseconds * perMicro;
            var left = Math.Min(capacity, bucket.Tokens + refill) - 1000;
            if (left < floor)
            {
                return null;
            }

            _own[key] = new Bucket(left, now);
            return (long)left;
        }
    }

    private Task<long?> TakeSharedAsync(
        string workspaceId,
        string resource,
        RateAllowance allowance,
        long capacity,
        long floor,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync(
            session =>
            {
                var now = session.Dialect.LeaseNow;
                var refilled =
                    $"(token_bucket.tokens + (CASE WHEN {now} > token_bucket.refilled_at THEN {now} - token_bucket.refilled_at ELSE 0 END) * @capacity / @per)";
                var capped = $"(CASE WHEN {refilled} > @capacity THEN @capacity ELSE {refilled} END)";
                return session.ScalarAsync<long?>(
                    $"""
                    INSERT INTO token_bucket (workspace_id, resource, tokens, refilled_at) VALUES (@workspaceId, @resource, @capacity - 1000, {now})
                    ON CONFLICT (workspace_id, resource) DO UPDATE SET tokens = {capped} - 1000, refilled_at = {now}
                    WHERE {capped} - 1000 >= @floor
                    RETURNING tokens
                    """,
                    new
                    {
                        workspaceId,
                        resource,
                        capacity,
                        per = allowance.Per.BclCompatibleTicks / 10,
                        floor,
                    }
                );
            },
            cancellationToken
        );

    /// <param name="Tokens">Thousandths of a call.</param>
    /// <param name="RefilledAt">Of the process's monotonic clock.</param>
    private readonly record struct Bucket(double Tokens, long RefilledAt);
}
