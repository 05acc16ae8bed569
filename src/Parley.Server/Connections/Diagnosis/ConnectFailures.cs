using Parley.Conferencing;

namespace Parley.Server.Connections.Diagnosis;

/// <summary>Why an attempt to connect failed, in words that lead on.</summary>
internal static class ConnectFailures
{
    /// <summary>The provider sent the person back with an error (RFC 6749 §4.1.2.1) instead of a code.</summary>
    public static ProviderFailure Stopped(string name, string error, string? redirectUri)
    {
        var (code, message, next) = error switch
        {
            "access_denied" => (
                "access_denied",
                $"The permission was not given at {name}.",
                "Start again and press Allow. If an administrator must approve Parley first, ask them."
            ),
            "invalid_scope" => (
                FailureCodes.InvalidScope,
                $"{name} does not let this OAuth client ask for these scopes.",
                "Tick the scopes in the OAuth client, then connect again."
            ),
            "redirect_uri_mismatch" => (
                FailureCodes.RedirectUriMismatch,
                $"{name} does not know the redirect URI {redirectUri}.",
                Cures.RegisterExactly(redirectUri!)
            ),
            "server_error" or "temporarily_unavailable" => (
                FailureCodes.ServerError,
                $"{name}'s sign-in service failed.",
                "Wait a moment, then press Connect again."
            ),
            _ => (
                FailureCodes.OAuthRejected,
                $"{name} stopped the connection before asking for permission.",
                "Check the OAuth client's settings against Parley's, then connect again."
            ),
        };
        return new ProviderFailure
        {
            Kind = FailureKind.Rejected,
            Code = code,
            Message = message,
            Next = next,
        };
    }

    /// <summary>The code came back but could not be exchanged for tokens.</summary>
    public static ProviderFailure Exchange(string name, ProviderFailure failure, string redirectUri) =>
        failure.Code switch
        {
            // Said of a code, not of a permission (RFC 6749 §5.2).
            FailureCodes.InvalidGrant => failure with
            {
                Message = $"{name} did not accept its own sign-in code: it was used or is too old.",
                Next = "Press Connect again.",
            },
            FailureCodes.RedirectUriMismatch => failure with
            {
                Message = $"{name} does not know the redirect URI {redirectUri}.",
                Next = Cures.RegisterExactly(redirectUri),
            },
            _ => failure with { Next = Cures.Of(failure) ?? "Wait a moment, then press Connect again." },
        };
}
