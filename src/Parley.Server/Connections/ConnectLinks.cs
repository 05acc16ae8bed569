using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Access;
using Parley.Server.Hosting;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>The first half of connecting: links and the Continue that uses them up. Only hashes of links, states and browsers are stored.</summary>
public sealed class ConnectLinks(
    Db db,
    Vault vault,
    Ids ids,
    IClock clock,
    ProviderCatalogue catalogue,
    ProviderApps apps,
    ParleyOptions options
)
{
    internal const string AskForNewLink = "Ask for a new link.";

    /// <summary>Long enough for a mail to be read after a weekend away.</summary>
    public static readonly Duration LinkLife = Duration.FromDays(7);

    /// <summary>From Continue to the provider's answer.</summary>
    public static readonly Duration FlowLife = Duration.FromMinutes(10);

    /// <summary>A new pending connection and the link that connects it.</summary>
    /// <param name="redirectUri">A loopback address that hands the answer on; null: this server's own.</param>
    /// <param name="also">A further write in the same transaction, given the connection's id.</param>
    public async Task<Answer<IssuedLink>> StartAsync(
        Caller caller,
        string? provider,
        string? purpose,
        string? redirectUri,
        Func<DbSession, string, Task>? also,
        CancellationToken cancellationToken
    )
    {
        if (Wrong(provider, purpose, redirectUri) is { } wrong)
        {
            return wrong;
        }

        return await db.WriteAsync<Answer<IssuedLink>>(
            async session =>
            {
                if (await ProviderApps.FindAsync(session, caller.WorkspaceId, provider!, purpose!) is null)
                {
                    return NoApp(provider!);
                }

                var connectionId = await AddPendingAsync(session, caller, provider!, purpose!);
                var (link, flow) = await AddFlowAsync(
                    session,
                    caller.WorkspaceId,
                    connectionId,
                    provider!,
                    purpose!,
                    reconnect: false,
                    sessionMemberId: null,
                    redirectUri
                );
                if (also is not null)
                {
                    await also(session, connectionId);
                }

                return Issued(link, flow);
            },
            cancellationToken
        );
    }

    /// <summary>A new link for a connection there is already; earlier links of it that nobody used stop working.</summary>
    public Task<Answer<IssuedLink>> ReissueAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync<Answer<IssuedLink>>(
            async session =>
            {
                var answer = await ReissueAsync(session, workspaceId, connectionId, null);
                return answer.Succeeded ? Issued(answer.Value.Link, answer.Value.Flow) : answer.Problem!;
            },
            cancellationToken
        );

    /// <summary>A member presses Connect in the app: the flow goes on at once and ends only in their session.</summary>
    /// <param name="connectionId">Null: a new connection, or the member's own pending one.</param>
    internal async Task<Answer<Continuation>> StartInAppAsync(
        Caller caller,
        string? provider,
        string? purpose,
        string? connectionId,
        CancellationToken cancellationToken
    )
    {
        if (connectionId is null && Wrong(provider, purpose) is { } wrong)
        {
            return wrong;
        }

        return await db.WriteAsync<Answer<Continuation>>(
            async session =>
            {
                // One that was given away as a link is somebody else's to finish.
                connectionId ??= await session.FirstOrDefaultAsync<string>(
                    """
                    SELECT c.id FROM connection c WHERE c.workspace_id = @WorkspaceId AND c.member_id = @MemberId AND c.provider = @provider
                      AND c.purpose = @purpose AND c.status = 'pending' AND c.merged_into IS NULL
                      AND NOT EXISTS (SELECT 1 FROM oauth_flow f WHERE f.workspace_id = c.workspace_id AND f.connection_id = c.id AND f.session_member_id IS NULL)
                    ORDER BY c.created_at DESC, c.id DESC LIMIT 1
                    """,
                    new
                    {
                        caller.WorkspaceId,
                        caller.MemberId,
                        provider,
                        purpose,
                    }
                );
                connectionId ??= await AddPendingAsync(session, caller, provider!, purpose!);
                var answer = await ReissueAsync(session, caller.WorkspaceId, connectionId, caller.MemberId);
                return answer.Succeeded ? await ContinueAsync(session, answer.Value.Flow) : answer.Problem!;
            },
            cancellationToken
        );
    }

    /// <returns>Null: there is no such link. Looking uses nothing up.</returns>
    internal Task<LinkView?> ViewAsync(string link, CancellationToken cancellationToken) =>
        db.ReadAsync<LinkView?>(
            async session =>
            {
                // A flow begun in the app has no link anybody was given.
                if (
                    await ConnectFlow.ByLinkAsync(session, link) is not { SessionMemberId: null } flow
                    || catalogue.Find(flow.Provider) is not { } registration
                )
                {
                    return null;
                }

                var connection = await Connection.FindAsync(session, flow.WorkspaceId, flow.ConnectionId);
                var workspace = await session.FirstAsync<string>(
                    "SELECT name FROM workspace WHERE id = @WorkspaceId /* all workspaces: id is the workspace_id */",
                    new { flow.WorkspaceId }
                );
                return new LinkView(
                    workspace,
                    registration,
                    flow.LinkIsUsable(clock.GetCurrentInstant()),
                    flow.Reconnect,
                    flow.Reconnect ? connection?.AccountEmail : null,
                    flow.RedirectUri
                );
            },
            cancellationToken
        );

    /// <summary>Uses the link up and binds the browser that sent it.</summary>
    internal Task<Answer<Continuation>> ContinueAsync(string link, CancellationToken cancellationToken) =>
        db.WriteAsync<Answer<Continuation>>(
            async session =>
                await ConnectFlow.ByLinkAsync(session, link) is { SessionMemberId: null } flow
                    ? await ContinueAsync(session, flow)
                    : new Problem(ProblemCodes.NotFound, "There is no such link."),
            cancellationToken
        );

    internal static SecretCell VerifierOf(string workspaceId, string flowId) =>
        new(workspaceId, "oauth_flow", flowId, "code_verifier", 1);

    private async Task<Answer<Continuation>> ContinueAsync(DbSession session, ConnectFlow flow)
    {
        var app = await ProviderApps.FindAsync(session, flow.WorkspaceId, flow.Provider, flow.Purpose);
        if (app is null)
        {
            return NoApp(flow.Provider);
        }

        var now = clock.GetCurrentInstant();
        var state = Ids.Secret(24);
        var verifier = Ids.Secret(48);
        var browser = Ids.Unguessable();
        var redirectUri = flow.RedirectUri ?? apps.RedirectUri(flow.Provider);
        var used = await session.ExecuteAsync(
            """
            UPDATE oauth_flow SET continued_at = @now, state_expires_at = @stateExpires, state_hash = @stateHash, browser_hash = @browserHash,
                code_verifier = @verifier, redirect_uri = @redirectUri
            WHERE workspace_id = @WorkspaceId AND id = @Id AND continued_at IS NULL AND finished_at IS NULL AND expires_at > @now
            """,
            new
            {
                flow.WorkspaceId,
                flow.Id,
                now,
                stateExpires = now + FlowLife,
                stateHash = Ids.HashOf(state),
                browserHash = Ids.HashOf(browser),
                verifier = await vault.EncryptAsync(session, VerifierOf(flow.WorkspaceId, flow.Id), verifier),
                redirectUri,
            }
        );
        if (used == 0)
        {
            return new Problem(ProblemCodes.Conflict, "This link was used already or is too old.")
            {
                Next = AskForNewLink,
            };
        }

        var registration = catalogue.Find(flow.Provider)!;
        // Only the client id leaves with the browser; the secret stays.
        var url = registration.OAuth.AuthorizeUrl(new OAuthApp(app.ClientId, ""), redirectUri, state, verifier);
        return new Continuation(url, flow.Id, browser);
    }

    private async Task<Answer<(string Link, ConnectFlow Flow)>> ReissueAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string? sessionMemberId
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

        if (await ProviderApps.FindAsync(session, workspaceId, connection.Provider, connection.Purpose) is null)
        {
            return NoApp(connection.Provider);
        }

        if (connection is { DisconnectedAt: not null, ConnectedAt: null })
        {
            // Given up before it was ever connected: asking for a link takes it up again.
            await session.ExecuteAsync(
                "UPDATE connection SET status = 'pending', disconnected_at = NULL WHERE workspace_id = @workspaceId AND id = @Id",
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
            sessionMemberId
        );
    }

    private async Task<string> AddPendingAsync(DbSession session, Caller caller, string provider, string purpose)
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
        return id;
    }

    private async Task<(string Link, ConnectFlow Flow)> AddFlowAsync(
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
            ExpiresAt = now + LinkLife,
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

    private IssuedLink Issued(string link, ConnectFlow flow) =>
        new(flow.ConnectionId, $"{options.Origin}/connect/{link}", flow.ExpiresAt);

    private Problem? Wrong(string? provider, string? purpose, string? redirectUri = null)
    {
        var errors = new FieldErrors();
        if (provider is null || catalogue.Find(provider) is null)
        {
            errors.Add("provider", $"must be one of {string.Join(", ", catalogue.All.Select(known => known.Id))}");
        }

        if (!ConnectionPurpose.IsKnown(purpose))
        {
            errors.Add("purpose", "must be \"organizer\" or \"account\"");
        }

        if (redirectUri is not null && !LoopbackAddress.IsOne(redirectUri))
        {
            errors.Add("redirectUri", "must be a loopback address such as http://localhost:8080, or left out");
        }

        return errors.Any ? errors.ToProblem() : null;
    }

    private Problem NoApp(string provider)
    {
        var name = catalogue.Find(provider)?.Provider.Descriptor.Name ?? provider;
        return new Problem(ProblemCodes.Conflict, $"No provider app is set up for {name} in this workspace.")
        {
            Next =
                $"Register an OAuth client at {name}'s developer centre with the redirect URI {apps.RedirectUri(provider)}, then enter its client id and secret on the page Video conferencing or with PUT /api/v1/providers/{provider}/app.",
        };
    }
}
