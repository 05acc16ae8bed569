using NodaTime;

namespace Parley.Sandbox.State;

// What may be null is not required: the journal leaves nulls out, and a required one would be missed when it is read back.

/// <summary>A customer of the provider: the tenant that people belong to.</summary>
public sealed record Account(string Key, string Name);

/// <summary>A persona. Keys have 19 digits so that a client which reads them as doubles is found out.</summary>
public sealed record Person
{
    public required string Key { get; init; }
    public required string AccountKey { get; init; }
    public required string Email { get; init; }
    public required string FirstName { get; init; }
    public required string LastName { get; init; }
    public required string Password { get; init; }

    /// <summary>Whether the person can hold meetings: active, with an enabled licence that has G2M. Kept true by <see cref="Membership"/>.</summary>
    public required bool Licensed { get; init; }
    public required string Locale { get; init; }
    public required string TimeZone { get; init; }

    /// <summary><c>SUPER_USER</c>, <c>RUN_REPORTS</c>, …; none for everybody else.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];
    public PersonStatus Status { get; init; }
    public IReadOnlyList<string> LicenseKeys { get; init; } = [];
    public string? GroupKey { get; init; }

    /// <summary>What the persona is there to show; for the people who use the sandbox.</summary>
    public string Purpose { get; init; } = "";
    public Instant CreatedAt { get; init; }

    public bool Admin => Roles.Count > 0;

    /// <summary>A desk phone: it turns up among the users.</summary>
    public bool Device => Email.EndsWith("@devices.logmein.com", StringComparison.OrdinalIgnoreCase);

    public string FullName => $"{FirstName} {LastName}";
}

/// <summary>The registered OAuth client.</summary>
public sealed record Client
{
    public required string Id { get; init; }
    public required string Secret { get; init; }
    public required string Name { get; init; }
    public required IReadOnlyList<string> RedirectUris { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
}

/// <summary>What a person allowed a client; a request within it sees no consent page.</summary>
public sealed record Consent(string ClientId, string PersonKey, IReadOnlyList<string> Scopes)
{
    public string Id => $"{ClientId}|{PersonKey}";
}

/// <summary>A browser signed in at the provider. <see cref="Id"/> is the hash of the cookie.</summary>
public sealed record SignIn(string Id, string PersonKey, string FormKey, Instant ExpiresAt);

/// <summary>An authorization code, by hash. Stays after use so that a second use can withdraw what the first one gave.</summary>
public sealed record AuthorizationCode
{
    public required string Id { get; init; }
    public required string ClientId { get; init; }
    public required string PersonKey { get; init; }
    public string? RedirectUri { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public string? Challenge { get; init; }
    public required string GrantId { get; init; }
    public required Instant ExpiresAt { get; init; }
    public bool Used { get; init; }
}

public enum TokenKind
{
    Access,
    Refresh,

    /// <summary>A personal access token: what a person made at the provider to trade for access tokens.</summary>
    Personal,
}

/// <summary>A live token, by hash; a revoked one is gone.</summary>
public sealed record Token
{
    public required string Id { get; init; }
    public required TokenKind Kind { get; init; }
    public required string GrantId { get; init; }
    public required string ClientId { get; init; }
    public required string PersonKey { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public required Instant IssuedAt { get; init; }
    public required Instant ExpiresAt { get; init; }
}

/// <summary>A meeting (the room). Stays after deletion, for the ground truth and for lists that lag.</summary>
public sealed record Meeting
{
    public required long Id { get; init; }
    public required string OwnerKey { get; init; }
    public required string Subject { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }

    /// <summary><c>scheduled</c>, <c>recurring</c> or <c>immediate</c>.</summary>
    public required string Type { get; init; }
    public required bool PasswordRequired { get; init; }

    /// <summary>As asked for: one of the five words in the provider's spelling, or free text.</summary>
    public required string Audio { get; init; }
    public required IReadOnlyList<string> CoOrganizers { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }
    public Instant? DeletedAt { get; init; }

