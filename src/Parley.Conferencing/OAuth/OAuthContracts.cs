using NodaTime;

namespace Parley.Conferencing.OAuth;

/// <summary>The OAuth client registered with a provider. <see cref="ToString"/> hides the secret.</summary>
public sealed record OAuthApp(string ClientId, string ClientSecret)
{
    public override string ToString() => $"OAuthApp {{ ClientId = {ClientId} }}";
}

/// <summary>Where a provider's OAuth server lives. Configurable: providers move hosts.</summary>
public sealed record OAuthEndpoints
{
    public required string AuthorizeUrl { get; init; }
    public required string TokenUrl { get; init; }
    public string? RevokeUrl { get; init; }
}

/// <summary>What a token endpoint answered (RFC 6749 §5.1). <see cref="ToString"/> hides the tokens.</summary>
public sealed record TokenReply
{
    public required string AccessToken { get; init; }

    /// <summary>Null when the reply carried none or an empty one: the one we hold stays valid.</summary>
    public string? RefreshToken { get; init; }
    public required Duration ExpiresIn { get; init; }

    /// <summary>Null when the reply did not say.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Zoom's <c>api_url</c>: the region's base of the interface. Untrusted until the adapter has looked at it.</summary>
    public string? ApiBaseUrl { get; init; }

    /// <summary>GoTo's <c>principal</c>: the e-mail address of who consented.</summary>
    public string? Principal { get; init; }

    public override string ToString() => $"TokenReply {{ ExpiresIn = {ExpiresIn} }}";
}

/// <summary>The OAuth side of a provider: authorize URL with PKCE S256 (RFC 7636), code exchange, refresh, revoke (RFC 7009).</summary>
public interface IOAuthClient
{
    /// <param name="state">Opaque, unguessable, bound to browser + workspace + provider by the caller.</param>
    /// <param name="codeVerifier">43–128 characters; only its SHA-256 leaves with the URL.</param>
    string AuthorizeUrl(OAuthApp app, string redirectUri, string state, string codeVerifier);

    Task<ProviderResult<TokenReply>> ExchangeCodeAsync(
        OAuthApp app,
        string code,
        string redirectUri,
        string codeVerifier,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Spends a refresh token once, never retried here. <see cref="FailureKind.GrantDead"/> on invalid_grant;
    /// <see cref="FailureKind.Unknown"/> when the reply was lost and the token may be spent.
    /// </summary>
    Task<ProviderResult<TokenReply>> RefreshAsync(
        OAuthApp app,
        string refreshToken,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// A token for a whole account by the client's own credentials (Zoom's server-to-server <c>account_credentials</c>). The reply has no
    /// refresh token: ask again when it ends. Safe to repeat: earlier tokens stay valid.
    /// </summary>
    Task<ProviderResult<TokenReply>> RequestAccountTokenAsync(
        OAuthApp app,
        string accountId,
        CancellationToken cancellationToken
    );

    Task<ProviderResult<Nothing>> RevokeAsync(OAuthApp app, string token, CancellationToken cancellationToken);
}
