using Parley.Conferencing;
using Parley.Server.Access;

namespace Parley.Server.Connections;

/// <summary>What the browser brought back from the provider. <see cref="ToString"/> hides it.</summary>
internal sealed record CallbackRequest
{
    /// <summary>From the path.</summary>
    public required string Provider { get; init; }

    /// <summary>Null when missing or given more than once.</summary>
    public string? State { get; init; }

    /// <summary>There was something by that name, whether it could be read or not.</summary>
    public required bool NamesState { get; init; }
    public string? Code { get; init; }
    public string? Error { get; init; }
    public string? ErrorDescription { get; init; }
    public string? Issuer { get; init; }

    /// <summary>The secret this browser holds for a flow's id, from its cookie.</summary>
    public required Func<string, string?> BrowserSecretOf { get; init; }
    public Caller? Caller { get; init; }

    public override string ToString() => $"CallbackRequest {{ {Provider} }}";
}

/// <summary>What can be chosen after a reconnect with another account.</summary>
/// <param name="Expected">The account the connection belongs to.</param>
public sealed record WrongAccount(string ConnectionId, string Purpose, string? Expected);

/// <summary>How the flow ended, in words for the person in front of the browser.</summary>
internal sealed record CallbackOutcome
{
    public required int Status { get; init; }
    public required string Title { get; init; }
    public required string Text { get; init; }
    public string? Next { get; init; }

    /// <summary>The provider's own words; foreign text.</summary>
    public string? ProviderWords { get; init; }
    public ProviderRegistration? Provider { get; init; }
    public string? FlowId { get; init; }
    public string? WorkspaceId { get; init; }

    /// <summary>Set when the account is connected now.</summary>
    public string? ConnectionId { get; init; }

    /// <summary>Another account than the one that was to be refreshed: which connection that was, for the choice that follows.</summary>
    public WrongAccount? WrongAccount { get; init; }

    /// <summary>The app was added at the provider: what who is signed in here may connect now; empty when nobody is.</summary>
    public IReadOnlyList<string>? Installed { get; init; }

    /// <summary>The connection whose permission may lack an administrator's approval first.</summary>
    public string? ApprovalOf { get; init; }

    /// <summary>The flow waits: sign in, then open the same address again.</summary>
    public bool SignInFirst { get; init; }
}
