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

    /// <summary>Creates and updates a host may be sent in one UTC day; null where the provider counts no such thing.</summary>
    public DailyWriteAllowance? DailyWrites { get; init; }

    /// <summary>
    /// Whether an update reads the meeting and sends only what differs, so that sending it again costs nothing where it was applied.
    /// </summary>
    public bool UpdatesWhatDiffers { get; init; }

    /// <summary>Whether co-organizers may be given by e-mail address, which the provider itself looks up and judges; else by key alone.</summary>
    public bool TakesCoOrganizerAddresses { get; init; }

    /// <summary>Kinds of provider app by purpose of the connection; see <see cref="ProviderAppKind"/>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> AppKinds { get; init; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["organizer"] = [ProviderAppKind.OAuth],
            ["account"] = [ProviderAppKind.OAuth],
        };

    /// <summary>Whether an account connection may use the organizers' app; false: it needs one of its own.</summary>
    public bool OneAppServesAllPurposes { get; init; } = true;

    /// <summary>How an administrator lets people use the app; null where nobody has to be asked.</summary>
    public ApprovalGuide? Approval { get; init; }

    /// <summary>How a registration names these purposes' own guide, where it differs from <see cref="Registration"/>: an admin app.</summary>
    public IReadOnlyDictionary<string, RegistrationGuide> RegistrationByPurpose { get; init; } =
        new Dictionary<string, RegistrationGuide>(StringComparer.Ordinal);

    /// <summary>How an OAuth client is registered; null where nobody has written it down.</summary>
    public RegistrationGuide? Registration { get; init; }
}

/// <summary>Kinds of OAuth client, as the outside contract names them.</summary>
public static class ProviderAppKind
{
    /// <summary>A person consents in a browser.</summary>
    public const string OAuth = "oauth";

    /// <summary>The client's own credentials and an account id are enough; nobody is sent anywhere.</summary>
    public const string ServerToServer = "serverToServer";
}

/// <summary>
/// At most <paramref name="Calls"/> creates and updates per host and UTC day, whoever sends them. Deletes are not counted: a cancellation is
/// never held back.
/// </summary>
public sealed record DailyWriteAllowance(int Calls)
{
    /// <summary>Further calls that count which a create may take where a passcode is wished for and the provider made none up.</summary>
    public int FurtherForPasscode { get; init; }
}

/// <summary>How an account's administrator approves an app before people of the account can consent to it, as data.</summary>
public sealed record ApprovalGuide
{
    /// <summary>"the Zoom App Marketplace".</summary>
    public required string PlaceName { get; init; }

    /// <summary>https; where administrators approve.</summary>
    public required string PlaceUrl { get; init; }

    /// <summary>What a person who may not consent sees at the provider, in one sentence.</summary>
    public required string WhatPeopleSee { get; init; }

    /// <summary>What the administrator does, in order: approve, then authorize.</summary>
    public required IReadOnlyList<string> AdministratorSteps { get; init; }
}

/// <summary>A scope and the operations that fail without it.</summary>
public sealed record ScopeNeed(string Scope, IReadOnlyList<string> NeededFor)
{
    /// <summary>Other scopes that serve as well: this one is missing only when none of them was granted either.</summary>
    public IReadOnlyList<string> CoveredBy { get; init; } = [];

    /// <summary>Purposes of a connection that need it: <c>organizer</c>, <c>account</c>. Null: all.</summary>
    public IReadOnlyList<string>? Purposes { get; init; }
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
