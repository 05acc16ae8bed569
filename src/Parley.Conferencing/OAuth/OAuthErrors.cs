using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.OAuth;

/// <summary>Says what an answer of an OAuth endpoint that is no success means, RFC 6749 §5.2.</summary>
/// <param name="refusals">The provider's own reading, asked before the standard's.</param>
internal sealed class OAuthErrors(string provider, IClock clock, Func<WireReply, ProviderFailure?>? refusals = null)
{
    public ProviderFailure Classify(WireReply reply, ReadOnlySpan<string?> secrets)
    {
        var error = ErrorBody.Read(reply);
        var failure = error.SaysHostRetired ? Retired() : Judge(reply, error);
        return failure with
        {
            ProviderCode = ProviderText.Clean(error.Code, secrets),
            ProviderMessage = ProviderText.Clean(error.Text, secrets),
            HttpStatus = reply.StatusCode,
        };
    }

    private ProviderFailure Judge(WireReply reply, ErrorBody error)
    {
        if (reply.StatusCode == 429)
        {
            return Failure(
                FailureKind.Throttled,
                FailureCodes.Throttled,
                $"{provider} asks for fewer sign-in requests."
            ) with
            {
                RetryAfter = RetryAfter.Read(reply.RetryAfter, clock.GetCurrentInstant()),
            };
        }
        if (reply.StatusCode >= 500 || error.Code is "server_error" or "temporarily_unavailable")
        {
            return Failure(
                FailureKind.Unknown,
                FailureCodes.ServerError,
                $"{provider}'s sign-in service failed (HTTP {reply.StatusCode})."
            );
        }
        if (reply is { IsMarkup: false, BodyUnreadable: false } && refusals?.Invoke(reply) is { } refusal)
            return refusal;
        if (reply.IsSuccess || reply.IsMarkup || reply.BodyUnreadable)
            return Unreadable();
        if (reply.StatusCode is < 400 or 408 or 409 or 425)
        {
            return Failure(
                FailureKind.Unknown,
                FailureCodes.Undecided,
                $"{provider}'s sign-in service answered HTTP {reply.StatusCode}, which decides nothing."
            );
        }
        // Only the server's own words decide: a bare 4xx may come from anything that stands in between.
        return error.Code is null ? Unreadable() : Refusal(error.Code, error.Text ?? "");
    }

    private ProviderFailure Refusal(string code, string text)
    {
        if (
            code == "redirect_uri_mismatch"
            || (code is "invalid_request" or "invalid_grant" or "invalid_client" && MentionsRedirect(text))
        )
        {
            return Failure(
                FailureKind.Rejected,
                FailureCodes.RedirectUriMismatch,
                $"{provider} does not know the redirect URI that was sent.",
                "Register the redirect URI exactly as Parley shows it, trailing slash and all, in the OAuth client, then connect again."
            );
        }
        return code switch
        {
            "invalid_grant" => Failure(
                FailureKind.GrantDead,
                FailureCodes.InvalidGrant,
                $"{provider} no longer accepts this permission: it expired, was used up or was revoked.",
                "Connect the account again."
            ),
            "invalid_client" when text.Contains("not found", StringComparison.OrdinalIgnoreCase) => Failure(
                FailureKind.Rejected,
                FailureCodes.InvalidClient,
                $"{provider} knows no OAuth client with this client id.",
                "Copy the client id from the provider's developer centre again; if the client was deleted there, register a new one."
            ),
            "invalid_client" => Failure(
                FailureKind.Rejected,
                FailureCodes.InvalidClient,
                $"{provider} does not accept the client id or the client secret.",
                "Copy the client id and secret from the provider's developer centre again; if the secret was lost, make a new one there."
            ),
            "invalid_scope" => Failure(
                FailureKind.Rejected,
                FailureCodes.InvalidScope,
                $"{provider} does not let this OAuth client ask for these scopes.",
                "Tick the scopes in the OAuth client, then connect again."
            ),
            _ => Failure(
                FailureKind.Rejected,
                FailureCodes.OAuthRejected,
                $"{provider}'s sign-in service refused the request.",
                "Check the OAuth client's settings against Parley's."
            ),
        };
    }

    private static bool MentionsRedirect(string text) => text.Contains("redirect", StringComparison.OrdinalIgnoreCase);

    private ProviderFailure Unreadable() =>
        Failure(
            FailureKind.Unknown,
            FailureCodes.Unreadable,
            $"{provider}'s sign-in service answered something that cannot be read."
        );

    private ProviderFailure Retired() => HostRetired.Failure(provider, "OAuth");

    private static ProviderFailure Failure(FailureKind kind, string code, string message, string? next = null) =>
        new()
        {
            Kind = kind,
            Code = code,
            Message = message,
            Next = next,
        };
}
