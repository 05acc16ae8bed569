using Parley.Conferencing;

namespace Parley.Server.Connections;

/// <summary>
/// The one way to call a provider on behalf of a connection: finds a live access token (refreshing ahead of its end), keeps to the
/// provider's rate, refreshes once when the token is refused and calls again (a refused call was not applied), writes the operation
/// log, and turns what the answer says about the connection into its status.
/// </summary>
public sealed class ProviderCalls(ProviderCatalogue catalogue)
{
    /// <param name="operation">Name for the log: <c>meetings.create</c>, <c>meetings.get</c>, …</param>
    /// <returns>
    /// Failures about the connection itself are <see cref="FailureKind.GrantDead"/>, <see cref="FailureKind.Unapproved"/> and
    /// <see cref="FailureKind.MissingScope"/>.
    /// </returns>
    public Task<ProviderResult<T>> CallAsync<T>(
        string workspaceId,
        string connectionId,
        string operation,
        Func<IConferencingProvider, ProviderAccess, CancellationToken, Task<ProviderResult<T>>> call,
        CancellationToken cancellationToken
    )
    {
        _ = catalogue;
        throw new NotSupportedException(operation);
    }
}
