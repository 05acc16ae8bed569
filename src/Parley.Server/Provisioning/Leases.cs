using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>The right to act on a resource until a moment; every state write names its fence.</summary>
/// <param name="Resource">e.g. <c>arrangement/arr_…</c>, <c>grant/gr_…</c>.</param>
public sealed record Lease(string WorkspaceId, string Resource, string Owner, long Fence);

/// <summary>
/// Leases as rows: taken by one statement, given back when done, lapsing by themselves when a process dies. On PostgreSQL
/// their time is the database's clock, so that processes with different clocks agree.
/// </summary>
public sealed class Leases(Db db, IClock clock, Ids ids)
{
    /// <summary>This process, in this run.</summary>
    public string Owner { get; } = ids.New("node");

    /// <returns>Null while someone else holds it.</returns>
    public Task<Lease?> TryTakeAsync(
        string workspaceId,
        string resource,
        Duration duration,
        CancellationToken cancellationToken
    ) => db.WriteAsync(session => TryTakeAsync(session, workspaceId, resource, duration), cancellationToken);

    public async Task<Lease?> TryTakeAsync(DbSession session, string workspaceId, string resource, Duration duration)
    {
        var now = session.Dialect.LeaseNow;
        var fence = await session.ScalarAsync<long?>(
            $"""
            INSERT INTO lease (workspace_id, resource, owner, fence, until)
            VALUES (@workspaceId, @resource, @Owner, 1, {now} + @length)
            ON CONFLICT (workspace_id, resource) DO UPDATE
            SET owner = excluded.owner, fence = lease.fence + 1, until = excluded.until
            WHERE lease.until <= {now}
            RETURNING fence
            """,
            new
            {
                workspaceId,
                resource,
                Owner,
                length = duration.BclCompatibleTicks / 10,
                now = clock.GetCurrentInstant(),
            }
        );
        return fence is null ? null : new Lease(workspaceId, resource, Owner, fence.Value);
    }

    /// <returns>False when the lease is no longer ours: nothing may be written or sent under it.</returns>
    public async Task<bool> HoldsAsync(DbSession session, Lease lease) =>
        // The row stays locked until the transaction ends: no one takes over between this check and the write it guards.
        await session.FirstOrDefaultAsync<long?>(
            $"SELECT fence FROM lease WHERE workspace_id = @WorkspaceId AND resource = @Resource AND owner = @Owner AND fence = @Fence AND until > {session.Dialect.LeaseNow}{session.Dialect.ForUpdate}",
            new
            {
                lease.WorkspaceId,
                lease.Resource,
                lease.Owner,
                lease.Fence,
                now = clock.GetCurrentInstant(),
            }
        )
            is not null;

    /// <returns>False when the lease is no longer ours; else it is ours for <paramref name="duration"/> from now.</returns>
    public async Task<bool> ProlongAsync(DbSession session, Lease lease, Duration duration) =>
        await session.ExecuteAsync(
            $"UPDATE lease SET until = {session.Dialect.LeaseNow} + @length WHERE workspace_id = @WorkspaceId AND resource = @Resource AND owner = @Owner AND fence = @Fence AND until > {session.Dialect.LeaseNow}",
            new
            {
                lease.WorkspaceId,
                lease.Resource,
                lease.Owner,
                lease.Fence,
                length = duration.BclCompatibleTicks / 10,
                now = clock.GetCurrentInstant(),
            }
        ) > 0;

    /// <summary>Whoever holds it holds it no longer; what they meant to write under it is refused.</summary>
    public static Task RevokeAsync(DbSession session, string workspaceId, string resource) =>
        session.ExecuteAsync(
            "UPDATE lease SET fence = fence + 1, until = 0 WHERE workspace_id = @workspaceId AND resource = @resource",
            new { workspaceId, resource }
        );

    public Task ReleaseAsync(Lease lease, CancellationToken cancellationToken) =>
        db.WriteAsync(session => ReleaseAsync(session, lease), cancellationToken);

    /// <summary>Gives the lease back; the fence stays, so that the next holder's is higher.</summary>
    public Task ReleaseAsync(DbSession session, Lease lease) =>
        session.ExecuteAsync(
            "UPDATE lease SET until = 0 WHERE workspace_id = @WorkspaceId AND resource = @Resource AND owner = @Owner AND fence = @Fence",
            lease
        );
}
