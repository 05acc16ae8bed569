using System.Collections.Concurrent;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>
/// Spends refresh tokens, one caller at a time over all nodes: a lease per grant, a mark before the wire, the new pair stored before
/// anyone uses it. A refresh is an effect like any other: it may have happened although nobody heard.
/// </summary>
public sealed class TokenRefresh(
    Db db,
    Grants grants,
    Leases leases,
    ProviderApps apps,
    ProviderCatalogue catalogue,
    ConnectionObservations observations,
    OperationLog log,
    IClock clock,
    TimeProvider time,
    ParleyOptions options
)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);
    private readonly ConcurrentDictionary<
        (string Workspace, string Grant, long Generation),
        Lazy<Task<ProviderFailure?>>
    > _running = new();

    // One exchange, then storing it; a holder that dies frees the grant after this.
    private Duration LeaseTerm => options.Provisioning.HttpTimeout * 2 + Duration.FromSeconds(10);

    /// <summary>A token good for a call now: refreshed ahead of its end, by whoever comes first.</summary>
    public async Task<ProviderResult<LiveToken>> LiveAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        var read = await grants.ReadAsync(workspaceId, connectionId, cancellationToken);
        if (read.Failure is { } unreadable)
        {
            if (unreadable.Code == GrantFailures.SecretUnreadable)
            {
                await observations.BrokenAsync(workspaceId, connectionId, unreadable, cancellationToken);
            }

            return unreadable;
        }

        var token = read.Value;
        var left = token.AccessExpiresAt - clock.GetCurrentInstant();
        var ahead = catalogue.Find(token.Provider)?.Provider.Descriptor.Refresh.Ahead ?? Duration.FromMinutes(5);
        if (left > ahead)
        {
            return read;
        }

        var refreshed = await RefreshAsync(token, cancellationToken);
        // The provider's trouble with refreshing need not stop a call while the token at hand still lives.
        return
            refreshed.Failure is { Kind: not (FailureKind.GrantDead or FailureKind.Unapproved) }
            && left > options.Provisioning.HttpTimeout
            ? read
            : refreshed;
    }

    /// <summary>Replaces <paramref name="token"/>, or takes what another caller has replaced it with meanwhile.</summary>
    public async Task<ProviderResult<LiveToken>> RefreshAsync(LiveToken token, CancellationToken cancellationToken)
    {
        var key = (token.WorkspaceId, token.GrantId, token.Generation);
        // Not bound to one caller's patience: the reply must be stored even when the first one has gone.
        var running = _running.GetOrAdd(
            key,
            _ => new Lazy<Task<ProviderFailure?>>(() => Task.Run(() => OnceAndForgetAsync(key, token)))
        );
        if (await running.Value.WaitAsync(cancellationToken) is { } failure)
        {
            return failure;
        }

        return await grants.ReadAsync(token.WorkspaceId, token.ConnectionId, cancellationToken);
    }

    private async Task<ProviderFailure?> OnceAndForgetAsync(
        (string Workspace, string Grant, long Generation) key,
        LiveToken token
    )
    {
        try
        {
            return await OnceAsync(token);
        }
        finally
        {
            _running.TryRemove(key, out _);
        }
    }

    /// <returns>Null: the grant now holds another generation than <paramref name="token"/>'s.</returns>
    private async Task<ProviderFailure?> OnceAsync(LiveToken token)
    {
        var patience = clock.GetCurrentInstant() + LeaseTerm + LeaseTerm;
        var started = time.GetTimestamp();
        while (true)
        {
            var lease = await leases.TryTakeAsync(
                token.WorkspaceId,
                $"grant/{token.GrantId}",
                LeaseTerm,
                CancellationToken.None
            );
            if (lease is not null)
            {
                try
                {
                    return await UnderLeaseAsync(token, lease);
                }
                finally
                {
                    await leases.ReleaseAsync(lease, CancellationToken.None);
                }
            }

            var row = await db.ReadAsync(session => Grants.FindAsync(session, token.WorkspaceId, token.GrantId));
            if (row is null || row.Generation != token.Generation || row.State != GrantState.Live)
            {
                return row is { State: GrantState.Live } ? null : GrantFailures.OfState(row?.State ?? GrantState.Dead);
            }

            if (clock.GetCurrentInstant() > patience || time.GetElapsedTime(started) > LeaseTerm.ToTimeSpan() * 2)
            {
                return new ProviderFailure
                {
                    Kind = FailureKind.NeverSent,
                    Code = GrantFailures.Busy,
                    Message = "Another process is renewing this connection's token and has not finished.",
                    Next = "Try again in a minute.",
                };
            }

            await Task.Delay(Poll, time, CancellationToken.None);
        }
    }

    private async Task<ProviderFailure?> UnderLeaseAsync(LiveToken token, Lease lease)
    {
        Prepared? prepared;
        try
        {
            prepared = await db.WriteAsync(session => PrepareAsync(session, token, lease));
        }
        catch (SecretTamperedException exception)
        {
            grants.Alarm(token.ConnectionId, exception);
            return await TroubleAsync(token, token.Generation, null, GrantFailures.Unreadable());
        }

        if (prepared is null)
        {
            return null;
        }

        if (prepared.Failure is { } unsuitable)
        {
            return prepared.Row.State == GrantState.Live
                ? await TroubleAsync(token, prepared.Row.Generation, null, unsuitable)
                : unsuitable;
        }

        var started = time.GetTimestamp();
        var registration = catalogue.Find(token.Provider)!;
        var reply = prepared.Row.ServerAccount is { } account
            ? await registration.OAuth.RequestAccountTokenAsync(prepared.App!, account, CancellationToken.None)
            : await registration.OAuth.RefreshAsync(prepared.App!, prepared.RefreshToken!, CancellationToken.None);
        log.Add(
            token.WorkspaceId,
            token.ConnectionId,
            "token.refresh",
            reply.Failure?.Code,
            reply.Failure?.HttpStatus,
            time.GetElapsedTime(started),
            reply.Failure?.Message
        );
        if (reply.Succeeded)
        {
            // Whoever holds the lease by now: a newer pair must not be lost, and an older one cannot get in by its generation.
            await db.WriteAsync(async session =>
            {
                if (
                    await grants.ReplaceAsync(
                        session,
                        prepared.Row,
                        prepared.App!.ClientId,
                        reply.Value,
                        prepared.Row.ServerAccount is null ? reply.Value.RefreshToken ?? prepared.RefreshToken : null
                    )
                )
                {
                    await observations.RenewedAsync(session, token.WorkspaceId, token.GrantId);
                }
            });
            return null;
        }

        return await FailedAsync(token, prepared.Row, registration.Provider.Descriptor, reply.Failure!);
    }

    /// <returns>Null: someone else has refreshed meanwhile.</returns>
    private async Task<Prepared?> PrepareAsync(DbSession session, LiveToken token, Lease lease)
    {
        var row = await Grants.FindAsync(session, token.WorkspaceId, token.GrantId);
        if (row is null)
        {
            throw new InvalidOperationException($"Grant {token.GrantId} is gone.");
        }

        if (row.State != GrantState.Live)
        {
            return new Prepared(row) { Failure = GrantFailures.OfState(row.State) };
        }

        if (row.Generation != token.Generation || !await leases.HoldsAsync(session, lease))
        {
            return null;
        }

        var app = await apps.OpenAsync(session, token.WorkspaceId, row.ProviderAppId);
        if (row.ServerAccount is { } account && app is not null)
        {
            // Whichever credentials speak for the account now will do: asking again spends nothing.
            return await ProviderApps.SpeaksForAsync(session, row.WorkspaceId, row.ProviderAppId, account)
                ? new Prepared(row) { App = app }
                : new Prepared(row)
                {
                    Failure = GrantFailures.Dead(
                        GrantFailures.AppChanged,
                        $"The provider app no longer speaks for the account {account} this connection was made with."
                    ),
                };
        }

        if (app is null)
        {
            return new Prepared(row)
            {
                Failure = GrantFailures.Dead(
                    GrantFailures.AppMissing,
                    "The provider app this account was connected with is no longer set up.",
                    "Set up the provider app again, then refresh the connection."
                ),
            };
        }

        if (app.ClientId != row.ClientId)
        {
            return new Prepared(row)
            {
                Failure = GrantFailures.Dead(
                    GrantFailures.AppChanged,
                    "The provider app was given another client id; the account was connected under the former one.",
                    "Refresh the connection, or put the former client id and secret back."
                ),
            };
        }

        if (row.RefreshToken is null)
        {
            return new Prepared(row)
            {
                Failure = GrantFailures.Dead(
                    GrantFailures.NoRefreshToken,
                    "The provider gave no means to renew this connection's access."
                ),
            };
        }

        var refreshToken = await grants.OpenAsync(session, row, "refresh_token", row.RefreshToken);
        await session.ExecuteAsync(
            "UPDATE oauth_grant SET refresh_sent_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                row.WorkspaceId,
                row.Id,
                now = clock.GetCurrentInstant(),
            }
        );
        return new Prepared(row) { App = app, RefreshToken = refreshToken };
    }

    private async Task<ProviderFailure?> FailedAsync(
        LiveToken token,
        GrantRow row,
        ProviderDescriptor descriptor,
        ProviderFailure failure
    )
    {
        if (failure.Kind == FailureKind.Unapproved)
        {
            // Nothing was spent: the same token may work again once an administrator has changed their mind.
            await grants.UnmarkAsync(row);
            return await TroubleAsync(token, row.Generation, null, GrantFailures.Explained(failure, descriptor));
        }

        if (row.ServerAccount is { } account)
        {
            var told = ServerToServerFailures.Explain(descriptor.Name, account, failure);
            return told.Kind == FailureKind.Rejected
                ? await TroubleAsync(token, row.Generation, null, told with { Kind = FailureKind.GrantDead })
                : told;
        }

        // Was set before this attempt: an earlier one left and its reply never came.
        var earlierReplyLost = row.RefreshSentAt is not null;
        if (failure.Kind == FailureKind.GrantDead)
        {
            var lost = earlierReplyLost && (descriptor.Refresh.Rotates || descriptor.Refresh.MayRotate);
            return await TroubleAsync(
                token,
                row.Generation,
                lost ? GrantState.RotationLost : GrantState.Dead,
                lost ? GrantFailures.OfState(GrantState.RotationLost) with { HttpStatus = failure.HttpStatus } : failure
            );
        }

        if (failure.Applied == Applied.No)
        {
            await grants.UnmarkAsync(row);
        }

        // Client id or secret refused: nothing works until the app settings are right; but the grant itself may be fine.
        return failure.Kind == FailureKind.Rejected
            ? await TroubleAsync(token, row.Generation, null, failure with { Kind = FailureKind.GrantDead })
            : failure;
    }

    /// <summary>Records the trouble unless someone else has replaced the tokens meanwhile; then theirs are used.</summary>
    private Task<ProviderFailure?> TroubleAsync(
        LiveToken token,
        long generation,
        string? grantState,
        ProviderFailure failure
    ) =>
        db.WriteAsync<ProviderFailure?>(async session =>
        {
            var current = await session.FirstOrDefaultAsync<long?>(
                $"SELECT generation FROM oauth_grant WHERE workspace_id = @WorkspaceId AND id = @GrantId{session.Dialect.ForUpdate}",
                new { token.WorkspaceId, token.GrantId }
            );
            if (current != generation)
            {
                return null;
            }

            if (grantState is not null)
            {
                await session.ExecuteAsync(
                    "UPDATE oauth_grant SET state = @grantState, refresh_sent_at = NULL, updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @GrantId",
                    new
                    {
                        token.WorkspaceId,
                        token.GrantId,
                        grantState,
                        now = clock.GetCurrentInstant(),
                    }
                );
            }

            await observations.TroubledAsync(
                session,
                token.WorkspaceId,
                token.GrantId,
                generation,
                failure.Kind == FailureKind.Unapproved
                    ? ConnectionStatus.PendingApproval
                    : ConnectionStatus.NeedsReconnect,
                failure
            );
            return failure;
        });

    private sealed record Prepared(GrantRow Row)
    {
        public ProviderFailure? Failure { get; init; }
        public OAuthApp? App { get; init; }
        public string? RefreshToken { get; init; }
    }
}