    /// <summary>The room every licensed person has; listed, but nobody created it.</summary>
    public bool PersonalRoom { get; init; }
}

/// <summary>One run of a meeting.</summary>
public sealed record Session(string Id, long MeetingId, Instant StartedAt, Instant? EndedAt)
{
    /// <summary>What was recorded of it; null = nothing, or removed.</summary>
    public Recording? Recording { get; init; }
}

/// <summary>One person's stay in a session.</summary>
public sealed record Attendance
{
    public required string Id { get; init; }
    public required string SessionId { get; init; }
    public required string Name { get; init; }
    public string? Email { get; init; }
    public required bool Host { get; init; }
    public required Instant JoinedAt { get; init; }
    public Instant? LeftAt { get; init; }
}

/// <summary>The right to enter a meeting as its host, by hash of the link's token.</summary>
public sealed record HostKey(string Id, long MeetingId, string PersonKey, Instant ExpiresAt);

/// <summary>A mail as it came in over SMTP; everything else is read from <see cref="Raw"/>.</summary>
public sealed record StoredMail
{
    public required long Number { get; init; }
    public required string EnvelopeFrom { get; init; }
    public required IReadOnlyList<string> EnvelopeTo { get; init; }
    public required Instant ReceivedAt { get; init; }
    public required byte[] Raw { get; init; }
}

/// <summary>A rule that spoils matching calls. See the kinds in <c>Wire/FaultKinds.cs</c>.</summary>
public sealed record Fault
{
    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required string Operation { get; init; }
    public required string Kind { get; init; }

    /// <summary>Calls still to strike; null = until removed.</summary>
    public int? Left { get; init; }
    public int Struck { get; init; }
    public int? Status { get; init; }
    public string? Body { get; init; }
    public int? DelayMs { get; init; }

    /// <summary>Strikes only calls whose path, query or body contains this text.</summary>
    public string? Match { get; init; }
    public int? RetryAfterSeconds { get; init; }
    public int? PerSecond { get; init; }
    public int? PerDay { get; init; }

    /// <summary>With <see cref="Probability"/>, decides by a repeatable draw which matching calls are struck.</summary>
    public int? Seed { get; init; }
    public double Probability { get; init; } = 1;

    /// <summary>Tells a fault from an earlier one that had the same id.</summary>
    public string Mark { get; init; } = "";

    /// <summary>Matching calls seen so far; the position in the draw.</summary>
    public int Seen { get; init; }
}

/// <summary>Switches for what nobody outside knows about the real service (reference §8), and for the sandbox itself.</summary>
public sealed record Settings
{
    /// <summary><c>quirk</c>: the wire as recorded. <c>spec</c>: the types of the published OpenAPI file.</summary>
    public string WireMode { get; init; } = "quirk";

    /// <summary>What a refresh answers besides the access token: <c>none</c>, <c>same</c> or <c>rotated</c>.</summary>
    public string RefreshPolicy { get; init; } = "none";

    /// <summary>Status for an expired or unknown access token: 403 as recorded, 401 as newer edges answer.</summary>
    public int ExpiryStatus { get; init; } = 403;
    public int AccessTokenSeconds { get; init; } = 3600;
    public int RefreshTokenSeconds { get; init; } = 365 * 24 * 3600;

    /// <summary>The switches of the meeting API.</summary>
    public MeetingSwitches Meetings
    {
        get;
        // A journal of an earlier version has none.
        init => field = value ?? new MeetingSwitches();
    } = new();

    /// <summary>Whether a start in the past is accepted.</summary>
    public bool PastStart { get; init; } = true;

    /// <summary>Whether <c>&amp;lt;</c> in a subject comes back as sent (<c>kept</c>) or as <c>&lt;</c> (<c>decoded</c>).</summary>
    public string SubjectEntities { get; init; } = "kept";

    /// <summary>Added to every call at the provider's API, milliseconds.</summary>
    public int LatencyMs { get; init; }

    /// <summary>How far the sandbox's clock is ahead of the real one, seconds.</summary>
    public long ClockOffsetSeconds { get; init; }
}
