using Parley.Conferencing;

namespace Parley.Server.Connections;

/// <summary>Why the client's own credentials brought no token of an account, in words that lead on.</summary>
internal static class ServerToServerFailures
{
    public static ProviderFailure Explain(string provider, string accountId, ProviderFailure failure) =>
        failure.Kind switch
        {
            FailureKind.NeverSent or FailureKind.Unknown or FailureKind.Throttled => failure,
            _ when failure.Code == FailureCodes.InvalidClient => failure with
            {
                Kind = FailureKind.Rejected,
                Message = $"{provider} does not accept the client id or the client secret of the server-to-server app.",
                Next =
                    $"Copy both from the server-to-server app at {provider} again and save them here; the app must be activated there.",
            },
            // Providers answer a foreign account id in many ways: whatever else they refuse, it is named first.
            _ => failure with
            {
                Kind = FailureKind.Rejected,
                Message = $"{provider} gives this server-to-server app no token for the account {accountId}.",
                Next =
                    $"Compare the account id with the one the app's page at {provider} shows, see that the app is activated and belongs to that account, then save it again.",
            },
        };
}
