using NodaTime;
using Parley.Server.Access;
using Parley.Server.Audit;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>Rows of attempts to connect: pending connections and the flows that finish them. Always within the caller's transaction.</summary>
public sealed class ConnectAttempts(Ids ids, IClock clock, ProviderApps apps)
{
    internal async Task<string> AddPendingAsync(DbSession session, Caller caller, string provider, string purpose)
    {
        var id = ids.New("con");
        await session.ExecuteAsync(
            """
            INSERT INTO connection (workspace_id, id, provider, purpose, member_id, status, created_at, updated_at)
            VALUES (@WorkspaceId, @id, @provider, @purpose, @MemberId, 'pending', @now, @now)
            """,
            new
            {
                caller.WorkspaceId,
                caller.MemberId,
                id,
                provider,
                purpose,
                now = clock.GetCurrentInstant(),
            }
        );
        await AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            caller.WorkspaceId,
            new AuditNote(AuditActions.ConnectionStarted, "connection", id, $"{provider}, {purpose}")
        );
        return id;
    }

    /// <summary>A link nobody has yet, and its flow.</summary>
    /// <param name="redirectUri">A loopback address that hands the provider's answer on; null: this server's own.</param>
    internal async Task<(string Link, ConnectFlow Flow)> AddFlowAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string provider,
        string purpose,
        bool reconnect,
        string? sessionMemberId,
        string? redirectUri = null
    )
    {
        var now = clock.GetCurrentInstant();
        var link = Ids.Unguessable();
        var flow = new ConnectFlow
        {
            WorkspaceId = workspaceId,
            Id = ids.New("flw"),
            ConnectionId = connectionId,
            Provider = provider,
            Purpose = purpose,
            SessionMemberId = sessionMemberId,
            RedirectUri = redirectUri,
            Reconnect = reconnect,
            CreatedAt = now,
            ExpiresAt = now + ConnectLinks.LinkLife,
        };
        await session.ExecuteAsync(
            """
            INSERT INTO oauth_flow (workspace_id, id, connection_id, provider, purpose, session_member_id, link_hash, redirect_uri, reconnect, created_at, expires_at)
            VALUES (@WorkspaceId, @Id, @ConnectionId, @Provider, @Purpose, @SessionMemberId, @hash, @RedirectUri, @Reconnect, @CreatedAt, @ExpiresAt)
            """,
            new
            {
                flow.WorkspaceId,
                flow.Id,
                flow.ConnectionId,
                flow.Provider,
                flow.Purpose,
                flow.SessionMemberId,
                hash = Ids.HashOf(link),
                flow.RedirectUri,
                flow.Reconnect,
                flow.CreatedAt,
                flow.ExpiresAt,
            }
        );
        return (link, flow);
    }

    /// <summary>A new link for a connection there is; earlier ones that nobody used stop working.</summary>
    internal async Task<Answer<(string Link, ConnectFlow Flow)>> ReissueAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string? sessionMemberId,
        string? redirectUri = null
    )
    {
        var connection = await Connection.FindAsync(session, workspaceId, connectionId);
        if (connection?.MergedInto is { } other)
        {
            connection = await Connection.FindAsync(session, workspaceId, other);
        }

        if (connection is null)
        {
            return ConnectionProblems.NotFound();
        }

        if (await apps.FindAsync(session, workspaceId, connection.Provider, connection.Purpose) is null)
        {
            return apps.None(connection.Provider, connection.Purpose);
        }

        if (connection is { DisconnectedAt: not null, ConnectedAt: null })
        {
            // Given up before it was ever connected: asking for a link takes it up again.
            await session.ExecuteAsync(
                "UPDATE connection SET status = 'pending', disconnected_at = NULL, left_at = NULL WHERE workspace_id = @workspaceId AND id = @Id",
                new { workspaceId, connection.Id }
            );
        }

        await session.ExecuteAsync(
            "UPDATE oauth_flow SET expires_at = @now WHERE workspace_id = @workspaceId AND connection_id = @Id AND continued_at IS NULL AND expires_at > @now",
            new
            {
                workspaceId,
                connection.Id,
                now = clock.GetCurrentInstant(),
            }
        );
        return await AddFlowAsync(
            session,
            workspaceId,
            connection.Id,
            connection.Provider,
            connection.Purpose,
            reconnect: connection.ConnectedAt is not null,
            sessionMemberId,
            redirectUri
        );
    }
}
