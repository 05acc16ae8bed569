using Parley.Server.Storage;

namespace Parley.Server.Usage;

/// <summary>
/// What <see cref="Hosting.Housekeeping"/> removes of usage: everything of an account that was disconnected a month ago, and runs
/// older than 400 days, a little more than the year people compare with. The last completed run of an account stays: the report rests on
/// it. Months stay as they are; they name nobody.
/// </summary>
internal static class UsageLeftovers
{
    /// <summary>Days.</summary>
    public const int RunsKept = 400;

    // CROSS JOIN keeps the order on SQLite: from the few that are over to what hangs on them, never through all sessions.
    private const string OfDisconnected =
        "FROM connection c CROSS JOIN {0} t WHERE c.disconnected_at < @monthAgo AND t.workspace_id = c.workspace_id AND t.connection_id = c.id LIMIT @Batch";

    // Ended, old or of an account that is gone, and not the one the report rests on.
    private const string EndedRuns = """
        r.finished_at < @now AND ((r.finished_at < @runsBefore AND EXISTS (SELECT 1 FROM usage_run k WHERE k.workspace_id = r.workspace_id
                AND k.connection_id = r.connection_id AND k.state = 'completed' AND k.queued_at > r.queued_at))
            OR EXISTS (SELECT 1 FROM connection c WHERE c.workspace_id = r.workspace_id AND c.id = r.connection_id AND c.disconnected_at < @monthAgo))
        """;

    /// <summary>Each removes at most @Batch rows; what hangs on a run goes before the run.</summary>
    public static readonly (string What, string Sql)[] Chores =
    [
        ("sessions of disconnected accounts", Delete("usage_session", "session_key")),
        ("people of disconnected accounts", Delete("usage_user", "user_key")),
        ("licences of old usage runs", DeleteOfRuns("usage_licence", "licence_key")),
        ("hosts of old usage runs", DeleteOfRuns("usage_host", "user_key")),
        ("problems of old usage runs", DeleteOfRuns("usage_run_problem", "user_key")),
        (
            "old usage runs",
            $"DELETE FROM usage_run WHERE (workspace_id, id) IN (SELECT r.workspace_id, r.id FROM usage_run r WHERE {EndedRuns} LIMIT @Batch)"
        ),
        (
            "usage settings of disconnected accounts",
            $"DELETE FROM usage_connector WHERE (workspace_id, connection_id) IN (SELECT t.workspace_id, t.connection_id {Of("usage_connector")})"
        ),
        (
            "leases of usage runs that have ended",
            """
            DELETE FROM lease WHERE resource LIKE 'usage/%' AND until < @dayAgo AND NOT EXISTS (SELECT 1 FROM usage_run r
                WHERE r.workspace_id = lease.workspace_id AND lease.resource = 'usage/' || r.id AND r.finished_at IS NULL)
            """
        ),
    ];

    /// <summary>
    /// At once: the provider said that Parley was taken out of the account, and its people are nobody's to keep. A run that goes on fails by
    /// itself; the operator's settings and the months, which name nobody, stay.
    /// </summary>
    internal static async Task EraseAsync(DbSession session, string workspaceId, string connectionId)
    {
        foreach (var table in (string[])["usage_licence", "usage_host", "usage_run_problem"])
        {
            await session.ExecuteAsync(
                $"DELETE FROM {table} WHERE workspace_id = @workspaceId AND run_id IN (SELECT r.id FROM usage_run r WHERE r.workspace_id = @workspaceId AND r.connection_id = @connectionId)",
                new { workspaceId, connectionId }
            );
        }

        foreach (var table in (string[])["usage_session", "usage_user"])
        {
            await session.ExecuteAsync(
                $"DELETE FROM {table} WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
                new { workspaceId, connectionId }
            );
        }

        await session.ExecuteAsync(
            "DELETE FROM usage_run WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND finished_at IS NOT NULL",
            new { workspaceId, connectionId }
        );
    }

    private static string Of(string table) => OfDisconnected.Replace("{0}", table, StringComparison.Ordinal);

    private static string Delete(string table, string key) =>
        $"DELETE FROM {table} WHERE (workspace_id, connection_id, {key}) IN (SELECT t.workspace_id, t.connection_id, t.{key} {Of(table)})";

    private static string DeleteOfRuns(string table, string key) =>
        $"DELETE FROM {table} WHERE (workspace_id, run_id, {key}) IN (SELECT t.workspace_id, t.run_id, t.{key} FROM usage_run r CROSS JOIN {table} t WHERE t.workspace_id = r.workspace_id AND t.run_id = r.id AND {EndedRuns} LIMIT @Batch)";
}
