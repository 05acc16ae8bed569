using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Inbound;

/// <summary>
/// Which connections an event is about. With an app's own secret those of the app's workspace and no other; with the installation's
/// secret those of any workspace whose app has no secret of its own: nobody's events reach a workspace that did not register them.
/// </summary>
internal static class EventTargets
{
    /// <summary>SQL: the meeting is one the connection made or was seen to have. A change tells its fields that changed, and of whose it is nothing.</summary>
    private const string Holder = """
        (EXISTS (SELECT 1 FROM arrangement h WHERE h.workspace_id = c.workspace_id AND h.connection_id = c.id AND h.provider_meeting_id = @MeetingId)
                OR EXISTS (SELECT 1 FROM observed_meeting h WHERE h.workspace_id = c.workspace_id AND h.connection_id = c.id AND h.meeting_id = @MeetingId))
        """;

    /// <summary>Of the organizer the event names; where it names none, of the account, and of a meeting whoever has it.</summary>
    public static async Task<List<Connection>> FindAsync(DbSession session, WebhookSender sender, ProviderEvent told)
    {
        if (told is { OrganizerKey: null, AccountKey: null })
        {
            return [];
        }

        // The app that was removed, and not another one the same person also gave leave to.
        var removed = told.Kind == ProviderEventKind.AppDeauthorized;
        return await session.QueryAsync<Connection>(
            $"""
            SELECT {Connection.Columns} FROM {Connection.From}
            LEFT JOIN provider_app a ON a.workspace_id = g.workspace_id AND a.id = g.provider_app_id
            WHERE c.provider = @Provider AND c.disconnected_at IS NULL AND c.merged_into IS NULL AND c.connected_at IS NOT NULL
              AND {(sender.WorkspaceId is null ? "a.webhook_secret IS NULL" : "c.workspace_id = @WorkspaceId")}
              AND {(told.OrganizerKey is null ? "c.account_key = @AccountKey" : "c.organizer_key = @OrganizerKey")}
              AND {(told is { OrganizerKey: null, MeetingId: not null } ? Holder : "1 = 1")}
              AND (c.account_key IS NULL OR c.account_key = COALESCE(@AccountKey, c.account_key))
              AND {(removed ? "g.client_id = COALESCE(@ClientId, g.client_id)" : "c.purpose = 'organizer'")}
            ORDER BY c.workspace_id, c.id /* all workspaces: the installation's secret serves all that have none of their own */
            """,
            new
            {
                sender.Provider,
                sender.WorkspaceId,
                told.OrganizerKey,
                told.AccountKey,
                told.MeetingId,
                ClientId = told.ClientId ?? sender.ClientId,
            }
        );
    }
}
