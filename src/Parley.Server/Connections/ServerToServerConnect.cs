using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Access;
using Parley.Server.Meetings;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>
/// Connects an account by the client's own credentials: nobody is sent anywhere, so it is connected at once or the answer says why not.
/// What failed leaves nothing behind.
/// </summary>
public sealed class ServerToServerConnect(
    Db db,
    ProviderCatalogue catalogue,
    ProviderApps apps,
    ConnectAttempts attempts,
    ConnectedAccounts accounts
)
{
    /// <param name="also">A further write in the same transaction, given the connection's id.</param>
    /// <returns>Null: a person has to consent here, or the request is wrong in a way the usual way of connecting names.</returns>
    internal async Task<Answer<LinkedAccount>?> StartAsync(
        Caller caller,
        string? provider,
        string? purpose,
        Func<DbSession, string, Task>? also,
        CancellationToken cancellationToken
    )
    {
        if (provider is null || !ConnectionPurpose.IsKnown(purpose))
        {
            return null;
        }

        return await ConnectAsync(
            caller.WorkspaceId,
            provider,
            purpose!,
            async (session, linking, link) =>
            {
                var id = await attempts.AddPendingAsync(session, caller, provider, purpose!);
                var linked = await link(session, linking with { ConnectionId = id });
                if (linked.Refusal is not null)
                {
                    await session.ExecuteAsync(
                        "DELETE FROM connection WHERE workspace_id = @WorkspaceId AND id = @id",
                        new { caller.WorkspaceId, id }
                    );
                }
                else if (also is not null)
                {
                    await also(session, linked.ConnectionId);
                }

                return linked;
            },
            cancellationToken
        );
    }

    /// <summary>Asks again for a connection there is; it keeps its id.</summary>
    /// <returns>As <see cref="StartAsync"/>.</returns>
    internal async Task<Answer<LinkedAccount>?> AgainAsync(
        ConnectionEntry entry,
        CancellationToken cancellationToken
    ) =>
        await ConnectAsync(
            entry.Connection.WorkspaceId,
            entry.Provider.Id,
            entry.Connection.Purpose,
            (session, linking, link) =>
                link(
                    session,
                    linking with
                    {
                        ConnectionId = entry.Id,
                        Reconnect = entry.Connection.ConnectedAt is not null,
                    }
                ),
            cancellationToken
        );

    private async Task<Answer<LinkedAccount>?> ConnectAsync(
        string workspaceId,
        string provider,
        string purpose,
        Func<DbSession, AccountToLink, Func<DbSession, AccountToLink, Task<LinkedAccount>>, Task<LinkedAccount>> write,
        CancellationToken cancellationToken
    )
    {
        if (catalogue.Find(provider) is not { } registration)
        {
            return null;
        }

        var name = registration.Provider.Descriptor.Name;
        (ProviderApp Row, OAuthApp App)? opened;
        try
        {
            opened = await db.ReadAsync(
                session => OpenAsync(session, workspaceId, provider, purpose),
                cancellationToken
            );
        }
        catch (SecretTamperedException)
        {
            return new Problem(ProblemCodes.Conflict, "The stored client secret does not open where it lies.")
            {
                Next = $"Enter the client secret of the {name} app again.",
            };
        }

        if (opened is not var (row, app))
        {
            return null;
        }

        var reply = await registration.OAuth.RequestAccountTokenAsync(app, row.AccountId!, cancellationToken);
        if (reply.Failure is { } failure)
        {
            return ProviderProblems.From(ServerToServerFailures.Explain(name, row.AccountId!, failure));
        }

        var linking = new AccountToLink(workspaceId, "", Reconnect: false) { ServerAccount = row.AccountId };
        var identity = await accounts.IdentifyAsync(linking, registration, reply.Value, CancellationToken.None);
        var linked = await db.WriteAsync(
            session =>
                write(
                    session,
                    linking,
                    (inner, target) =>
                        accounts.LinkAsync(inner, target, registration.Provider.Descriptor, row, reply.Value, identity)
                ),
            CancellationToken.None
        );
        return linked.Refusal is { } refusal
            ? new Problem(ProblemCodes.Conflict, refusal.Message) { Next = refusal.Next }
            : linked;
    }

    private async Task<(ProviderApp Row, OAuthApp App)?> OpenAsync(
        DbSession session,
        string workspaceId,
        string provider,
        string purpose
    ) =>
        await apps.FindAsync(session, workspaceId, provider, purpose) is { IsServerToServer: true } row
            ? (row, (await apps.OpenAsync(session, workspaceId, row.Id))!)
            : null;
}
