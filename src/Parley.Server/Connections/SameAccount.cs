using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>Connections of one provider account: at most one lives per purpose.</summary>
internal static class SameAccount
{
    /// <summary>Another live connection of the same account for the same purpose.</summary>
    public static async Task<Connection?> OtherAsync(DbSession session, Connection connection, string? organizerKey) =>
        organizerKey is null
            ? null
            : await session.FirstOrDefaultAsync<Connection>(
                $"SELECT {Connection.Columns} FROM {Connection.From} WHERE c.workspace_id = @WorkspaceId AND c.provider = @Provider AND c.purpose = @Purpose AND c.organizer_key = @organizerKey AND c.id <> @Id AND c.merged_into IS NULL AND c.disconnected_at IS NULL",
                new
                {
                    connection.WorkspaceId,
                    connection.Provider,
                    connection.Purpose,
                    connection.Id,
                    organizerKey,
                }
            );

    /// <summary>
    /// Another administrator's live connection that reports on the same account: with a second one everybody in it would be counted
    /// twice. Null also when the provider does not tell which account it is.
    /// </summary>
    /// <param name="organizerKey">Of whoever signed in now; their own connection is no other.</param>
    public static async Task<Connection?> ReportingAsync(
        DbSession session,
        Connection connection,
        string? organizerKey,
        string? accountKey
    )
    {
        if (connection.Purpose != ConnectionPurpose.Account || accountKey is null)
        {
            return null;
        }

        // One provider's reports are few: whoever connects one waits for whoever does at the same time.
        await session.QueryAsync<string>(
            $"SELECT id FROM provider_app WHERE workspace_id = @WorkspaceId AND provider = @Provider ORDER BY id{session.Dialect.ForUpdate}",
            new { connection.WorkspaceId, connection.Provider }
        );
        return await session.FirstOrDefaultAsync<Connection>(
            $"SELECT {Connection.Columns} FROM {Connection.From} WHERE c.workspace_id = @WorkspaceId AND c.provider = @Provider AND c.purpose = @Purpose AND c.account_key = @accountKey AND c.organizer_key <> @self AND c.id <> @Id AND c.merged_into IS NULL AND c.disconnected_at IS NULL AND c.connected_at IS NOT NULL ORDER BY c.connected_at, c.id LIMIT 1",
            new
            {
                connection.WorkspaceId,
                connection.Provider,
                connection.Purpose,
                connection.Id,
                accountKey,
                self = organizerKey ?? "",
            }
        );
    }

    /// <summary>The key a connection of this very account has already: a provider that is silent now gives it no other.</summary>
    public static Task<string?> KeyOfAsync(DbSession session, Connection connection, string serverAccount) =>
        session.FirstOrDefaultAsync<string>(
            "SELECT c.organizer_key FROM connection c JOIN oauth_grant g ON g.workspace_id = c.workspace_id AND g.id = c.grant_id WHERE c.workspace_id = @WorkspaceId AND c.provider = @Provider AND c.purpose = @Purpose AND g.server_account = @serverAccount AND c.organizer_key IS NOT NULL AND c.merged_into IS NULL ORDER BY c.id LIMIT 1",
            new
            {
                connection.WorkspaceId,
                connection.Provider,
                connection.Purpose,
                serverAccount,
            }
        );

    /// <summary>
    /// The same account's connection that was given up: it lives again under its id, so that its meetings are ours to change again. It
    /// belongs to whoever connected the account now.
    /// </summary>
    public static async Task<Connection?> FormerAsync(DbSession session, Connection connection, string? organizerKey)
    {
        // One that is connected already keeps itself.
        if (organizerKey is null || connection.OrganizerKey is not null)
        {
            return null;
        }

        var former = await session.FirstOrDefaultAsync<Connection>(
            $"SELECT {Connection.Columns} FROM {Connection.From} WHERE c.workspace_id = @WorkspaceId AND c.provider = @Provider AND c.purpose = @Purpose AND c.organizer_key = @organizerKey AND c.id <> @Id AND c.merged_into IS NULL AND c.disconnected_at IS NOT NULL ORDER BY c.disconnected_at DESC, c.id DESC LIMIT 1",
            new
            {
                connection.WorkspaceId,
                connection.Provider,
                connection.Purpose,
                connection.Id,
                organizerKey,
            }
        );
        if (former is not null && connection.MemberId is not null)
        {
            await session.ExecuteAsync(
                "UPDATE connection SET member_id = @MemberId WHERE workspace_id = @WorkspaceId AND id = @former",
                new
                {
                    connection.WorkspaceId,
                    connection.MemberId,
                    former = former.Id,
                }
            );
        }

        return former;
    }
}
