using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.OAuth;

/// <summary>How the client proves itself to the token endpoint, RFC 6749 §2.3.1.</summary>
public enum ClientAuthentication
{
    /// <summary>HTTP Basic, <c>base64(client_id:client_secret)</c> as GoTo and Zoom document it, without form-encoding first.</summary>
    Basic,
}

/// <summary>A provider's OAuth server as data: all that <see cref="OAuthClient"/> knows of it.</summary>
public sealed record OAuthSettings
{
    /// <summary>As people say it, for messages.</summary>
    public required string ProviderName { get; init; }
    public required OAuthEndpoints Endpoints { get; init; }
    public ClientAuthentication Authentication { get; init; } = ClientAuthentication.Basic;

    /// <summary>Sent as <c>scope</c> on the authorize request when not empty.</summary>
    public IReadOnlyList<string> RequestedScopes { get; init; } = [];

    /// <summary>Life of an access token whose reply does not tell, or tells unreadably (RFC 6749 §5.1 leaves it to documentation).</summary>
    public Duration DefaultExpiresIn { get; init; } = Duration.FromHours(1);

    /// <summary>What a refusal in the provider's own code means; null from it: as RFC 6749 §5.2 says.</summary>
    internal Func<WireReply, ProviderFailure?>? Refusals { get; init; }
}
