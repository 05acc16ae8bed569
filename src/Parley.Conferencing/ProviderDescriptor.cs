using NodaTime;

namespace Parley.Conferencing;

/// <summary>A provider as data: everything the rest of Parley may know about it without asking its adapter.</summary>
public sealed record ProviderDescriptor
{
    /// <summary>Fixed by the outside contract: <c>gotomeeting</c>, <c>zoom</c>.</summary>
    public required string Id { get; init; }

    /// <summary>As people say it: "GoTo Meeting".</summary>
    public required string Name { get; init; }
    public required IReadOnlyList<ScopeNeed> Scopes { get; init; }

    /// <summary>Names of operations the provider offers at all: create, get, update, delete, start, upcoming, …</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>Those of <see cref="Capabilities"/> the provider lets only an administrator of the account do.</summary>
    public IReadOnlyList<string> AdministratorCapabilities { get; init; } = [];

    /// <summary>Sent as <c>scope</c> on the authorize request when not empty.</summary>
    public IReadOnlyList<string> RequestedScopes { get; init; } = [];

    /// <summary>What the OAuth server may call itself in <c>iss</c> of an authorization response (RFC 9207), besides the authorize URL's origin.</summary>
    public IReadOnlyList<string> Issuers { get; init; } = [];
    public required RefreshSemantics Refresh { get; init; }

    /// <summary>Longest subject the provider takes, marker included.</summary>
    public int MaximumSubjectLength { get; init; } = 100;

    /// <summary>How fast calls may be made, and what shares the allowance.</summary>
    public required RateAllowance Rate { get; init; }

    /// <summary>How long a person's consent lasts before it must be renewed.</summary>
    public required Duration ConnectionLifetime { get; init; }

    /// <summary>How an OAuth client is registered; null where nobody has written it down.</summary>
    public RegistrationGuide? Registration { get; init; }
}

/// <summary>A scope and the operations that fail without it.</summary>
public sealed record ScopeNeed(string Scope, IReadOnlyList<string> NeededFor)
{
    /// <summary>Other scopes that serve as well: this one is missing only when none of them was granted either.</summary>
    public IReadOnlyList<string> CoveredBy { get; init; } = [];
}

/// <summary>How the provider's refresh tokens behave.</summary>
public sealed record RefreshSemantics
{
    /// <summary>Each refresh spends the token: losing the reply may lose the grant (Zoom).</summary>
    public required bool Rotates { get; init; }

    /// <summary>Usually keeps its refresh token, but was seen to rotate: a reply that was lost may have carried the only valid one.</summary>
    public bool MayRotate { get; init; }

    /// <summary>Refresh this long before the access token ends.</summary>
    public Duration Ahead { get; init; } = Duration.FromMinutes(5);
}

public enum RateScope
{
    PerApp,
    PerAccount,
}

/// <summary>Token bucket: <paramref name="Calls"/> per <paramref name="Per"/>, shared per app or per account.</summary>
public sealed record RateAllowance(int Calls, Duration Per, RateScope Scope);
