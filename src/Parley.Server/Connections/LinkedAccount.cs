using Parley.Conferencing;

namespace Parley.Server.Connections;

/// <summary>What became of fresh tokens: a connection, or why they were not taken.</summary>
/// <param name="Account">As people know it: the one connected now, or with a refusal the one that was expected.</param>
internal sealed record LinkedAccount(string ConnectionId, string? Account, ProviderFailure? Refusal = null)
{
    /// <summary>Code of a refusal: another administrator's connection reports on this account.</summary>
    public const string ReportedAlready = "account_reported_already";

    /// <summary>Scopes its operations need and the new permission lacks.</summary>
    public IReadOnlyList<ScopeNeed> Missing { get; init; } = [];

    /// <summary>A second connection of an account that is connected already was not made: the first one was renewed.</summary>
    public bool WasThere { get; init; }
}

/// <summary>Which connection fresh tokens are for.</summary>
/// <param name="Reconnect">It had an account, and takes no other.</param>
internal sealed record AccountToLink(string WorkspaceId, string ConnectionId, bool Reconnect)
{
    /// <summary>Set when the client's own credentials were enough: the account they are asked tokens of.</summary>
    public string? ServerAccount { get; init; }
}

/// <summary>Whose tokens they are, as far as the provider said.</summary>
internal sealed record Identified(AccountIdentity Identity, ProviderFailure? Failure);
