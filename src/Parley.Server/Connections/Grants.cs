using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>Token sets at rest: encrypted, bound to their row and generation, one per provider account and app.</summary>
public sealed partial class Grants(Db db, Vault vault, Ids ids, IClock clock, ILogger<Grants> logger)
{
    /// <summary>
    /// Stores what a code exchange answered. The same account under the same app is the same grant: its tokens are replaced, and
    /// whatever was known to be wrong with the old ones is forgotten.
    /// </summary>
    /// <param name="serverAccount">Set when the client's own credentials were enough: the account it speaks for.</param>
    /// <returns>The grant's id.</returns>
    internal async Task<string> StoreAsync(
        DbSession session,
        ProviderApp app,
        string accountSubject,
        TokenReply tokens,
        IReadOnlyList<string> scopes,
        string? serverAccount = null
    )
    {
        var now = clock.GetCurrentInstant();
        var old = await session.FirstOrDefaultAsync<GrantRow>(
            $"SELECT {GrantRow.Columns} FROM oauth_grant g WHERE g.workspace_id = @WorkspaceId AND g.provider_app_id = @Id AND g.account_subject = @accountSubject{session.Dialect.ForUpdate}",
            new
            {
                app.WorkspaceId,
                app.Id,
                accountSubject,
            }
        );
        // A reply without refresh token leaves the one we hold in force, unless it belongs to another client.
        var refreshToken =
            tokens.RefreshToken
            ?? (
                serverAccount is null && old is { RefreshToken: { } kept } && old.ClientId == app.ClientId
                    ? await TryOpenAsync(session, old, "refresh_token", kept)
                    : null
            );
        var row = await session.FirstAsync<KeyRow>(
            """
            INSERT INTO oauth_grant (workspace_id, id, provider_app_id, provider, client_id, account_subject, scopes, server_account, generation, state, created_at, updated_at)
            VALUES (@WorkspaceId, @grantId, @Id, @Provider, @ClientId, @accountSubject, @scopes, @serverAccount, 1, 'live', @now, @now)
            ON CONFLICT (workspace_id, provider_app_id, account_subject) DO UPDATE SET client_id = excluded.client_id, scopes = excluded.scopes,
                server_account = excluded.server_account, api_base_url = NULL,
                generation = oauth_grant.generation + 1, state = 'live', refresh_sent_at = NULL, refresh_first_seen_at = NULL, updated_at = excluded.updated_at
            RETURNING id, generation
            """,
            new
            {
                app.WorkspaceId,
                grantId = ids.New("gr"),
                app.Id,
                app.Provider,
                app.ClientId,
                accountSubject,
                scopes = string.Join(' ', scopes),
                serverAccount,
                now,
            }
        );
        await WriteTokensAsync(session, app.WorkspaceId, row.Id, row.Generation, tokens, refreshToken, now);
        return row.Id;
    }

    /// <summary>
    /// Puts a refreshed pair in the place of generation <paramref name="seen"/>. False: someone else replaced or ended the grant
    /// meanwhile, and nothing was written.
    /// </summary>
    /// <param name="clientId">The client the pair was issued to.</param>
    /// <param name="refreshToken">Null where none is needed: tokens of the client's own credentials.</param>
    internal async Task<bool> ReplaceAsync(
        DbSession session,
        GrantRow seen,
        string clientId,
        TokenReply tokens,
        string? refreshToken
    )
    {
        var now = clock.GetCurrentInstant();
        var changed = await session.ExecuteAsync(
            """
            UPDATE oauth_grant SET generation = generation + 1, refresh_sent_at = NULL, client_id = @clientId, scopes = @scopes, updated_at = @now,
                refresh_first_seen_at = CASE WHEN @rotated = 1 THEN @now ELSE refresh_first_seen_at END
            WHERE workspace_id = @WorkspaceId AND id = @Id AND generation = @Generation AND state = 'live'
            """,
            new
            {
                seen.WorkspaceId,
                seen.Id,
                seen.Generation,
                clientId,
                scopes = tokens.Scopes is { } told ? string.Join(' ', told) : seen.Scopes,
                rotated = tokens.RefreshToken is not null,
                now,
            }
        );
        if (changed == 0)
        {
            return false;
        }

        await WriteTokensAsync(session, seen.WorkspaceId, seen.Id, seen.Generation + 1, tokens, refreshToken, now);
        return true;
    }

    internal static Task<GrantRow?> FindAsync(DbSession session, string workspaceId, string grantId) =>
        session.FirstOrDefaultAsync<GrantRow>(
            $"SELECT {GrantRow.Columns} FROM oauth_grant g WHERE g.workspace_id = @workspaceId AND g.id = @grantId",
            new { workspaceId, grantId }
        );

