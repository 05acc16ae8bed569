using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>The last join link a connection was told: the pattern from which a lost one is derived.</summary>
public static class ConnectionJoinLink
{
    public static Task RememberAsync(DbSession session, string workspaceId, string connectionId, string joinUrl) =>
        session.ExecuteAsync(
            "UPDATE connection SET last_join_url = @joinUrl WHERE workspace_id = @workspaceId AND id = @connectionId",
            new
            {
                workspaceId,
                connectionId,
                joinUrl,
            }
        );

    public static Task<string?> LastAsync(DbSession session, string workspaceId, string connectionId) =>
        session.FirstOrDefaultAsync<string>(
            "SELECT last_join_url FROM connection WHERE workspace_id = @workspaceId AND id = @connectionId",
            new { workspaceId, connectionId }
        );
}
