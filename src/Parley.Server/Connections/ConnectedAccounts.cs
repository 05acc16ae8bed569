using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>Finds out whose tokens these are and ties them to the right connection.</summary>
public sealed class ConnectedAccounts(
    Db db,
    IClock clock,
    Grants grants,
    ConnectionObservations observations,
    ConnectionEvents events,
    ParleyOptions options,
    OperationLog log,
    TimeProvider time
)
{
    /// <summary>
    /// Identifies once, then stores the tokens: on the connection itself, or on the one that has this account already. A reconnect
    /// takes only the account it had.
    /// </summary>
    internal async Task<LinkedAccount> LinkAsync(
        AccountToLink linking,
        ProviderRegistration registration,
        ProviderApp app,
        TokenReply tokens,
        CancellationToken cancellationToken
    )
    {
        var identified = await IdentifyAsync(linking, registration, tokens, cancellationToken);
        return await db.WriteAsync(
            session => LinkAsync(session, linking, registration.Provider.Descriptor, app, tokens, identified),
            cancellationToken
        );
    }

    internal async Task<Identified> IdentifyAsync(
        AccountToLink linking,
        ProviderRegistration registration,
        TokenReply tokens,
        CancellationToken cancellationToken
    )
    {
        var started = time.GetTimestamp();
        var access = new ProviderAccess(tokens.AccessToken)
        {
            ApiBaseUrl = tokens.ApiBaseUrl,
            ServerToServerAccount = linking.ServerAccount,
        };
        // Once: a refusal of a token this fresh says that the profile is not included, not that another token would help.
        var asked = await registration.Provider.IdentifyAsync(access, cancellationToken);
        if (linking.ConnectionId.Length > 0)
        {
            log.Add(
                linking.WorkspaceId,
                linking.ConnectionId,
                ProviderCalls.Identify,
                asked.Failure?.Code,
                asked.Failure?.HttpStatus,
                time.GetElapsedTime(started),
                asked.Failure?.Message
            );
        }

        var identity = asked.Succeeded ? asked.Value : new AccountIdentity();
        return new Identified(identity with { Email = identity.Email ?? tokens.Principal }, asked.Failure);
    }

    /// <summary>An account whose name was unknown when it was connected, and is known now.</summary>
    internal Task<LinkedAccount> RecogniseAsync(
        string workspaceId,
        string connectionId,
        AccountIdentity identity,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync(
            async session =>
            {
                var connection = (await Connection.FindAsync(session, workspaceId, connectionId))!;
                var other = await SameAccount.OtherAsync(session, connection, identity.OrganizerKey);
                if (other is not null)
                {
                    return new LinkedAccount(
                        connectionId,
                        null,
                        AccountObjection.WrongAccount(
                            $"This account is connected already, as {other.AccountText ?? other.Id}."
                        )
                    );
                }

                if (await AccountObjection.ReportedAsync(session, connection, identity) is { } reported)
                {
                    return new LinkedAccount(connectionId, null, reported);
                }

                await DescribeAsync(session, connection, identity);
                await session.ExecuteAsync(
                    """
                    UPDATE oauth_grant SET account_subject = @OrganizerKey WHERE workspace_id = @workspaceId AND id = @GrantId
                      AND NOT EXISTS (SELECT 1 FROM oauth_grant o WHERE o.workspace_id = @workspaceId AND o.provider_app_id = oauth_grant.provider_app_id AND o.account_subject = @OrganizerKey)
                    """,
                    new
                    {
                        workspaceId,
                        connection.GrantId,
                        identity.OrganizerKey,
                    }
                );
                return new LinkedAccount(connectionId, identity.Email);
            },
            cancellationToken
        );

    /// <summary>What a check learnt of an account that is known already. Somebody else's answer is not written down.</summary>
    internal Task NoteAsync(
        string workspaceId,
        string connectionId,
        AccountIdentity identity,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync(
            session =>
                session.ExecuteAsync(
                    """
                    UPDATE connection SET account_email = COALESCE(@Email, account_email),
                        is_administrator = CASE WHEN @IsAdministrator = 1 OR EXISTS (SELECT 1 FROM oauth_grant g WHERE g.workspace_id = connection.workspace_id AND g.id = connection.grant_id AND g.server_account IS NOT NULL) THEN 1 ELSE 0 END,
                        account_name = COALESCE(@Name, account_name), identified_at = @now, updated_at = @now
                    WHERE workspace_id = @workspaceId AND id = @connectionId AND organizer_key = @OrganizerKey
                    """,
                    new
                    {
                        workspaceId,
                        connectionId,
                        identity.OrganizerKey,
                        identity.IsAdministrator,
                        identity.Email,
                        identity.Name,
                        now = clock.GetCurrentInstant(),
                    }
                ),
            cancellationToken
        );

    /// <summary>The second half of <see cref="LinkAsync(AccountToLink, ProviderRegistration, ProviderApp, TokenReply, CancellationToken)"/>, within the caller's transaction.</summary>
    internal async Task<LinkedAccount> LinkAsync(
        DbSession session,
        AccountToLink linking,
        ProviderDescriptor descriptor,
        ProviderApp app,
        TokenReply tokens,
        Identified identified
    )
    {
        var connection = (await Connection.FindAsync(session, linking.WorkspaceId, linking.ConnectionId))!;
        var (identity, unidentified) = identified;
        if (linking.ServerAccount is { } account)
        {
            // Nobody is behind it: the account itself is whose tokens they are, whether the provider has a name for it or not.
            identity = identity with
            {
                OrganizerKey =
                    identity.OrganizerKey ?? await SameAccount.KeyOfAsync(session, connection, account) ?? account,
                AccountKey = identity.AccountKey ?? account,
                Name =
                    identity.Name ?? (identity.Email is null ? connection.AccountName ?? $"account {account}" : null),
                IsAdministrator = true,
            };
        }

        if (AccountObjection.Of(connection, linking, descriptor, identity) is { } objection)
        {
            return new LinkedAccount(connection.Id, connection.AccountEmail ?? connection.AccountName, objection);
        }

        // A refresh goes on with what is there; a connection that was given up begins anew.
        if (
            (!linking.Reconnect || connection.DisconnectedAt is not null)
            && await AccountObjection.ReportedAsync(session, connection, identity) is { } reported
        )
        {
            return new LinkedAccount(connection.Id, identity.Email ?? identity.Name, reported);
        }

        // The grant's row is written before anyone is looked for: two callbacks of one account queue up here.
        var subject = identity.OrganizerKey ?? connection.OrganizerKey ?? $"unknown/{connection.Id}";
        var grantId = await grants.StoreAsync(
            session,
            app,
            subject,
            tokens,
            tokens.Scopes ?? descriptor.RequestedScopes,
            linking.ServerAccount
        );
        var other = await SameAccount.OtherAsync(session, connection, identity.OrganizerKey);
        if (other is null && !linking.Reconnect)
        {
            other = await SameAccount.FormerAsync(session, connection, identity.OrganizerKey);
        }

        var target = other ?? connection;
        if (other is not null && !linking.Reconnect)
        {
            await session.ExecuteAsync(
                "UPDATE connection SET merged_into = @other, updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
                new
                {
                    connection.WorkspaceId,
                    connection.Id,
                    other = other.Id,
                    now = clock.GetCurrentInstant(),
                }
            );
        }

        await ConnectAsync(session, target, grantId, descriptor, identity, unidentified, linking.ServerAccount);
        if (target.GrantId is { } former && former != grantId)
        {
            await EraseUnusedAsync(session, target.WorkspaceId, former);
        }

        var known = (await Connection.FindAsync(session, target.WorkspaceId, target.Id))!;
        return new LinkedAccount(target.Id, known.AccountEmail ?? known.AccountName)
        {
            Missing = known.Missing(descriptor),
            WasThere = other is { DisconnectedAt: null } && !linking.Reconnect,
        };
    }

    private async Task ConnectAsync(
        DbSession session,
        Connection target,
        string grantId,
        ProviderDescriptor descriptor,
        AccountIdentity identity,
        ProviderFailure? unidentified,
        string? serverAccount
    )
    {
        var now = clock.GetCurrentInstant();
        if (identity.OrganizerKey is not null)
        {
            await DescribeAsync(session, target, identity);
        }

        // Whoever it is: hosting works, only the profile does not.
        var missing =
            identity.OrganizerKey is null ? identity.MissingScope ?? unidentified?.Scope ?? ProfileScope(descriptor)
            : serverAccount is not null ? identity.MissingScope ?? unidentified?.Scope ?? ""
            : "";
        var transient = unidentified is { Kind: not (FailureKind.TokenRefused or FailureKind.MissingScope) };
        await session.ExecuteAsync(
            """
            UPDATE connection SET status = 'connected', grant_id = @grantId, missing_scopes = @missing, account_email = COALESCE(account_email, @Email),
                disconnected_at = NULL, problem_code = @problemCode, problem_detail = @problemDetail, problem_next = @problemNext
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            new
            {
                target.WorkspaceId,
                target.Id,
                grantId,
                missing = string.Join(',', ScopeWords.Alternatives(missing)),
                identity.Email,
                problemCode = transient ? "identity_unknown" : null,
                problemDetail = transient
                    ? $"{descriptor.Name} did not say whose account this is: {unidentified!.Message}"
                    : null,
                problemNext = transient ? "Press Test; the account is asked for again." : null,
            }
        );

        // One consent renews every connection that lives on the grant.
        var together = await session.QueryAsync<Connection>(
            $"SELECT {Connection.Columns} FROM {Connection.From} WHERE c.workspace_id = @WorkspaceId AND c.grant_id = @grantId AND c.disconnected_at IS NULL ORDER BY c.id",
            new { target.WorkspaceId, grantId }
        );
        await session.ExecuteAsync(
            """
            UPDATE connection SET connected_at = @now, connection_expires_at = @expires, expiry_notice = NULL, broken_noticed_at = NULL, left_at = NULL,
                updated_at = @now, status = 'connected',
                locale = CASE WHEN organizer_key = @OrganizerKey THEN COALESCE(@Locale, locale) ELSE locale END,
                problem_code = CASE WHEN id = @Id THEN problem_code END, problem_detail = CASE WHEN id = @Id THEN problem_detail END,
                problem_next = CASE WHEN id = @Id THEN problem_next END
            WHERE workspace_id = @WorkspaceId AND grant_id = @grantId AND disconnected_at IS NULL
            """,
            new
            {
                target.WorkspaceId,
                target.Id,
                grantId,
                now,
                // Whoever granted access last: their language is that of all that lives on the grant.
                identity.OrganizerKey,
                identity.Locale,
                // Credentials of the app itself hold until somebody takes them away.
                expires = serverAccount is null
                    ? now + (options.Connections.Lifetime ?? descriptor.ConnectionLifetime)
                    : (Instant?)null,
            }
        );
        foreach (var connection in together)
        {
            // As it was before this consent: the target was written above.
            var before = connection.Id == target.Id ? target : connection;
            await events.RecordAsync(
                session,
                target.WorkspaceId,
                connection.Id,
                before
                    is {
                        ConnectedAt: not null,
                        Status: ConnectionStatus.NeedsReconnect or ConnectionStatus.PendingApproval
                    }
                    ? ConnectionEvents.Restored
                    : ConnectionEvents.Connected,
                detail: serverAccount is null
                    ? "A person gave permission at the provider."
                    : "The app's own credentials were accepted."
            );
            await observations.ResumeAsync(session, target.WorkspaceId, connection.Id);
        }
    }

    private Task DescribeAsync(DbSession session, Connection connection, AccountIdentity identity) =>
        session.ExecuteAsync(
            """
            UPDATE connection SET account_email = @Email, account_name = @Name, organizer_key = @OrganizerKey, account_key = @AccountKey,
                locale = @Locale, time_zone = @TimeZone, is_administrator = @IsAdministrator, missing_scopes = '', updated_at = @now
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            new
            {
                connection.WorkspaceId,
                connection.Id,
                identity.Email,
                identity.Name,
                identity.OrganizerKey,
                identity.AccountKey,
                identity.Locale,
                identity.TimeZone,
                identity.IsAdministrator,
                now = clock.GetCurrentInstant(),
            }
        );

    private async Task EraseUnusedAsync(DbSession session, string workspaceId, string grantId)
    {
        var users = await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM connection WHERE workspace_id = @workspaceId AND grant_id = @grantId AND disconnected_at IS NULL",
            new { workspaceId, grantId }
        );
        if (users == 0)
        {
            await grants.EraseAsync(session, workspaceId, grantId);
        }
    }

    private static string ProfileScope(ProviderDescriptor descriptor) =>
        descriptor
            .Scopes.FirstOrDefault(need => need.NeededFor.Contains(ProviderCalls.Identify, StringComparer.Ordinal))
            ?.Scope
        ?? "";
}
