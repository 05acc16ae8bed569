using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Access;
using Parley.Server.Connections.Approval;
using Parley.Server.Hosting;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>A link by which someone, not necessarily a member, connects their account. <see cref="ToString"/> hides it.</summary>
public sealed record IssuedLink(string ConnectionId, string ConnectUrl, Instant ExpiresAt)
{
    public override string ToString() => $"IssuedLink {{ {ConnectionId} }}";
}

/// <summary>What the connect page shows.</summary>
internal sealed record LinkView
{
    public required string WorkspaceName { get; init; }
    public required ProviderRegistration Provider { get; init; }

    /// <summary>The app it is about; null when it was taken away meanwhile.</summary>
    public required ProviderApp? App { get; init; }
    public required bool IsUsable { get; init; }

    /// <summary>Used by this very browser, and the permission has not come: it may take the attempt up again.</summary>
    public required bool CanResume { get; init; }
    public required bool Reconnect { get; init; }

    /// <summary>An administrator was asked, or took the approval back.</summary>
    public required bool WaitsForApproval { get; init; }

    /// <summary>With a reconnect: the account that is expected.</summary>
    public string? Account { get; init; }
}

/// <summary>What Continue answers: where to, and the cookie that binds this browser. <see cref="ToString"/> hides both.</summary>
internal sealed record Continuation(string AuthorizeUrl, string FlowId, string BrowserSecret)
{
    /// <summary>Begun by a link somebody was given, which this browser may open again.</summary>
    public bool FromLink { get; init; }

    public override string ToString() => "Continuation { … }";
}

