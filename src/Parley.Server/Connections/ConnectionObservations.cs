using NodaTime;
using Parley.Conferencing;
using Parley.Server.Hosting;
using Parley.Server.Mail;
using Parley.Server.Observed;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>Writes what calls and people reveal about a connection: trouble with its cause and cure, healing.</summary>
public sealed class ConnectionObservations(
    Db db,
    IClock clock,
    ParleyOptions options,
    EffectSignal signal,
    ConnectionEvents events,
    ConnectionMails mails
)
{
    /// <summary>
    /// A connection that heals by itself and breaks again within this time was written about already; one that a person refreshed
    /// is written about anew.
    /// </summary>
    private static readonly Duration MailPause = Duration.FromHours(1);

    /// <summary>Marks arrangements whose connection was disconnected although they depend on it; taken back when it is connected again.</summary>
    public const string DisconnectedAttention =
        "The account hosting this meeting was disconnected. Connect it again, or cancel the meeting.";

    /// <summary>Turns a failure that is about the connection itself into its status. Others change nothing.</summary>
    /// <param name="token">What the call was made with: an answer about tokens that were replaced meanwhile says nothing any more.</param>
    public async Task FailedAsync(LiveToken token, ProviderFailure failure, CancellationToken cancellationToken)
    {
        var status = failure.Kind switch
        {
            FailureKind.GrantDead => ConnectionStatus.NeedsReconnect,
            FailureKind.Unapproved => ConnectionStatus.PendingApproval,
            _ => null,
        };
        if (status is not null)
        {
            await db.WriteAsync(
                session => TroubledAsync(session, token.WorkspaceId, token.GrantId, token.Generation, status, failure),
                cancellationToken
            );
        }
        else if (failure is { Kind: FailureKind.MissingScope, Scope: { } scope })
        {
            await db.WriteAsync(session => AddMissingScopeAsync(session, token, scope), cancellationToken);
        }
    }

    /// <summary>Every connection that lives on the grant gets the status and its cause. Whoever it broke for is told, once.</summary>
    public async Task TroubledAsync(
        DbSession session,
        string workspaceId,
        string grantId,
        long generation,
        string status,
        ProviderFailure failure
    )
    {
        var connections = await session.QueryAsync<Connection>(
            $"""
            SELECT {Connection.Columns} FROM {Connection.From}
            WHERE c.workspace_id = @workspaceId AND c.grant_id = @grantId AND c.disconnected_at IS NULL AND g.generation = @generation
            ORDER BY c.id{Locked(session)}
            """,
            new
            {
                workspaceId,
                grantId,
                generation,
            }
        );
        await BreakAsync(session, connections, status, failure);
    }

    /// <summary>The connection cannot be used at all, whatever its grant says of itself; nor can others that live on that grant.</summary>
    public Task BrokenAsync(
        string workspaceId,
        string connectionId,
        ProviderFailure failure,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync(
            async session =>
            {
                var connections = await session.QueryAsync<Connection>(
                    $"""
                    SELECT {Connection.Columns} FROM {Connection.From}
                    WHERE c.workspace_id = @workspaceId AND c.disconnected_at IS NULL AND c.connected_at IS NOT NULL
                      AND (c.id = @connectionId OR c.grant_id = (SELECT o.grant_id FROM connection o WHERE o.workspace_id = @workspaceId AND o.id = @connectionId))
                    ORDER BY c.id{Locked(session)}
                    """,
                    new { workspaceId, connectionId }
                );
                await BreakAsync(session, connections, ConnectionStatus.NeedsReconnect, failure);
            },
            cancellationToken
        );

    // The grant is only looked at; it is the nullable side of the join, which cannot be locked.
    private static string Locked(DbSession session) =>
        session.Dialect.ForUpdate.Length == 0 ? "" : session.Dialect.ForUpdate + " OF c";

    private async Task BreakAsync(
        DbSession session,
        List<Connection> connections,
        string status,
        ProviderFailure failure
    )
    {
        var now = clock.GetCurrentInstant();
        foreach (var connection in connections)
        {
            await session.ExecuteAsync(
                """
                UPDATE connection SET status = @status, problem_code = @Code, problem_detail = @Message, problem_next = @next, updated_at = @now
                WHERE workspace_id = @WorkspaceId AND id = @Id
                """,
                new
                {
                    connection.WorkspaceId,
                    connection.Id,
                    status,
                    failure.Code,
                    failure.Message,
                    next = failure.Next ?? "Press \"Refresh your connection\" on the page Video conferencing.",
                    now,
                }
            );
        }

        var broken = connections.Where(connection => connection.Status == ConnectionStatus.Connected).ToList();
        foreach (var connection in broken)
        {
            await events.RecordAsync(
                session,
                connection.WorkspaceId,
                connection.Id,
                ConnectionEvents.Broken,
                failure.Code,
                failure.Message
            );
        }

        // One account may serve two purposes: its owner hears of it once, and one consent heals both.
        foreach (var theirs in connections.GroupBy(connection => connection.MemberId, StringComparer.Ordinal))
        {
            if (
                broken.Find(connection => connection.MemberId == theirs.Key) is not { } told
                || theirs.Any(connection => now - connection.BrokenNoticedAt < MailPause)
            )
            {
                continue;
            }

            await mails.BrokenAsync(session, told);
            foreach (var connection in theirs)
            {
                await session.ExecuteAsync(
                    "UPDATE connection SET broken_noticed_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
                    new
                    {
                        connection.WorkspaceId,
                        connection.Id,
                        now,
                    }
                );
            }
        }
    }

    /// <summary>A call worked although the connection was thought broken: it is not.</summary>
    public Task SucceededAsync(LiveToken token, CancellationToken cancellationToken) =>
        db.WriteAsync(
            session => HealAsync(session, token.WorkspaceId, token.ConnectionId, "A call worked again."),
            cancellationToken
        );

    /// <summary>
    /// The grant's tokens were renewed and stored: whatever was wrong with having them renewed is over, for every connection that
    /// lives on it. That calls were refused with a good token is not cured by another one; only a call that works shows that.
    /// </summary>
    internal async Task RenewedAsync(DbSession session, string workspaceId, string grantId)
    {
        var ids = await session.QueryAsync<string>(
            """
            SELECT id FROM connection WHERE workspace_id = @workspaceId AND grant_id = @grantId AND status = 'needsReconnect'
              AND (problem_code IS NULL OR problem_code <> @refused) ORDER BY id
            """,
            new
            {
                workspaceId,
                grantId,
                refused = FailureCodes.TokenRefused,
            }
        );
        foreach (var id in ids)
        {
            await HealAsync(session, workspaceId, id, "The token was renewed.");
        }
    }

    private async Task HealAsync(DbSession session, string workspaceId, string connectionId, string detail)
    {
        var healed = await session.ExecuteAsync(
            """
            UPDATE connection SET status = 'connected', problem_code = NULL, problem_detail = NULL, problem_next = NULL, updated_at = @now
            WHERE workspace_id = @workspaceId AND id = @connectionId AND status IN ('needsReconnect', 'pendingApproval') AND connected_at IS NOT NULL AND disconnected_at IS NULL
            """,
            new
            {
                workspaceId,
                connectionId,
                now = clock.GetCurrentInstant(),
            }
        );
        if (healed > 0)
        {
            await events.RecordAsync(session, workspaceId, connectionId, ConnectionEvents.Restored, detail: detail);
            await ResumeAsync(session, workspaceId, connectionId);
        }
    }

    /// <summary>Lets everything go on that waited for this connection, and rings once that is durable.</summary>
    public async Task ResumeAsync(DbSession session, string workspaceId, string connectionId)
    {
        var now = clock.GetCurrentInstant();
        var blocked = await session.QueryAsync<Effect>(
            $"SELECT {Effects.Columns} FROM effect WHERE workspace_id = @workspaceId AND lane = @connectionId AND state = 'BLOCKED' ORDER BY id{session.Dialect.ForUpdate}",
            new { workspaceId, connectionId }
        );
        foreach (var effect in blocked)
        {
            await session.ExecuteAsync(
                "UPDATE effect SET state = 'PLANNED', not_before = @now, updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id AND state = 'BLOCKED'",
                new
                {
                    effect.WorkspaceId,
                    effect.Id,
                    now,
                }
            );
            await Effects.RecordAsync(
                session,
                effect.WorkspaceId,
                effect.Id,
                effect.ArrangementId,
                now,
                EffectState.Blocked,
                EffectState.Planned,
                effect.Attempt,
                effect.Fence,
                detail: "the connection works again"
            );
        }

        // What nobody could find out is looked at now, but not before it has settled; and so are the account's meetings.
        await session.ExecuteAsync(
            """
            UPDATE effect SET not_before = CASE WHEN sent_at + @settle > @now THEN sent_at + @settle ELSE @now END
            WHERE workspace_id = @workspaceId AND lane = @connectionId AND state = 'UNKNOWN' AND not_before > @now
            """,
            new
            {
                workspaceId,
                connectionId,
                now,
                settle = options.Provisioning.SettleTime.BclCompatibleTicks / 10,
            }
        );
        await ObservedMeetings.LookSoonAsync(session, workspaceId, connectionId, now);
        await session.ExecuteAsync(
            "UPDATE arrangement SET attention = NULL, updated_at = @now WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND attention = @DisconnectedAttention",
            new
            {
                workspaceId,
                connectionId,
                DisconnectedAttention,
                now,
            }
        );
        session.AfterCommit(signal.Announce);
    }

    private async Task AddMissingScopeAsync(DbSession session, LiveToken token, string told)
    {
        var scope = string.Join(',', ScopeWords.Alternatives(told));
        var known = Connection.Split(
            await session.ScalarAsync<string>(
                $"SELECT missing_scopes FROM connection WHERE workspace_id = @WorkspaceId AND id = @ConnectionId{session.Dialect.ForUpdate}",
                new { token.WorkspaceId, token.ConnectionId }
            )
        );
        if (scope.Length > 0 && !known.Contains(scope, StringComparer.Ordinal))
        {
            await session.ExecuteAsync(
                "UPDATE connection SET missing_scopes = @scopes, updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @ConnectionId",
                new
                {
                    token.WorkspaceId,
                    token.ConnectionId,
                    scopes = string.Join(' ', known.Append(scope).Order(StringComparer.Ordinal)),
                    now = clock.GetCurrentInstant(),
                }
            );
        }
    }
}
