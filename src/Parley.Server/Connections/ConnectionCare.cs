using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Mail;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>
/// Looks after connections nobody looks at: tells people of the coming end, uses refresh tokens that lie idle before the provider lets them
/// lapse, and asks once a day whether accounts for reports still have, or have by now, the role these take. Several nodes may look at once: a notice belongs to the one that writes it down, a renewal to the one that holds
/// the grant's lease and finds it as old as it was.
/// </summary>
public sealed partial class ConnectionCare(
    Db db,
    IClock clock,
    TimeProvider time,
    ParleyOptions options,
    Grants grants,
    TokenRefresh tokens,
    ConnectionEvents events,
    ConnectionMails mails,
    ProviderCalls calls,
    ConnectedAccounts accounts,
    ILogger<ConnectionCare> logger
) : BackgroundService
{
    /// <summary>Days before the end; 0 is the end itself. The smallest that is due is the one that is told.</summary>
    private static readonly int[] Notices = [0, 1, 7, 14, 30];
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(10);

    /// <summary>A renewal nobody answered is not tried again sooner: the provider may be away.</summary>
    private static readonly Duration AfterLostReply = Duration.FromHours(1);
    private const int AtOnce = 200;
    private static readonly Duration RoleWorth = Duration.FromDays(1);

    private const string RoleIsDue =
        "purpose = 'account' AND status = 'connected' AND organizer_key IS NOT NULL AND disconnected_at IS NULL AND merged_into IS NULL AND COALESCE(identified_at, connected_at) <= @before";

    /// <returns>Notices given now.</returns>
    public async Task<int> NoticeAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        var due = await db.ReadAsync(
            session =>
                session.QueryAsync<Connection>(
                    $"""
                    SELECT {Connection.Columns} FROM {Connection.From}
                    WHERE c.status = 'connected' AND c.disconnected_at IS NULL AND c.merged_into IS NULL AND c.connection_expires_at <= @In30
                      AND (c.expiry_notice IS NULL OR (c.connection_expires_at <= @In14 AND c.expiry_notice > 14)
                        OR (c.connection_expires_at <= @In7 AND c.expiry_notice > 7) OR (c.connection_expires_at <= @In1 AND c.expiry_notice > 1)
                        OR (c.connection_expires_at <= @In0 AND c.expiry_notice > 0))
                    ORDER BY c.connection_expires_at, c.id LIMIT {AtOnce} /* all workspaces: a duty for everyone */
                    """,
                    new
                    {
                        In30 = now + Duration.FromDays(30),
                        In14 = now + Duration.FromDays(14),
                        In7 = now + Duration.FromDays(7),
                        In1 = now + Duration.FromDays(1),
                        In0 = now,
                    }
                ),
            cancellationToken
        );
        var given = 0;
        foreach (var connection in due)
        {
            var days = Notices.First(days => connection.ConnectionExpiresAt <= now + Duration.FromDays(days));
            given += await db.WriteAsync(session => NoticeAsync(session, connection, days), cancellationToken) ? 1 : 0;
        }

        return given;
    }

    /// <returns>Grants that were renewed, or whose renewal failed.</returns>
    public async Task<int> KeepAliveAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        var idle = await db.ReadAsync(
            session =>
                session.QueryAsync<IdleGrant>(
                    """
                    SELECT g.workspace_id, g.id, g.generation, g.refreshed_at, MIN(c.id) AS connection_id
                    FROM oauth_grant g JOIN connection c ON c.workspace_id = g.workspace_id AND c.grant_id = g.id
                    WHERE g.state = 'live' AND g.refresh_token IS NOT NULL AND g.refreshed_at <= @soonest
                      AND (g.refresh_sent_at IS NULL OR g.refresh_sent_at <= @quiet)
                      AND c.status = 'connected' AND c.disconnected_at IS NULL AND c.merged_into IS NULL
                    GROUP BY g.workspace_id, g.id, g.generation, g.refreshed_at
                    ORDER BY g.refreshed_at, g.id LIMIT 200 /* all workspaces: a duty for everyone */
                    """,
                    new { soonest = now - (options.Connections.KeepAliveAfter - Spread), quiet = now - AfterLostReply }
                ),
            cancellationToken
        );
        var used = 0;
        foreach (var grant in idle.Where(grant => grant.RefreshedAt <= now - DueAfter(grant.Id)))
        {
            var read = await grants.ReadAsync(grant.WorkspaceId, grant.ConnectionId, cancellationToken);
            // Another node, or a call, was first.
            if (read.Succeeded && read.Value.Generation == grant.Generation)
            {
                await tokens.RefreshAsync(read.Value, cancellationToken);
                used++;
            }
        }

        return used;
    }

    /// <returns>Accounts that were asked.</returns>
    public async Task<int> AskRolesAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        var before = now - RoleWorth;
        var due = await db.ReadAsync(
            session =>
                session.QueryAsync<DueAccount>(
                    $"SELECT workspace_id, id FROM connection WHERE {RoleIsDue} ORDER BY identified_at, id LIMIT {AtOnce} /* all workspaces: a duty for everyone */",
                    new { before }
                ),
            cancellationToken
        );
        var asked = 0;
        foreach (var account in due)
        {
            // Whoever writes the time down asks; an account that does not answer is asked again tomorrow.
            var mine = await db.WriteAsync(
                session =>
                    session.ExecuteAsync(
                        $"UPDATE connection SET identified_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id AND {RoleIsDue}",
                        new
                        {
                            account.WorkspaceId,
                            account.Id,
                            now,
                            before,
                        }
                    ),
                cancellationToken
            );
            if (mine == 0)
            {
                continue;
            }

            asked++;
            var identity = await calls.CallAsync(
                account.WorkspaceId,
                account.Id,
                ProviderCalls.Identify,
                (provider, access, token) => provider.IdentifyAsync(access, token),
                cancellationToken
            );
            if (identity.Succeeded)
            {
                await accounts.NoteAsync(account.WorkspaceId, account.Id, identity.Value, cancellationToken);
            }
        }

        return asked;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await NoticeAsync(stoppingToken);
                    await KeepAliveAsync(stoppingToken);
                    await AskRolesAsync(stoppingToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // The database may be away for a while; the next look finds what this one missed.
                    LogLookFailed(exception);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task<bool> NoticeAsync(DbSession session, Connection connection, int days)
    {
        // One consent may serve two purposes: its owner hears once of its end, and both are told of.
        var together = await session.QueryAsync<string>(
            $"""
            SELECT id FROM connection WHERE workspace_id = @WorkspaceId AND (id = @Id OR grant_id = @GrantId) AND COALESCE(member_id, '') = @member
              AND status = 'connected' AND disconnected_at IS NULL AND merged_into IS NULL AND connection_expires_at = @ConnectionExpiresAt
              AND (expiry_notice IS NULL OR expiry_notice > @days) ORDER BY id{session.Dialect.ForUpdate}
            """,
            new
            {
                connection.WorkspaceId,
                connection.Id,
                connection.GrantId,
                member = connection.MemberId ?? "",
                connection.ConnectionExpiresAt,
                days,
            }
        );
        if (!together.Contains(connection.Id, StringComparer.Ordinal))
        {
            return false;
        }

        foreach (var id in together)
        {
            await session.ExecuteAsync(
                "UPDATE connection SET expiry_notice = @days WHERE workspace_id = @WorkspaceId AND id = @id",
                new
                {
                    connection.WorkspaceId,
                    id,
                    days,
                }
            );
            await events.RecordAsync(
                session,
                connection.WorkspaceId,
                id,
                ConnectionEvents.Expiring,
                detail: days == 0
                    ? "The lifetime of the permission is over (0 days left)."
                    : $"The permission ends on {ConnectionView.Day(connection.ConnectionExpiresAt!.Value)} ({days} days left at most)."
            );
        }

        await mails.ExpiringAsync(session, connection, days);
        return true;
    }

    /// <summary>Up to a tenth sooner, by the grant's own id: those connected together are not renewed together.</summary>
    private Duration Spread => options.Connections.KeepAliveAfter / 10;

    private Duration DueAfter(string grantId)
    {
        // Stable over processes and restarts, which string.GetHashCode is not.
        var share = Convert.ToInt32(Ids.HashOf(grantId)[..4], 16) / 65536.0;
        return options.Connections.KeepAliveAfter - (Spread * share);
    }

    [LoggerMessage(
        EventId = 601,
        Level = LogLevel.Error,
        Message = "Parley could not look after its connections; it looks again in ten minutes"
    )]
    private partial void LogLookFailed(Exception exception);

    private sealed record DueAccount
    {
        public required string WorkspaceId { get; init; }
        public required string Id { get; init; }
    }

    private sealed record IdleGrant
    {
        public required string WorkspaceId { get; init; }
        public required string Id { get; init; }
        public required string ConnectionId { get; init; }
        public required long Generation { get; init; }
        public required Instant RefreshedAt { get; init; }
    }
}
