using NodaTime;

namespace Parley.Sandbox.Zoom.State;

/// <summary>That a user authorised an app; one each, the last one counts.</summary>
public sealed record ZoomInstall(string AppId, string UserId, string GrantId, Instant AuthorizedAt)
{
    public string Key => KeyOf(AppId, UserId);

    public static string KeyOf(string appId, string userId) => $"{appId}|{userId}";
}

/// <summary>Which users of an account an administrator lets authorise an app.</summary>
public sealed record ZoomApproval
{
    public required string AppId { get; init; }
    public required string AccountId { get; init; }
    public bool All { get; init; }
    public IReadOnlyList<string> UserIds { get; init; } = [];
    public IReadOnlyList<string> GroupIds { get; init; } = [];

    public string Key => KeyOf(AppId, AccountId);

    public static string KeyOf(string appId, string accountId) => $"{appId}|{accountId}";
}

public enum ZoomRequestStatus
{
    Pending,
    Approved,
    Rejected,
}

/// <summary>A user's request that the administrator approve an app.</summary>
public sealed record ZoomAppRequest
{
    public required string AppId { get; init; }
    public required string UserId { get; init; }
    public required string AccountId { get; init; }
    public required ZoomRequestStatus Status { get; init; }
    public required Instant RequestedAt { get; init; }

    public string Key => ZoomInstall.KeyOf(AppId, UserId);
}

/// <summary>An authorization code, by hash.</summary>
public sealed record ZoomCode
{
    public required string Id { get; init; }
    public required string AppId { get; init; }
    public required string UserId { get; init; }

    /// <summary>What the token call must repeat; null for an install that began in the Marketplace.</summary>
    public string? RedirectUri { get; init; }
    public string? Challenge { get; init; }

    /// <summary><c>S256</c> or <c>plain</c>.</summary>
    public string? ChallengeMethod { get; init; }
    public required Instant ExpiresAt { get; init; }
    public bool Used { get; init; }
}

public enum ZoomTokenKind
{
    Access,
    Refresh,
}

/// <summary>Why a token works no more before its time.</summary>
public enum ZoomTokenEnd
{
    None,

    /// <summary>A refresh token that was used.</summary>
    Rotated,

    /// <summary>The app revoked it.</summary>
    Revoked,

    /// <summary>The same user authorised the same app again (4741).</summary>
    Reauthorized,

    /// <summary>An administrator withdrew the approval (4738).</summary>
    Disabled,

    /// <summary>The user or an administrator removed the app.</summary>
    Deauthorized,

    /// <summary>The user it speaks for is gone or cannot sign in any more (4735).</summary>
    OwnerGone,
}

/// <summary>A token, by hash. One that ended stays for a while, for the refusal says why.</summary>
public sealed record ZoomToken
{
    public required string Id { get; init; }
    public required ZoomTokenKind Kind { get; init; }
    public required string GrantId { get; init; }
    public required string AppId { get; init; }

    /// <summary>Null for <c>client_credentials</c>, which speak for the app alone.</summary>
    public string? AccountId { get; init; }

    /// <summary>Null for server-to-server tokens and <c>client_credentials</c>.</summary>
    public string? UserId { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public required Instant IssuedAt { get; init; }
    public required Instant ExpiresAt { get; init; }

    /// <summary>From when on it is refused; in the future while a used refresh token is still tolerated.</summary>
    public Instant? EndedAt { get; init; }
    public ZoomTokenEnd End { get; init; }

    public bool LiveAt(Instant at) => ExpiresAt > at && (EndedAt is not { } ended || ended > at);
}

/// <summary>The right to act as a host, by hash of the key.</summary>
public sealed record ZoomZak(string Id, string UserId, Instant ExpiresAt);

/// <summary>Something webhooks tell of, in the order it happened. See <see cref="ZoomEvents"/>.</summary>
public sealed record ZoomEvent
{
    public required long Number { get; init; }

    /// <summary>As on the wire, e.g. <c>meeting.started</c>.</summary>
    public required string Name { get; init; }
    public required Instant At { get; init; }
    public required string AccountId { get; init; }

    /// <summary>The only app that is told; null: every app authorised in the account.</summary>
    public string? AppId { get; init; }

    /// <summary>Whose it is, where the payload does not name them: users' own apps are told of their users. Null: see the payload.</summary>
    public string? UserId { get; init; }

    /// <summary>The <c>payload</c>, as compact JSON.</summary>
    public required string Payload { get; init; }

    /// <summary>Further fields at the top of the body as compact JSON, where an event has its own; null: only <c>event</c>, <c>event_ts</c>, <c>payload</c>.</summary>
    public string? Envelope { get; init; }
}
