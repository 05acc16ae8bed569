using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>What the end of a connection leaves in the database, whoever ended it: a person here, or the provider.</summary>
internal static class ConnectionEnd
{
    /// <summary>Disconnected, with what is to be said of it; attempts under way are over, meetings to come say what they lack.</summary>
    /// <param name="code">Null: there is nothing to say.</param>
    public static async Task WriteAsync(
        DbSession session,
        Connection connection,
        Instant now,
        string? code,
        string? detail,
        string? next
    )
    {
        await session.ExecuteAsync(
            """
            UPDATE connection SET status = 'disconnected', disconnected_at = @now, updated_at = @now, problem_code = @code, problem_detail = @detail, problem_next = @next
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            new
            {
                connection.WorkspaceId,
                connection.Id,
                now,
                code,
                detail,
                next,
            }
        );
        await session.ExecuteAsync(
            "UPDATE oauth_flow SET finished_at = @now, outcome = 'disconnected', code_verifier = NULL WHERE workspace_id = @WorkspaceId AND connection_id = @Id AND finished_at IS NULL",
            new
            {
                connection.WorkspaceId,
                connection.Id,
                now,
            }
        );
        await session.ExecuteAsync(
            "UPDATE arrangement SET attention = @attention, updated_at = @now WHERE workspace_id = @WorkspaceId AND connection_id = @Id AND desired = 'present' AND ends_at > @now AND attention IS NULL",
            new
            {
                connection.WorkspaceId,
                connection.Id,
                now,
                attention = ConnectionObservations.DisconnectedAttention,
            }
        );
    }
}
