namespace Parley.Server.Storage;

/// <summary>Measures of a bucket of calls, in thousandths of a call.</summary>
/// <param name="Capacity">What a full one holds.</param>
/// <param name="Refill">What comes back in <paramref name="PerMicros"/>.</param>
/// <param name="Floor">Below zero: places promised ahead of time.</param>
public readonly record struct BucketMeasures(long Capacity, long Refill, long PerMicros, long Floor);

/// <summary>Buckets of calls that all processes on one database share: rows of table <c>token_bucket</c>, by the database's clock.</summary>
public static class SharedBuckets
{
    /// <param name="take">Thousandths of a call.</param>
    /// <returns>What is left; null when that would be less than the floor, and then nothing is taken.</returns>
    public static Task<long?> TakeAsync(
        Db db,
        string workspaceId,
        string resource,
        BucketMeasures bucket,
        long take,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync(
            session =>
            {
                var now = session.Dialect.LeaseNow;
                var refilled =
                    $"(token_bucket.tokens + (CASE WHEN {now} > token_bucket.refilled_at THEN {now} - token_bucket.refilled_at ELSE 0 END) * @Refill / @PerMicros)";
                var capped = $"(CASE WHEN {refilled} > @Capacity THEN @Capacity ELSE {refilled} END)";
                return session.ScalarAsync<long?>(
                    $"""
                    INSERT INTO token_bucket (workspace_id, resource, tokens, refilled_at) VALUES (@workspaceId, @resource, @Capacity - @take, {now})
                    ON CONFLICT (workspace_id, resource) DO UPDATE SET tokens = {capped} - @take, refilled_at = {now}
                    WHERE {capped} - @take >= @Floor
                    RETURNING tokens
                    """,
                    new
                    {
                        workspaceId,
                        resource,
                        bucket.Capacity,
                        bucket.Refill,
                        bucket.PerMicros,
                        bucket.Floor,
                        take,
                    }
                );
            },
            cancellationToken
        );
}
