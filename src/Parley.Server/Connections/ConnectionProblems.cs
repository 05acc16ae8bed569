using Parley.Conferencing;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>How failures of a connection are told in the API.</summary>
public static class ConnectionProblems
{
    internal static Problem NotFound() => new(ProblemCodes.NotFound, "There is no such connection in this workspace.");

    /// <summary>The provider stands in the way: which code that is, its words and ours, and what to do.</summary>
    public static Problem Of(ProviderFailure failure, string providerName)
    {
        var code = failure.Kind switch
        {
            FailureKind.GrantDead or FailureKind.Unapproved or FailureKind.TokenRefused =>
                ProblemCodes.ConnectionNeedsReconnect,
            FailureKind.MissingScope => ProblemCodes.MissingScope,
            FailureKind.NotFound => ProblemCodes.MeetingNotFound,
            FailureKind.Rejected => ProblemCodes.ProviderRejected,
            FailureKind.Throttled => ProblemCodes.ProviderQuota,
            _ => ProblemCodes.ProviderUnavailable,
        };
        var words = failure.ProviderMessage ?? failure.ProviderCode;
        return new Problem(code, words is null ? failure.Message : $"{failure.Message} {providerName} says: {words}")
        {
            Next = failure.Next ?? Next(failure, providerName),
            RetryAfterSeconds =
                failure.Kind == FailureKind.Throttled ? (int)Math.Ceiling(failure.RetryAfter?.TotalSeconds ?? 1) : null,
            Extensions = failure.Scope is { } scope
                ? new Dictionary<string, object?>(StringComparer.Ordinal) { ["scope"] = scope }
                : null,
        };
    }

    private static string Next(ProviderFailure failure, string providerName) =>
        failure.Kind switch
        {
            FailureKind.GrantDead or FailureKind.TokenRefused =>
                "Refresh the connection: POST /api/v1/connections/{id}/reconnect, or the page Video conferencing.",
            FailureKind.Unapproved => $"Ask an administrator of the {providerName} account to approve Parley.",
            FailureKind.MissingScope => $"Tick {failure.Scope} in the OAuth client, then refresh the connection.",
            FailureKind.NotFound => "Check the meeting's id.",
            FailureKind.Rejected => "Change what was asked for; the same request will be refused again.",
            FailureKind.Throttled => "Wait as long as Retry-After says.",
            _ => $"Try again in a minute; {providerName} cannot be reached or does not answer properly.",
        };
}