    /// <summary>The connection's access token as it lies there, fresh or not.</summary>
    public async Task<ProviderResult<LiveToken>> ReadAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await db.ReadAsync(session => ReadAsync(session, workspaceId, connectionId), cancellationToken);
        }
        catch (SecretTamperedException exception)
        {
            LogTampered(connectionId, exception);
            return GrantFailures.Unreadable();
        }
    }

    /// <exception cref="SecretTamperedException">The token does not open where it lies.</exception>
    internal async Task<string> OpenAsync(DbSession session, GrantRow grant, string field, byte[] ciphertext) =>
        await vault.DecryptAsync(session, Cell(grant.WorkspaceId, grant.Id, field, grant.Generation), ciphertext);

    /// <summary>Nothing of the tokens remains.</summary>
    internal Task EraseAsync(DbSession session, string workspaceId, string grantId) =>
        session.ExecuteAsync(
            """
            UPDATE oauth_grant SET access_token = NULL, refresh_token = NULL, access_expires_at = NULL, refresh_sent_at = NULL,
                generation = generation + 1, state = 'revoked', updated_at = @now
            WHERE workspace_id = @workspaceId AND id = @grantId
            """,
            new
            {
                workspaceId,
                grantId,
                now = clock.GetCurrentInstant(),
            }
        );

    /// <summary>The refresh of generation <paramref name="row"/> came to nothing, and spent nothing.</summary>
    internal async Task UnmarkAsync(GrantRow row)
    {
        // An earlier attempt whose reply never came may still have been the one that counted.
        if (row.RefreshSentAt is not null)
        {
            return;
        }

        await db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE oauth_grant SET refresh_sent_at = NULL WHERE workspace_id = @WorkspaceId AND id = @Id AND generation = @Generation",
                new
                {
                    row.WorkspaceId,
                    row.Id,
                    row.Generation,
                }
            )
        );
    }

    internal void Alarm(string connectionId, SecretTamperedException exception) => LogTampered(connectionId, exception);

    private async Task<ProviderResult<LiveToken>> ReadAsync(DbSession session, string workspaceId, string connectionId)
    {
        var connection = await Connection.FindAsync(session, workspaceId, connectionId);
        if (connection is null)
        {
            return GrantFailures.Dead(GrantFailures.NotConnected, "There is no such connection.");
        }

        if (connection.DisconnectedAt is not null)
        {
            return GrantFailures.OfState(GrantState.Revoked);
        }

        if (connection.GrantId is null || await FindAsync(session, workspaceId, connection.GrantId) is not { } grant)
        {
            return GrantFailures.Dead(GrantFailures.NotConnected, "No account has been connected yet.");
        }

        if (grant.State != GrantState.Live || grant.AccessToken is null)
        {
            return GrantFailures.OfState(grant.State);
        }

        return new LiveToken
        {
            WorkspaceId = workspaceId,
            ConnectionId = connection.Id,
            Provider = connection.Provider,
            GrantId = grant.Id,
            AppId = grant.ProviderAppId,
            ClientId = grant.ClientId,
            AccessToken = await OpenAsync(session, grant, "access_token", grant.AccessToken),
            AccessExpiresAt = grant.AccessExpiresAt ?? Instant.MinValue,
            Generation = grant.Generation,
            IssuedAt = grant.RefreshedAt ?? Instant.MinValue,
            OrganizerKey = connection.OrganizerKey,
            ApiBaseUrl = grant.ApiBaseUrl,
            ServerAccount = grant.ServerAccount,
            ConnectionStatus = connection.Status,
        };
    }

    private async Task WriteTokensAsync(
        DbSession session,
        string workspaceId,
        string grantId,
        long generation,
        TokenReply tokens,
        string? refreshToken,
        Instant now
    ) =>
        await session.ExecuteAsync(
            """
            UPDATE oauth_grant SET access_token = @access, refresh_token = @refresh, access_expires_at = @expires, refreshed_at = @now,
                refresh_first_seen_at = COALESCE(refresh_first_seen_at, @now), api_base_url = COALESCE(@apiBaseUrl, api_base_url)
            WHERE workspace_id = @workspaceId AND id = @grantId
            """,
            new
            {
                workspaceId,
                grantId,
                access = await vault.EncryptAsync(
                    session,
                    Cell(workspaceId, grantId, "access_token", generation),
                    tokens.AccessToken
                ),
                refresh = refreshToken is null
                    ? null
                    : await vault.EncryptAsync(
                        session,
                        Cell(workspaceId, grantId, "refresh_token", generation),
                        refreshToken
                    ),
                expires = now + tokens.ExpiresIn,
                // Foreign text, judged by the adapter when it is used; what no address is that long is not kept.
                apiBaseUrl = tokens.ApiBaseUrl is { Length: > 0 and <= 300 } told ? told : null,
                now,
            }
        );

    private async Task<string?> TryOpenAsync(DbSession session, GrantRow grant, string field, byte[] ciphertext)
    {
        try
        {
            return await OpenAsync(session, grant, field, ciphertext);
        }
        catch (SecretTamperedException exception)
        {
            // The new consent replaces what no longer opens; that it did not is still worth an alarm.
            LogTampered(grant.Id, exception);
            return null;
        }
    }

    private static SecretCell Cell(string workspaceId, string grantId, string field, long generation) =>
        new(workspaceId, "oauth_grant", grantId, field, generation);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "Stored tokens of {Subject} do not open where they lie; they were moved, altered, or belong to another key"
    )]
    private partial void LogTampered(string subject, Exception exception);

    private sealed record KeyRow
    {
        public required string Id { get; init; }
        public required long Generation { get; init; }
    }
}
