using NodaTime;
using Parley.Conferencing;

namespace Parley.Server.Connections;

/// <summary>A link by which someone, not necessarily a member, connects their account. <see cref="ToString"/> hides it.</summary>
public sealed record IssuedLink(string ConnectionId, string ConnectUrl, Instant ExpiresAt)
{
    public override string ToString() => $"IssuedLink {{ {ConnectionId} }}";
}

/// <summary>What the connect page shows.</summary>
/// <param name="Account">With a reconnect: the account that is expected.</param>
/// <param name="RedirectUri">Where the provider sends the browser, when that is not this server.</param>
internal sealed record LinkView(
    string WorkspaceName,
    ProviderRegistration Provider,
    bool IsUsable,
    bool Reconnect,
    string? Account,
    string? RedirectUri
);

/// <summary>What Continue answers: where to, and the cookie that binds this browser. <see cref="ToString"/> hides both.</summary>
internal sealed record Continuation(string AuthorizeUrl, string FlowId, string BrowserSecret)
{
    public override string ToString() => "Continuation { … }";
}
