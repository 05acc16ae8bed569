namespace Parley.Conferencing;

/// <summary>
/// Stable codes of <see cref="ProviderFailure.Code"/>. They are shown to people's scripts, so a code is never renamed; what a
/// caller does about a failure follows from <see cref="ProviderFailure.Kind"/> alone.
/// </summary>
public static class FailureCodes
{
    // Never sent (FailureKind.NeverSent)

    /// <summary>The provider's host name did not resolve.</summary>
    public const string HostNotFound = "host_not_found";

    /// <summary>No connection: refused, unreachable, or not made within the connect time-out.</summary>
    public const string ConnectionRefused = "connection_refused";

    /// <summary>The TLS handshake failed: certificate or protocol.</summary>
    public const string TlsFailed = "tls_failed";

    // Nobody knows (FailureKind.Unknown)

    /// <summary>No complete answer within the time allowed.</summary>
    public const string Timeout = "timeout";

    /// <summary>The connection broke after the request may have left.</summary>
    public const string ConnectionLost = "connection_lost";

    /// <summary>The provider answered 5xx.</summary>
    public const string ServerError = "provider_error";

    /// <summary>An answer that says neither yes nor no: 408, 409, 425, a redirect, an unexpected 2xx.</summary>
    public const string Undecided = "undecided_answer";

    /// <summary>HTML, cut, malformed or too large: an answer that cannot be read.</summary>
    public const string Unreadable = "unreadable_answer";

    // Credentials (TokenRefused, GrantDead, MissingScope)

    /// <summary>The access token was refused.</summary>
    public const string TokenRefused = "token_refused";

    /// <summary>RFC 6749 §5.2: the code or refresh token is invalid, expired, revoked or used.</summary>
    public const string InvalidGrant = "invalid_grant";

    /// <summary>The token does not carry the scope named in <see cref="ProviderFailure.Scope"/>.</summary>
    public const string MissingScope = "missing_scope";

    // Approval (Unapproved)

    /// <summary>An administrator of the account took back, or never gave, the approval of the app.</summary>
    public const string ApprovalWithdrawn = "approval_withdrawn";

    // Refused (FailureKind.Rejected)

    /// <summary>RFC 6749 §5.2: client id or secret are wrong.</summary>
    public const string InvalidClient = "invalid_client";

    /// <summary>The redirect URI is not the registered one, byte for byte.</summary>
    public const string RedirectUriMismatch = "redirect_uri_mismatch";

    /// <summary>A scope was asked for that the client may not ask for.</summary>
    public const string InvalidScope = "invalid_scope";

    /// <summary>The OAuth server said no for another reason; its own code is in <see cref="ProviderFailure.ProviderCode"/>.</summary>
    public const string OAuthRejected = "oauth_rejected";

    /// <summary>The provider has no revocation endpoint, or none is configured.</summary>
    public const string RevocationNotOffered = "revocation_not_offered";

    /// <summary>The configured host was shut down by the provider and says so.</summary>
    public const string HostRetired = "provider_host_retired";

    /// <summary>The configured address leads to no such interface.</summary>
    public const string WrongAddress = "provider_address_wrong";

    /// <summary>The organizer's account has no licence for meetings.</summary>
    public const string OrganizerNotLicensed = "organizer_not_licensed";

    /// <summary>No such organizer in the account.</summary>
    public const string OrganizerNotFound = "organizer_not_found";

    /// <summary>The account may not do this.</summary>
    public const string NotAllowed = "not_allowed";

    /// <summary>The provider has no such operation; nothing was sent.</summary>
    public const string NotOffered = "not_offered";

    /// <summary>The provider refused the request for the reason it gives.</summary>
    public const string Rejected = "provider_rejected";

    /// <summary>We did not send it: the meeting itself cannot be expressed at this provider.</summary>
    public const string InvalidMeeting = "invalid_meeting";

    /// <summary>The provider answered with a link to a foreign host; it is withheld.</summary>
    public const string UntrustedLink = "untrusted_link";

    // Others

    /// <summary>No such meeting in this account.</summary>
    public const string MeetingNotFound = "meeting_not_found";

    /// <summary>Too many calls.</summary>
    public const string Throttled = "throttled";

    /// <summary>What the provider allows for a day is used up; see <see cref="ProviderFailure.DailyQuota"/>.</summary>
    public const string DailyQuota = "daily_quota";
}
