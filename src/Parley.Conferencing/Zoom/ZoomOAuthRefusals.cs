using System.Text.RegularExpressions;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>
/// What Zoom's OAuth server means when it refuses (developers.zoom.us/docs/integrations/oauth-errors; zoom.md §1.5). Bodies carry
/// <c>reason</c> and <c>error</c>, some <c>errorCode</c> and <c>errorMessage</c>, and the number may stand in the text alone.
/// </summary>
internal static partial class ZoomOAuthRefusals
{
    /// <summary>Null: as the standard says.</summary>
    public static ProviderFailure? Judge(WireReply reply)
    {
        if (reply.Object is not { } body)
            return null;
        var error = JsonText.Find(body, "error");
        var text =
            JsonText.Find(body, "reason")
            ?? JsonText.Find(body, "errorMessage")
            ?? JsonText.Find(body, "message")
            ?? JsonText.Find(body, "error_description")
            ?? "";
        var code =
            JsonText.Find(body, "errorCode")
            ?? JsonText.Find(body, "code")
            ?? (Code().Match(text) is { Success: true } match ? match.Value : null);
        return ByCode(code, text) ?? ByWords(error, text);
    }

    public static ProviderFailure Unapproved() =>
        new()
        {
            Kind = FailureKind.Unapproved,
            Code = FailureCodes.ApprovalWithdrawn,
            Message = "An administrator of the Zoom account has not approved the app, or took the approval back.",
            Next =
                "Ask an administrator of the Zoom account to approve the app in the Zoom App Marketplace, then refresh the connection.",
        };

    private static ProviderFailure? ByCode(string? code, string text) =>
        code switch
        {
            // On the authorize page the same number stands for the redirect URI.
            "4700" when IsAboutRedirect(text) => RedirectUri(),
            "4700" => Dead("Zoom does not know this permission (any more)."),
            "4702" or "4704" => InvalidClient(),
            "4705" => Refused(
                "Zoom does not let this app use the kind of sign-in that was asked for.",
                "Check the kind of the app at the Zoom App Marketplace: organizers take a user-managed app, the whole account an admin-managed or a server-to-server one."
            ),
            "4706" => Refused(
                "Zoom misses the client id, the client secret or what was to be exchanged.",
                "Enter the app's client id and secret again."
            ),
            "4709" => RedirectUri(),
            "4711" => new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.InvalidScope,
                Message = "The scopes of the Zoom app do not match what was asked for.",
                Next = "Compare the app's scopes with the list Parley shows, then connect again.",
            },
            "4717" => Refused(
                "The Zoom app is disabled.",
                "Activate the app at the Zoom App Marketplace; where it cannot be, register a new one and enter its client id and secret."
            ),
            "4733" => Dead("The code Zoom sent was used too late: it is good for five minutes."),
            "4734" => Dead("Zoom does not accept the code: it was used before, or belongs to another app or address."),
            "4735" => Dead("The Zoom user who gave this permission no longer exists."),
            "4737" => Dead("Zoom does not know this permission (any more)."),
            "4738" => Unapproved(),
            "4740" => Dead("An old token was used: Zoom has since given out a newer one, which was lost."),
            "4741" => Dead(
                "Zoom revoked this permission: the app was removed, or the same user has authorized it again since, which ends the earlier permission."
            ),
            _ => null,
        };

    private static ProviderFailure? ByWords(string? error, string text)
    {
        if (error is "invalid_request" or "invalid_grant" && IsAboutRedirect(text))
            return RedirectUri();
        if (error == "invalid_grant")
            return Dead("Zoom no longer accepts this permission: it expired, was used up or was revoked.");
        // Zoom calls a bad code an invalid request.
        if (
            error == "invalid_request"
            && (Has(text, "authorization code") || Has(text, "code verifier") || Has(text, "code_verifier"))
        )
            return Dead("Zoom does not accept the code: it was used before, expired, or belongs to another request.");
        if (error == "invalid_client")
            return InvalidClient();
        if (Has(text, "disabled by admin") || Has(text, "not approved"))
            return Unapproved();
        return null;
    }

    private static bool IsAboutRedirect(string text) => Has(text, "redirect");

    private static bool Has(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static ProviderFailure Dead(string message) =>
        new()
        {
            Kind = FailureKind.GrantDead,
            Code = FailureCodes.InvalidGrant,
            Message = message,
            Next = "Connect the account again.",
        };

    private static ProviderFailure InvalidClient() =>
        new()
        {
            Kind = FailureKind.Rejected,
            Code = FailureCodes.InvalidClient,
            Message = "Zoom does not accept the client id or the client secret.",
            Next =
                "Copy client id and secret from the app's page at the Zoom App Marketplace again. An app has a pair for development and one for production: take the one that matches.",
        };

    private static ProviderFailure RedirectUri() =>
        new()
        {
            Kind = FailureKind.Rejected,
            Code = FailureCodes.RedirectUriMismatch,
            Message = "Zoom does not accept the redirect URI that was sent.",
            Next =
                "Enter the redirect URI exactly as Parley shows it, both as the app's OAuth redirect URL and in its allow list. It must be https: Zoom refuses http, localhost too.",
        };

    private static ProviderFailure Refused(string message, string next) =>
        new()
        {
            Kind = FailureKind.Rejected,
            Code = FailureCodes.OAuthRejected,
            Message = message,
            Next = next,
        };

    [GeneratedRegex(@"\b47[0-4][0-9]\b", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Code();
}
