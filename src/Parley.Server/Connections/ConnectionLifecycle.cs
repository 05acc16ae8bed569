using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Audit;
using Parley.Server.Connections.Approval;
using Parley.Server.Meetings;
using Parley.Server.Provisioning;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>What people do to a connection there is: renew its token now, say that approval was asked for, end it.</summary>
public sealed class ConnectionLifecycle(
    Db db,
    Grants grants,
    TokenRefresh tokens,
    ProviderCalls calls,
    ProviderApps apps,
    ProviderCatalogue catalogue,
    ConnectionDirectory directory,
    Leases leases,
    OperationLog log,
    IClock clock,
    TimeProvider time
)
{
    // Someone else's refresh ends sooner than this, or its process is dead.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>A new access token now. The consent's own end does not move.</summary>
    public async Task<Answer<ConnectionEntry>> RefreshAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindAsync(workspaceId, connectionId, cancellationToken) is not { } entry)
        {
            return ConnectionProblems.NotFound();
        }

        var read = await grants.ReadAsync(workspaceId, entry.Id, cancellationToken);
        var refreshed = read.Succeeded ? await tokens.RefreshAsync(read.Value, cancellationToken) : read;
        if (refreshed.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        // Broken by calls that were refused: a new token alone does not show whether they are taken now.
        if (refreshed.Value.ConnectionStatus != ConnectionStatus.Connected)
        {
            if (
                await calls.ProbeAsync(entry.Connection, cancellationToken) is
                { Kind: FailureKind.GrantDead or FailureKind.Unapproved } refused
            )
            {
                return ProviderProblems.From(refused);
            }
        }

        await db.WriteAsync(
            session => NoteAsync(session, AuditActions.ConnectionRefreshed, entry.Connection),
            cancellationToken
        );
        return (await directory.FindAsync(workspaceId, entry.Id, cancellationToken))!;
    }

    /// <summary>The person was told that an administrator must approve Parley first, and has asked.</summary>
    public async Task<Answer<ConnectionEntry>> ApprovalRequestedAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindAsync(workspaceId, connectionId, cancellationToken) is not { } entry)
        {
            return ConnectionProblems.NotFound();
        }

        var changed = await db.WriteAsync(
            async session =>
            {
                var asked = await ConnectionApproval.AskedAsync(
                    session,
                    entry.Connection,
                    catalogue,
                    clock.GetCurrentInstant()
                );
                if (asked)
                {
                    await NoteAsync(session, AuditActions.ConnectionApprovalAsked, entry.Connection);
                }

                return asked;
            },
            cancellationToken
        );
        return !changed
            ? new Problem(
                ProblemCodes.Conflict,
                "This connection works, or was given up: it waits for nobody's approval."
            )
            {
                Next = "Refresh the connection if it is to be renewed; connect the account anew if it was given up.",
            }
            : (await directory.FindAsync(workspaceId, entry.Id, cancellationToken))!;
    }

    /// <summary>Live arrangements that end in the future and are hosted through the connection.</summary>
    public Task<long> DependentsAsync(string workspaceId, string connectionId, CancellationToken cancellationToken) =>
        db.ReadAsync(session => DependentsAsync(session, workspaceId, connectionId), cancellationToken);

    /// <summary>
    /// Revokes the tokens at the provider and erases them here, whatever the provider answers. With <paramref name="force"/>
    /// although arrangements depend on it: those get <c>attention</c>, which goes away when the same account is connected again.
    /// </summary>
    public async Task<Answer<ConnectionEntry>> DisconnectAsync(
        string workspaceId,
        string connectionId,
        bool force,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindAsync(workspaceId, connectionId, cancellationToken) is not { } entry)
        {
            return ConnectionProblems.NotFound();
        }

        if (entry.Connection.DisconnectedAt is not null)
        {
            if (entry.Connection.ProblemCode == Deauthorization.Code)
            {
                // Ended at the provider; whoever presses Disconnect has seen it and wants it out of sight.
                await db.WriteAsync(
                    session =>
                        session.ExecuteAsync(
                            "UPDATE connection SET problem_code = NULL, problem_detail = NULL, problem_next = NULL WHERE workspace_id = @workspaceId AND id = @Id AND problem_code = @Code",
                            new
                            {
                                workspaceId,
                                entry.Id,
                                Deauthorization.Code,
                            }
                        ),
                    cancellationToken
                );
            }

            return entry;
        }

        var dependents = await DependentsAsync(workspaceId, entry.Id, cancellationToken);
        if (dependents > 0 && !force)
        {
            return new Problem(
                ProblemCodes.Conflict,
                dependents == 1
                    ? "1 meeting to come is hosted through this connection."
                    : $"{dependents} meetings to come are hosted through this connection."
            )
            {
                Next =
                    "Cancel them first, or repeat with ?force=true: they are then marked as needing attention and can no longer be changed.",
                Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["count"] = dependents },
            };
        }

        // The order: taken out of use, revoked, erased. A crash in between leaves tokens that a second attempt still finds.
        var lease = entry.Connection.GrantId is { } grantId
            ? await LeaseAsync(workspaceId, grantId, cancellationToken)
            : null;
        ProviderFailure? unrevoked = null;
        try
        {
            if (await TokensAsync(workspaceId, entry.Connection, cancellationToken) is { } held)
            {
                unrevoked = await RevokeAsync(entry, held);
            }

            await db.WriteAsync(session => EraseAsync(session, entry, unrevoked), CancellationToken.None);
        }
        finally
        {
            if (lease is not null)
            {
                await leases.ReleaseAsync(lease, CancellationToken.None);
            }
        }

        return (await directory.FindAsync(workspaceId, entry.Id, CancellationToken.None))!;
    }

    // Waits for a refresh on the wire, whose new pair would otherwise outlive the revocation unseen.
    private async Task<Lease?> LeaseAsync(string workspaceId, string grantId, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < Patience)
        {
            if (
                await leases.TryTakeAsync(
                    workspaceId,
                    $"grant/{grantId}",
                    Duration.FromSeconds(60),
                    cancellationToken
                ) is
                { } lease
            )
            {
                return lease;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
        }

        return null;
    }

    /// <returns>Null: nothing is held, or another connection still lives on the same tokens.</returns>
    private Task<HeldTokens?> TokensAsync(
        string workspaceId,
        Connection connection,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync<HeldTokens?>(
            async session =>
            {
                if (
                    connection.GrantId is null
                    || await OthersOnGrantAsync(session, connection) > 0
                    || await Grants.FindAsync(session, workspaceId, connection.GrantId) is not { } grant
                )
                {
                    return null;
                }

                try
                {
                    return new HeldTokens(
                        await apps.OpenAsync(session, workspaceId, grant.ProviderAppId),
                        grant.RefreshToken is { } refresh
                            ? await grants.OpenAsync(session, grant, "refresh_token", refresh)
                            : null,
                        grant.AccessToken is { } access
                            ? await grants.OpenAsync(session, grant, "access_token", access)
                            : null
                    );
                }
                catch (SecretTamperedException exception)
                {
                    grants.Alarm(connection.Id, exception);
                    return new HeldTokens(null, null, null);
                }
            },
            cancellationToken
        );

    private async Task<ProviderFailure?> RevokeAsync(ConnectionEntry entry, HeldTokens held)
    {
        if (held.App is null)
        {
            return GrantFailures.Unreadable();
        }

        ProviderFailure? worst = null;
        var oauth = catalogue.Find(entry.Provider.Id)!.OAuth;
        foreach (var token in new[] { held.RefreshToken, held.AccessToken }.OfType<string>())
        {
            var started = time.GetTimestamp();
            var revoked = await oauth.RevokeAsync(held.App, token, CancellationToken.None);
            log.Add(
                entry.Connection.WorkspaceId,
                entry.Id,
                "token.revoke",
                revoked.Failure?.Code,
                revoked.Failure?.HttpStatus,
                time.GetElapsedTime(started),
                revoked.Failure?.Message
            );
            worst ??= revoked.Failure;
        }

        return worst;
    }

    private async Task EraseAsync(DbSession session, ConnectionEntry entry, ProviderFailure? unrevoked)
    {
        var now = clock.GetCurrentInstant();
        var connection = entry.Connection;
        await ConnectionEnd.WriteAsync(
            session,
            connection,
            now,
            unrevoked is null ? null : "revocation_failed",
            unrevoked is null
                ? null
                : $"The tokens were erased here, but {entry.Provider.Name} did not confirm that it ended them: {unrevoked.Message}",
            unrevoked is null ? null
                : connection.ServerAccount is not null
                    ? $"The last one ends by itself within the hour. To end it now, deactivate the server-to-server app at {entry.Provider.Name}."
                : $"Remove Parley from the connected apps in the {entry.Provider.Name} account."
        );
        if (connection.GrantId is { } grantId && await OthersOnGrantAsync(session, connection) == 0)
        {
            await grants.EraseAsync(session, connection.WorkspaceId, grantId);
        }

        await NoteAsync(session, AuditActions.ConnectionDisconnected, connection);
    }

    private Task NoteAsync(DbSession session, string action, Connection connection) =>
        AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            connection.WorkspaceId,
            new AuditNote(action, "connection", connection.Id, connection.AccountEmail ?? connection.Provider)
        );

    private Task<long> DependentsAsync(DbSession session, string workspaceId, string connectionId) =>
        session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM arrangement WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND desired = 'present' AND ends_at > @now",
            new
            {
                workspaceId,
                connectionId,
                now = clock.GetCurrentInstant(),
            }
        );

    private static Task<long> OthersOnGrantAsync(DbSession session, Connection connection) =>
        session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM connection WHERE workspace_id = @WorkspaceId AND grant_id = @GrantId AND id <> @Id AND disconnected_at IS NULL AND merged_into IS NULL",
            new
            {
                connection.WorkspaceId,
                connection.GrantId,
                connection.Id,
            }
        );

    private sealed record HeldTokens(OAuthApp? App, string? RefreshToken, string? AccessToken)
    {
        public override string ToString() => "HeldTokens { … }";
    }
}
