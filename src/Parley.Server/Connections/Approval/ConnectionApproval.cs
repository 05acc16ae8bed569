using NodaTime;
using Parley.Conferencing;
using Parley.Server.Storage;

namespace Parley.Server.Connections.Approval;

/// <summary>"Waits for an administrator" as a state of our own: no provider tells when somebody is stopped before its consent page.</summary>
internal static class ConnectionApproval
{
    public const string Requested = "approval_requested";

    /// <summary>Somebody asked an administrator. A connection that works is left alone.</summary>
    /// <returns>False: it does not wait for anything.</returns>
    public static async Task<bool> AskedAsync(
        DbSession session,
        Connection connection,
        ProviderCatalogue catalogue,
        Instant now
    )
    {
        var name = catalogue.Find(connection.Provider)?.Provider.Descriptor.Name ?? connection.Provider;
        return await session.ExecuteAsync(
                """
                UPDATE connection SET status = 'pendingApproval', problem_code = @Requested, problem_detail = @detail, problem_next = @next, updated_at = @now
                WHERE workspace_id = @WorkspaceId AND id = @Id AND disconnected_at IS NULL
                  AND (status IN ('pending', 'pendingApproval') OR (status = 'needsReconnect' AND left_at IS NOT NULL))
                """,
                new
                {
                    connection.WorkspaceId,
                    connection.Id,
                    Requested,
                    detail = $"An administrator of the {name} account was asked to approve Parley.",
                    next = connection.ConnectedAt is null
                        ? "Once it is approved, press Connect again, or open the link you were given."
                        : "Once it is approved, press \"Refresh your connection\".",
                    now,
                }
            ) == 1;
    }

    /// <summary>Whether the question "Were you told to ask an administrator?" is worth asking.</summary>
    public static bool MayBeMissing(ConnectionEntry entry) =>
        entry.Provider.Approval is not null
        && (entry.Connection.LeftAt is not null || entry.Connection.Status == ConnectionStatus.PendingApproval);
}
