using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Connections.Diagnosis;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>The provider stands in the way: its words and ours, and what to do next.</summary>
public static class ProviderProblems
{
    public static Problem From(ProviderFailure failure)
    {
        // One of several would do: the first is what the permission is asked for by, all are named.
        var scopes = ScopeWords.Alternatives(failure.Scope);
        var (code, next) = failure.Kind switch
        {
            FailureKind.GrantDead or FailureKind.TokenRefused or FailureKind.Unapproved => (
                ProblemCodes.ConnectionNeedsReconnect,
                "Open Video conferencing and refresh the connection."
            ),
            FailureKind.MissingScope => (
                ProblemCodes.MissingScope,
                scopes.Count == 0
                    ? "Enable the permission on the OAuth client, then refresh the connection."
                    : $"Enable the scope {ScopeWords.OneOf(scopes)} on the OAuth client, then refresh the connection."
            ),
            FailureKind.NotFound => (
                ProblemCodes.MeetingNotFound,
                "Check the id; the meeting may have been removed at the provider."
            ),
            FailureKind.Rejected => (
                ProblemCodes.ProviderRejected,
                "Change the request as the provider's answer says."
            ),
            FailureKind.Throttled => (ProblemCodes.ProviderQuota, "Wait as Retry-After says, then try again."),
            _ => (ProblemCodes.ProviderUnavailable, "Try again in a moment."),
        };
        var detail =
            failure.ProviderMessage is { Length: > 0 } words
            && !failure.Message.Contains(words, StringComparison.Ordinal)
                ? Said(failure.Message, words)
                : failure.Message;
        return new Problem(code, detail)
        {
            Next = Cures.Of(failure) ?? next,
            RetryAfterSeconds = code.Status is 429 or 503 ? Seconds(failure.RetryAfter) : null,
            Extensions = Details(failure, scopes),
        };
    }

    /// <summary>Our words, then the provider's, closed as a sentence: another may follow.</summary>
    internal static string Said(string message, string words) =>
        $"{message} The provider said: {words}{(words[^1] is '.' or '!' or '?' ? "" : ".")}";

    private static Dictionary<string, object?> Details(ProviderFailure failure, IReadOnlyList<string> scopes)
    {
        var details = new Dictionary<string, object?>(StringComparer.Ordinal) { ["reason"] = failure.Code };
        if (failure.ProviderCode is { } theirs)
        {
            details["providerCode"] = theirs;
        }

        if (scopes.Count > 0)
        {
            (details["scope"], details["scopes"]) = (scopes[0], scopes);
        }

        return details;
    }

    private static int Seconds(Duration? wait) =>
        Math.Max(1, (int)Math.Ceiling((wait ?? Duration.FromSeconds(5)).TotalSeconds));
}
