using NodaTime;

namespace Parley.Conferencing;

/// <summary>
/// The people, licences and groups of a provider account. Reads only. A token without the right is
/// <see cref="FailureKind.MissingScope"/> or <see cref="FailureCodes.NotAllowed"/>, never an empty list.
/// </summary>
public interface IAccountDirectory
{
    /// <summary>Hands every user of the account to <paramref name="visit"/>, page by page; a user is visited once.</summary>
    Task<ProviderResult<Nothing>> WalkUsersAsync(
        ProviderAccess access,
        UserQuery query,
        Func<DirectoryUser, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// The user with this key; a null user: there is none. <see cref="FailureCodes.NotOffered"/> where the provider does not tell one by
    /// key.
    /// </summary>
    Task<ProviderResult<FoundUser>> FindUserAsync(
        ProviderAccess access,
        string accountKey,
        string userKey,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<ProviderResult<FoundUser>>(
            new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.NotOffered,
                Message = "The provider tells no user by key.",
            }
        );

    Task<ProviderResult<IReadOnlyList<DirectoryLicence>>> ListLicencesAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    );

    Task<ProviderResult<IReadOnlyList<DirectoryGroup>>> ListGroupsAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// Who hosted at least one meeting between two instants, by the provider's own report, each host once.
    /// <see cref="FailureCodes.NotOffered"/> where the provider has no such report (no capability <c>activeHosts</c>): history must be read instead.
    /// </summary>
    Task<ProviderResult<ActiveHosts>> ListActiveHostsAsync(
        ProviderAccess access,
        Instant from,
        Instant to,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<ProviderResult<ActiveHosts>>(
            new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.NotOffered,
                Message = "The provider has no report of active hosts.",
            }
        );
}

/// <param name="Source">Which of the provider's interfaces told it, for people: "report/users".</param>
/// <param name="Days">The provider counts whole days (UTC): the first and the last one counted, which may reach further than asked.</param>
public sealed record ActiveHosts(IReadOnlyList<ActiveHost> Hosts, string Source, DateInterval Days);

public sealed record ActiveHost(string Key, string? Email, int Meetings, int MeetingMinutes);

/// <summary>Which users of which account; without <see cref="Email"/> all of them.</summary>
public sealed record UserQuery(string AccountKey)
{
    /// <summary>Only the user with this address, whatever its case.</summary>
    public string? Email { get; init; }
}

/// <param name="User">Null: the account has no such user.</param>
public sealed record FoundUser(DirectoryUser? User);

/// <summary>Keys are opaque text: GoTo's exceed 2^53.</summary>
public sealed record DirectoryUser
{
    public required string Key { get; init; }
    public string? Email { get; init; }
    public string? Name { get; init; }
    public string? Locale { get; init; }

    /// <summary>IANA zone.</summary>
    public string? TimeZone { get; init; }

    /// <summary>As the provider writes it: its words are not documented. Compare through <see cref="Standing"/>.</summary>
    public string? Status { get; init; }
    public UserStanding Standing { get; init; }
    public IReadOnlyList<string> LicenceKeys { get; init; } = [];
    public IReadOnlyList<string> Products { get; init; } = [];
    public IReadOnlyList<string> AdminRoles { get; init; } = [];
    public string? GroupKey { get; init; }
    public string? GroupName { get; init; }

    /// <summary>A telephone on a desk that the provider lists among the people.</summary>
    public bool IsDevice { get; init; }

    /// <summary>Holds a licence that lets them organize meetings.</summary>
    public bool MayOrganize { get; init; }
}

public enum UserStanding
{
    Unknown,
    Invited,
    Active,
    Inactive,
    Suspended,
}

public sealed record DirectoryLicence
{
    public required string Key { get; init; }
    public string? Description { get; init; }
    public string? Type { get; init; }
    public IReadOnlyList<string> Products { get; init; } = [];

    /// <summary>Seats bought; null where the provider does not tell.</summary>
    public int? Seats { get; init; }
    public int? AssignedSeats { get; init; }
    public bool Enabled { get; init; }
    public IReadOnlyList<string> UserKeys { get; init; } = [];
}

public sealed record DirectoryGroup(string Key, string Name)
{
    public IReadOnlyList<string> UserKeys { get; init; } = [];
    public int? MemberCount { get; init; }
}
