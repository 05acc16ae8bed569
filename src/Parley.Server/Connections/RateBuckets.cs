using NodaTime;
using Parley.Conferencing;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>
/// Keeps all nodes together to a provider's rate: one row per app or account. A call takes its place at once, possibly in the near
/// future, and waits for it; so callers are served in order and nobody polls.
/// </summary>
public sealed class RateBuckets(Db db, TimeProvider time)
{
    /// <summary>Who would have to wait longer is told to come again.</summary>
    private static readonly Duration LongestWait = Duration.FromSeconds(5);

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
        var floor = -(long)(perMicro * (LongestWait.BclCompatibleTicks / 10.0));
        var left = await db.WriteAsync(
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
                        capacity = allowance.Calls * 1000L,
                        per = allowance.Per.BclCompatibleTicks / 10,
                        floor,
                        // The clock that is also waited by.
                        now = Instant.FromDateTimeOffset(time.GetUtcNow()),
                    }
                );
            },
            cancellationToken
        );
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
}
