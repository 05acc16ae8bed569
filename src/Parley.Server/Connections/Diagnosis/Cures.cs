using Parley.Conferencing;

namespace Parley.Server.Connections.Diagnosis;

/// <summary>What to do about a failure, where the adapter itself had nothing better to say.</summary>
internal static class Cures
{
    /// <returns>One or two sentences; null where only the operation knows what helps.</returns>
    public static string? Of(ProviderFailure failure) =>
        failure.Next
        ?? failure.Code switch
        {
            FailureCodes.Timeout or FailureCodes.ConnectionLost =>
                "Try again in a moment; if it stays, check this server's way out and whether the provider reports a disturbance.",
            FailureCodes.ServerError => "The fault is on the provider's side: try again in a few minutes.",
            FailureCodes.Unreadable =>
                "A proxy or a maintenance page may have answered instead of the provider: try again later; if it stays, check the proxy of this server and the configured address.",
            FailureCodes.Undecided => "Look whether it was done, then try again.",
            FailureCodes.Throttled when failure.DailyQuota =>
                "The provider's daily limit is used up: try again tomorrow, or ask the provider for more.",
            _ => null,
        };

    /// <summary>As <see cref="Of"/>, never silent.</summary>
    public static string For(ProviderFailure failure) => Of(failure) ?? "Wait a moment, then try again.";

    /// <summary>Exactly what must be registered.</summary>
    public static string RegisterExactly(string redirectUri) =>
        $"Register {redirectUri} as redirect URI of the OAuth client, letter by letter: scheme, port and trailing slash count. Then connect again.";
}
