using NodaTime;
using Parley.Conferencing;

namespace Parley.Server.Connections;

/// <summary>
/// The one way to call a provider on behalf of a connection: finds a live access token (refreshing ahead of its end), keeps to the
/// provider's rate, refreshes once when the token is refused and calls again (a refused call was not applied), a new token
/// twice before it is given up, writes the operation log, and turns what the answer says about the connection into its status. No database connection is held across the call.
/// </summary>
public sealed class ProviderCalls(
    ProviderCatalogue catalogue,
    TokenRefresh tokens,
    ConnectionObservations observations,
    RateBuckets rates,
    OperationLog log,
    IClock clock,
    TimeProvider time
)
{
    /// <summary>Asked of a token to learn whose it is; a refusal here says nothing about other calls.</summary>
    public const string Identify = "identify";

    private static readonly Duration New = Duration.FromMinutes(1);

    /// <param name="operation">Name for the log: <c>meetings.create</c>, <c>meetings.get</c>, …</param>
    /// <returns>
    /// Failures about the connection itself are <see cref="FailureKind.GrantDead"/>, <see cref="FailureKind.Unapproved"/> and
    /// <see cref="FailureKind.MissingScope"/>. <see cref="FailureKind.TokenRefused"/> never leaves here: a fresh token that is refused
    /// too is a dead grant.
    /// </returns>
    public async Task<ProviderResult<T>> CallAsync<T>(
        string workspaceId,
        string connectionId,
        string operation,
        Func<IConferencingProvider, ProviderAccess, CancellationToken, Task<ProviderResult<T>>> call,
        CancellationToken cancellationToken
    )
    {
        var live = await tokens.LiveAsync(workspaceId, connectionId, cancellationToken);
        if (live.Failure is { } withoutToken)
        {
            log.Add(
                workspaceId,
                connectionId,
                operation,
                withoutToken.Code,
                withoutToken.HttpStatus,
                TimeSpan.Zero,
                withoutToken.Message
            );
            return withoutToken;
        }

        var token = live.Value;
        if (catalogue.Find(token.Provider) is not { } registration)
        {
            return GrantFailures.Dead("provider_unknown", $"This server carries no provider \"{token.Provider}\".");
        }

        var provider = registration.Provider;
        var result = await OnceAsync(token, provider, operation, call, cancellationToken);
        if (result.Failure?.Kind == FailureKind.TokenRefused)
        {
            var isNew = clock.GetCurrentInstant() - token.IssuedAt < New;
            if (isNew)
            {
                // Providers refuse a good token now and then, a new one most of all: one refusal ends no permission.
                result = await OnceAsync(token, provider, operation, call, cancellationToken);
            }

            if (result.Failure?.Kind == FailureKind.TokenRefused && (!isNew || MayAskWhy(token, provider, operation)))
            {
                var renewed = await tokens.RefreshAsync(token, cancellationToken);
                if (renewed.Failure is { } notRenewed)
                {
                    return notRenewed;
                }

                token = renewed.Value;
                result = await OnceAsync(token, provider, operation, call, cancellationToken);
                if (result.Failure?.Kind == FailureKind.TokenRefused)
                {
                    result = await OnceAsync(token, provider, operation, call, cancellationToken);
                }
            }

            if (result.Failure is { Kind: FailureKind.TokenRefused } refused)
            {
                result = StillRefused(operation, refused);
            }
        }

        if (result.Failure is { Kind: FailureKind.Unapproved } unapproved)
        {
            result = GrantFailures.Explained(unapproved, provider.Descriptor);
        }

        if (result.Failure is { } failure)
        {
            await observations.FailedAsync(token, failure, cancellationToken);
        }
        else if (token.ConnectionStatus != ConnectionStatus.Connected)
        {
            await observations.SucceededAsync(token, cancellationToken);
        }

        return result;
    }

    /// <summary>
    /// Whether another token is asked for although this one is new. The provider may have ended it, and its clock need not be ours; why – an
    /// administrator took the approval back, the app was removed – is said by the token endpoint alone. So it is asked when a connection
    /// breaks, and while an approval is awaited, for which nothing is spent; not with every call to one that is broken.
    /// </summary>
    private static bool MayAskWhy(LiveToken token, IConferencingProvider provider, string operation) =>
        token.ConnectionStatus is ConnectionStatus.Connected or ConnectionStatus.PendingApproval
        // Where the question whose it is has a host of its own, a refusal there says nothing of the permission.
        && (operation != Identify || provider.Descriptor.Approval is not null);

    /// <summary>One harmless call that shows whether the connection works: its meetings to come; where those are nobody's, who it is.</summary>
    /// <returns>Null: it works.</returns>
    public async Task<ProviderFailure?> ProbeAsync(Connection connection, CancellationToken cancellationToken)
    {
        var descriptor = catalogue.Find(connection.Provider)?.Provider.Descriptor;
        if (descriptor is not null && connection.IsOutsidePurpose(descriptor, "upcoming"))
        {
            var identity = await CallAsync(
                connection.WorkspaceId,
                connection.Id,
                Identify,
                (provider, access, token) => provider.IdentifyAsync(access, token),
                cancellationToken
            );
            return identity.Failure;
        }

        var upcoming = await CallAsync(
            connection.WorkspaceId,
            connection.Id,
            "meetings.upcoming",
            (provider, access, token) => provider.ListUpcomingAsync(access, token),
            cancellationToken
        );
        return upcoming.Failure;
    }

    private async Task<ProviderResult<T>> OnceAsync<T>(
        LiveToken token,
        IConferencingProvider provider,
        string operation,
        Func<IConferencingProvider, ProviderAccess, CancellationToken, Task<ProviderResult<T>>> call,
        CancellationToken cancellationToken
    )
    {
        var allowance = provider.Descriptor.Rate;
        var started = time.GetTimestamp();
        // The provider counts per client, whichever workspaces of this server use it.
        var (workspaceId, resource) =
            allowance.Scope == RateScope.PerApp
                ? (RateBuckets.AllWorkspaces, $"client/{token.Provider}/{token.ClientId}")
                : (token.WorkspaceId, $"grant/{token.GrantId}");
        var begun = 0;
        var result = await rates.WaitAsync(workspaceId, resource, allowance, cancellationToken) is { } throttled
            ? throttled
            : await call(
                provider,
                token.Access with
                {
                    Pace = async further =>
                    {
                        // For the first request the turn has come already.
                        var isFurther = Interlocked.Exchange(ref begun, 1) == 1;
                        if (isFurther)
                        {
                            await TurnAsync(workspaceId, resource, allowance, further);
                        }

                        return isFurther;
                    },
                },
                cancellationToken
            );
        log.Add(
            token.WorkspaceId,
            token.ConnectionId,
            operation,
            result.Failure?.Code,
            result.Failure?.HttpStatus,
            time.GetElapsedTime(started),
            result.Failure?.Message
        );
        return result;
    }

    /// <summary>For a call that is under way already: however many wait before it, its turn comes.</summary>
    private async Task TurnAsync(
        string workspaceId,
        string resource,
        RateAllowance allowance,
        CancellationToken cancellationToken
    )
    {
        while (await rates.WaitAsync(workspaceId, resource, allowance, cancellationToken) is not null)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
        }
    }

    private static ProviderFailure StillRefused(string operation, ProviderFailure refused) =>
        operation == Identify
            ? refused with
            {
                Kind = FailureKind.Rejected,
                Message =
                    refused.Message + " A new token made no difference: the permission may not include the profile.",
            }
            : refused with
            {
                Kind = FailureKind.GrantDead,
                Message =
                    refused.Message
                    + " A new token made no difference: the permission was probably withdrawn at the provider.",
            };
}