/// <summary>The first half of connecting: links and the Continue that uses them up. Only hashes of links, states and browsers are stored.</summary>
public sealed class ConnectLinks(
    Db db,
    Vault vault,
    IClock clock,
    ProviderCatalogue catalogue,
    ProviderApps apps,
    ConnectAttempts attempts,
    ParleyOptions options
)
{
    internal const string AskForNewLink = "Ask for a new link.";

    /// <summary>Long enough for a mail to be read after a weekend away.</summary>
    public static readonly Duration LinkLife = Duration.FromDays(7);

    /// <summary>From Continue to the provider's answer.</summary>
    public static readonly Duration FlowLife = Duration.FromMinutes(10);

    /// <summary>A new pending connection and the link that connects it.</summary>
    /// <param name="also">A further write in the same transaction, given the connection's id.</param>
    public async Task<Answer<IssuedLink>> StartAsync(
        Caller caller,
        string? provider,
        string? purpose,
        Func<DbSession, string, Task>? also,
        CancellationToken cancellationToken
    )
    {
        if (Wrong(provider, purpose) is { } wrong)
        {
            return wrong;
        }

        return await db.WriteAsync<Answer<IssuedLink>>(
            async session =>
            {
                if (await apps.FindAsync(session, caller.WorkspaceId, provider!, purpose!) is null)
                {
                    return apps.None(provider!, purpose!);
                }

                var connectionId = await attempts.AddPendingAsync(session, caller, provider!, purpose!);
                var (link, flow) = await attempts.AddFlowAsync(
                    session,
                    caller.WorkspaceId,
                    connectionId,
                    provider!,
                    purpose!,
                    reconnect: false,
                    sessionMemberId: null
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
                var answer = await attempts.ReissueAsync(session, workspaceId, connectionId, null);
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
                      AND c.purpose = @purpose AND c.status IN ('pending', 'pendingApproval') AND c.connected_at IS NULL AND c.merged_into IS NULL
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
                connectionId ??= await attempts.AddPendingAsync(session, caller, provider!, purpose!);
                var answer = await attempts.ReissueAsync(session, caller.WorkspaceId, connectionId, caller.MemberId);
                return answer.Succeeded ? await ContinueAsync(session, answer.Value.Flow) : answer.Problem!;
            },
            cancellationToken
        );
    }

    /// <param name="browserSecretOf">The secret this browser holds for a flow's id.</param>
    /// <returns>Null: there is no such link. Looking uses nothing up.</returns>
    internal Task<LinkView?> ViewAsync(
        string link,
        Func<string, string?> browserSecretOf,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync<LinkView?>(
            async session =>
            {
                if (
                    await OfLinkAsync(session, link) is not { } flow
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
                var now = clock.GetCurrentInstant();
                return new LinkView
                {
                    WorkspaceName = workspace,
                    Provider = registration,
                    App = await apps.FindAsync(session, flow.WorkspaceId, flow.Provider, flow.Purpose),
                    IsUsable = flow.LinkIsUsable(now),
                    CanResume = CanResume(flow, connection, browserSecretOf(flow.Id), now),
                    Reconnect = flow.Reconnect,
                    WaitsForApproval = connection?.Status == ConnectionStatus.PendingApproval,
                    Account = flow.Reconnect ? connection?.AccountEmail : null,
                };
            },
            cancellationToken
        );

    /// <summary>
    /// The browser that left for the provider, and came back without a permission, gets a fresh link for the same connection.
    /// </summary>
    /// <param name="asked">An administrator was asked to approve the app: the connection says that it waits.</param>
    internal Task<Answer<IssuedLink>> ResumeAsync(
        string link,
        Func<string, string?> browserSecretOf,
        bool asked,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync<Answer<IssuedLink>>(
            async session =>
            {
                if (await OfLinkAsync(session, link) is not { } flow)
                {
                    return new Problem(ProblemCodes.NotFound, "There is no such link.");
                }

                var connection = await Connection.FindAsync(session, flow.WorkspaceId, flow.ConnectionId);
                // One that nobody used yet needs no browser: whoever holds it could go on with it.
                var now = clock.GetCurrentInstant();
                if (!flow.LinkIsUsable(now) && !CanResume(flow, connection, browserSecretOf(flow.Id), now))
                {
                    return new Problem(ProblemCodes.Conflict, "This link was used already or is too old.")
                    {
                        Next = AskForNewLink,
                    };
                }

                if (asked)
                {
                    await ConnectionApproval.AskedAsync(session, connection!, catalogue, now);
                }

                var answer = await attempts.ReissueAsync(session, flow.WorkspaceId, flow.ConnectionId, null);
                return answer.Succeeded ? Issued(answer.Value.Link, answer.Value.Flow) : answer.Problem!;
            },
            cancellationToken
        );

    /// <summary>Uses the link up and binds the browser that sent it.</summary>
    internal Task<Answer<Continuation>> ContinueAsync(string link, CancellationToken cancellationToken) =>
        db.WriteAsync<Answer<Continuation>>(
            async session =>
                await OfLinkAsync(session, link) is { } flow
                    ? await ContinueAsync(session, flow)
                    : new Problem(ProblemCodes.NotFound, "There is no such link."),
            cancellationToken
        );

    internal static SecretCell VerifierOf(string workspaceId, string flowId) =>
        new(workspaceId, "oauth_flow", flowId, "code_verifier", 1);

    private async Task<Answer<Continuation>> ContinueAsync(DbSession session, ConnectFlow flow)
    {
        var app = await apps.FindAsync(session, flow.WorkspaceId, flow.Provider, flow.Purpose);
        if (app is null)
        {
            return apps.None(flow.Provider, flow.Purpose);
        }

        if (app.IsServerToServer)
        {
            return new Problem(ProblemCodes.Conflict, "This account is connected by the app's own credentials now.")
            {
                Next = "Nobody has to give permission: press Connect or \"Refresh your connection\" in Parley.",
            };
        }

        var now = clock.GetCurrentInstant();
        var state = Ids.Secret(24);
        var verifier = Ids.Secret(48);
        var browser = Ids.Unguessable();
        var redirectUri = apps.RedirectUri(flow.Provider);
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

        // Nothing calls back from a provider's page that asks for an administrator: who left and is not back, waits perhaps.
        await session.ExecuteAsync(
            "UPDATE connection SET left_at = @now WHERE workspace_id = @WorkspaceId AND id = @ConnectionId",
            new
            {
                flow.WorkspaceId,
                flow.ConnectionId,
                now,
            }
        );
        var registration = catalogue.Find(flow.Provider)!;
        // Only the client id leaves with the browser; the secret stays.
        var url = registration.OAuth.AuthorizeUrl(new OAuthApp(app.ClientId, ""), redirectUri, state, verifier);
        return new Continuation(url, flow.Id, browser);
    }

    // A flow begun in the app has no link anybody was given.
    private static async Task<ConnectFlow?> OfLinkAsync(DbSession session, string link) =>
        await ConnectFlow.ByLinkAsync(session, link) is { SessionMemberId: null } flow ? flow : null;

    private static bool CanResume(ConnectFlow flow, Connection? connection, string? browserSecret, Instant now) =>
        flow.WasLeft
        && flow.ExpiresAt > now
        && flow.IsBoundTo(browserSecret)
        && connection is { DisconnectedAt: null, MergedInto: null }
        && (connection.ConnectedAt is null || connection.ConnectedAt < flow.ContinuedAt);

    private IssuedLink Issued(string link, ConnectFlow flow) =>
        new(flow.ConnectionId, $"{options.Origin}/connect/{link}", flow.ExpiresAt);

    private Problem? Wrong(string? provider, string? purpose)
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

        return errors.Any ? errors.ToProblem() : null;
    }
}
