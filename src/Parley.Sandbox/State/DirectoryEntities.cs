using NodaTime;

namespace Parley.Sandbox.State;

/// <summary>Whether a person can sign in. The provider's own words for it are a switch, <see cref="DirectorySettings.StatusWords"/>.</summary>
public enum PersonStatus
{
    Active,
    Suspended,

    /// <summary>Has not accepted the invitation: holds a seat, has no password yet.</summary>
    Invited,
}

/// <summary>A plan an account bought. Who holds it is written on the people.</summary>
public sealed record License
{
    public required string Key { get; init; }
    public required string AccountKey { get; init; }
    public required string Description { get; init; }

    /// <summary><c>G2M</c>, <c>G2W</c>, … A webinar plan lists <c>G2W</c> and <c>G2M</c>.</summary>
    public required IReadOnlyList<string> Products { get; init; }
    public required int Seats { get; init; }
    public bool Enabled { get; init; } = true;
    public string Type { get; init; } = "CORPORATE";
    public bool DevicesOnly { get; init; }
}

/// <summary>A group of an account. Who is in it is written on the people.</summary>
public sealed record Group(string Key, string AccountKey, string Name);

/// <summary>A call that was answered with an error and takes effect later. Its bearer token is kept as a hash.</summary>
public sealed record LateCall
{
    public required string Id { get; init; }
    public required Instant DueAt { get; init; }
    public required Instant ReceivedAt { get; init; }
    public required string Provider { get; init; }
    public required string Operation { get; init; }
    public required string Method { get; init; }
    public required string Scheme { get; init; }
    public required string Host { get; init; }
    public required string Path { get; init; }
    public required string Query { get; init; }
    public string? ContentType { get; init; }

    /// <summary>The header as it came when it authenticates the client (the client's secret is the sandbox's own), else null.</summary>
    public string? ClientAuthorization { get; init; }

    /// <summary>Hash of the bearer token.</summary>
    public string? TokenId { get; init; }
    public required byte[] Body { get; init; }
}

/// <summary>Switches for what nobody outside knows about the real directory and authorization server (reference §8).</summary>
public sealed record DirectorySettings
{
    /// <summary><c>mixed</c>: keys as recorded, text for people and numbers for accounts and licences; or all <c>strings</c>, or all <c>numbers</c>.</summary>
    public string AdminKeys { get; init; } = "mixed";

    /// <summary><c>results</c> of an empty page: <c>absent</c> as an integrator met it, or an empty <c>array</c>.</summary>
    public string EmptyResults { get; init; } = "absent";

    /// <summary>How a person's status is spelt: <c>lower</c> (active), <c>upper</c> (ACTIVE), <c>interface</c> (Active, Invite sent).</summary>
    public string StatusWords { get; init; } = "lower";

    /// <summary>Success of an admin PUT: 200 with the person, or 204.</summary>
    public int AdminPutStatus { get; init; } = 200;

    /// <summary>Whether a licence's <c>userCount</c> contains the people who have not accepted yet.</summary>
    public bool CountInvited { get; init; }

    /// <summary>Life of an authorization code.</summary>
    public int CodeSeconds { get; init; } = 600;

    /// <summary>The token reply of the retired host: <c>organizer_key</c>, <c>account_key</c> and the name besides.</summary>
    public bool OldTokenReply { get; init; }

    /// <summary>Whether the client may use the <c>personal_access_token</c> grant.</summary>
    public bool PatGrant { get; init; }

    /// <summary>Whether the client needs no secret but PKCE (<c>none</c> of RFC 8414).</summary>
    public bool PublicClient { get; init; }

    /// <summary>Whether every authorization request must carry a <c>code_challenge</c>; nobody outside knows whether GoTo enforces PKCE.</summary>
    public bool PkceRequired { get; init; }

    /// <summary>Status of the retired authorization host; its message was seen, its status was not written down.</summary>
    public int RetiredHostStatus { get; init; } = 410;
}
