using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Storage;

namespace Parley.Server.Usage;

/// <summary>Runs asked for, found and cancelled. At most one of a connector is open at a time: the database sees to it.</summary>
public sealed class UsageRuns(Db db, Ids ids, IClock clock)
{
    /// <returns>The run that was asked for, or the one that is under way already.</returns>
    public Task<UsageRun> RequestAsync(string workspaceId, string connectionId, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                if (await QueueAsync(session, workspaceId, connectionId, "manual") > 0)
                {
                    await NoteAsync(session, AuditActions.UsageRunStarted, workspaceId, connectionId);
                }

                return (await OpenAsync(session, workspaceId, connectionId))!;
            },
            cancellationToken
        );

    private Task NoteAsync(DbSession session, string action, string workspaceId, string connectionId) =>
        AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            workspaceId,
            new AuditNote(action, "connection", connectionId)
        );

    /// <summary>Puts a run in the queue unless one is open.</summary>
    internal Task<int> QueueAsync(DbSession session, string workspaceId, string connectionId, string reason)
    {
        var now = clock.GetCurrentInstant();
        return session.ExecuteAsync(
            $"""
            INSERT INTO usage_run (workspace_id, id, connection_id, state, phase, reason, to_at, queued_at)
            VALUES (@workspaceId, @id, @connectionId, '{UsageRunState.Queued}', '{UsagePhase.Users}', @reason, @now, @now)
            ON CONFLICT DO NOTHING
            """,
            new
            {
                workspaceId,
                id = ids.New("run"),
                connectionId,
                reason,
                now,
            }
        );
    }

    public Task<UsageRun?> FindAsync(
        string workspaceId,
        string connectionId,
        string runId,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            session =>
                session.FirstOrDefaultAsync<UsageRun>(
                    $"SELECT {UsageRun.Columns} FROM usage_run WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND id = @runId",
                    new
                    {
                        workspaceId,
                        connectionId,
                        runId,
                    }
                ),
            cancellationToken
        );

    /// <summary>A run there is, as it is now.</summary>
    internal static Task<UsageRun> ReadAsync(DbSession session, string workspaceId, string runId) =>
        session.FirstAsync<UsageRun>(
            $"SELECT {UsageRun.Columns} FROM usage_run WHERE workspace_id = @workspaceId AND id = @runId",
            new { workspaceId, runId }
        );

    /// <summary>The last one that completed, begun no later than <paramref name="asOf"/>.</summary>
    internal static Task<UsageRun?> LastCompletedAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        Instant asOf
    ) =>
        session.FirstOrDefaultAsync<UsageRun>(
            $"SELECT {UsageRun.Columns} FROM usage_run WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND state = '{UsageRunState.Completed}' AND to_at <= @asOf ORDER BY to_at DESC, id DESC LIMIT 1",
            new
            {
                workspaceId,
                connectionId,
                asOf,
            }
        );

    /// <summary>Newest first.</summary>
    public Task<Page<UsageRun>> PageAsync(
        string workspaceId,
        string connectionId,
        Cursor after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
                Cursor.Cut(
                    await session.QueryAsync<UsageRun>(
                        $"""
                        SELECT {UsageRun.Columns} FROM usage_run WHERE workspace_id = @workspaceId AND connection_id = @connectionId
                          AND (-queued_at > @SortValue OR (-queued_at = @SortValue AND id > @Id))
                        ORDER BY -queued_at, id LIMIT @take
                        """,
                        new
                        {
                            workspaceId,
                            connectionId,
                            after.SortValue,
                            after.Id,
                            take = limit + 1,
                        }
                    ),
                    limit,
                    run => new Cursor(-Micros.From(run.QueuedAt), run.Id)
                ),
            cancellationToken
        );

    /// <summary>At most 1000, by user.</summary>
    public Task<List<UsageRunProblem>> ProblemsAsync(UsageRun run, CancellationToken cancellationToken) =>
        db.ReadAsync(
            session =>
                session.QueryAsync<UsageRunProblem>(
                    """
                    SELECT p.user_key, u.email, p.code, p.detail FROM usage_run_problem p
                    LEFT JOIN usage_user u ON u.workspace_id = p.workspace_id AND u.connection_id = @ConnectionId AND u.user_key = p.user_key
                    WHERE p.workspace_id = @WorkspaceId AND p.run_id = @Id ORDER BY p.user_key LIMIT 1000
                    """,
                    run
                ),
            cancellationToken
        );

    /// <summary>Asks an open run to end; it does after the user it is at. One nobody has begun ends at once.</summary>
    public Task CancelAsync(UsageRun run, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                var parameters = new
                {
                    run.WorkspaceId,
                    run.Id,
                    now = clock.GetCurrentInstant(),
                };
                await session.ExecuteAsync(
                    $"UPDATE usage_run SET cancel_requested = 1 WHERE workspace_id = @WorkspaceId AND id = @Id AND state = '{UsageRunState.Running}'",
                    parameters
                );
                await session.ExecuteAsync(
                    $"UPDATE usage_run SET state = '{UsageRunState.Cancelled}', cancel_requested = 1, finished_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id AND state = '{UsageRunState.Queued}'",
                    parameters
                );
                await NoteAsync(session, AuditActions.UsageRunCancelled, run.WorkspaceId, run.ConnectionId);
            },
            cancellationToken
        );

    private static Task<UsageRun?> OpenAsync(DbSession session, string workspaceId, string connectionId) =>
        session.FirstOrDefaultAsync<UsageRun>(
            $"SELECT {UsageRun.Columns} FROM usage_run WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND state IN ('{UsageRunState.Queued}', '{UsageRunState.Running}')",
            new { workspaceId, connectionId }
        );
}
