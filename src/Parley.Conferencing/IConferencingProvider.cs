namespace Parley.Conferencing;

/// <summary>
/// One conferencing service, spoken to on behalf of one connected account. Implementations hold no state about accounts,
/// never retry a write, never throw for anything the network or the provider can do: every expected failure is a
/// <see cref="ProviderFailure"/>. Every quirk of a provider lives behind this interface and nowhere else.
/// </summary>
public interface IConferencingProvider
{
    /// <summary>What the provider is called and what it can do, as data.</summary>
    ProviderDescriptor Descriptor { get; }

    /// <summary>What was held, who was there, and what lies ahead of the account's other organizers.</summary>
    IMeetingRecords Records { get; }

    /// <summary>The people, licences and groups of the account.</summary>
    IAccountDirectory Directory { get; }

    /// <summary>Events the provider delivers by itself; null when it delivers none.</summary>
    IProviderEvents? Events => null;

    /// <summary>Who the access token belongs to. Asked right after the code exchange and by "Test connection".</summary>
    Task<ProviderResult<AccountIdentity>> IdentifyAsync(ProviderAccess access, CancellationToken cancellationToken);

    /// <summary>
    /// Creates a meeting. A failure with <see cref="Applied.Unknown"/> means the meeting may exist: the caller must look
    /// for <see cref="MeetingSpec.Marker"/> before it sends again.
    /// </summary>
    Task<ProviderResult<CreatedMeeting>> CreateAsync(
        ProviderAccess access,
        MeetingSpec spec,
        CancellationToken cancellationToken
    );

    /// <summary>Reads one meeting; <see cref="FailureKind.NotFound"/> when the provider says there is none.</summary>
    Task<ProviderResult<Meeting>> GetAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    );

    /// <summary>Makes the meeting agree with the whole <paramref name="spec"/>; idempotent. May send nothing where it agrees already.</summary>
    Task<ProviderResult<UpdatedMeeting>> UpdateAsync(
        ProviderAccess access,
        string meetingId,
        MeetingSpec spec,
        CancellationToken cancellationToken
    );

    /// <summary>Deletes the meeting; idempotent, "no such meeting" is <see cref="FailureKind.NotFound"/>.</summary>
    Task<ProviderResult<Nothing>> DeleteAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    );

    /// <summary>Fetches the link that opens the meeting with host rights. A bearer secret: never stored, logged or mailed.</summary>
    Task<ProviderResult<HostLink>> StartAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    );

    /// <summary>Meetings to come and in progress of the account's own organizer, complete (all pages).</summary>
    Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    );

    /// <summary>
    /// A meeting id in the one form in which replies tell it and everything here keeps it, out of any form people write it in; null when
    /// it is no id of this provider's. Two ids that mean one meeting come out the same.
    /// </summary>
    string? NormalizeMeetingId(string id);

    /// <summary>
    /// Names of the fields ("subject", "startsAt", "endsAt") in which an observed meeting differs from what
    /// <paramref name="desired"/> looks like after this provider's escaping, shortening and rounding. Empty: they agree.
    /// </summary>
    IReadOnlyList<string> Differences(MeetingSpec desired, Meeting observed);

    /// <summary>The join link of a meeting id whose create reply was lost, derived from <paramref name="lastJoinUrl"/> of the same
    /// connection, else from the configured template; null when the provider tells links on reading.</summary>
    string? DeriveJoinUrl(string meetingId, string? lastJoinUrl);

    /// <summary>Whether a join or host link points to one of the provider's own hosts over https (http only for the sandbox's host).</summary>
    bool IsTrustedLink(string url);

    /// <summary>
    /// Where <see cref="IsTrustedLink"/> lets links point to, as host sources of a Content-Security-Policy (CSP3 §2.3.1):
    /// <c>https://goto.com</c>, <c>https://*.goto.com</c>. A page whose form ends at a host link must allow them.
    /// </summary>
    IReadOnlyList<string> LinkSources => [];
}

/// <summary>What a call is made with. <see cref="ToString"/> hides the token.</summary>
public sealed record ProviderAccess(string AccessToken, string? OrganizerKey = null)
{
    /// <summary>Base of the interface as the token reply told it (<see cref="OAuth.TokenReply.ApiBaseUrl"/>); null: the configured one.</summary>
    public string? ApiBaseUrl { get; init; }

    /// <summary>The account a server-to-server token speaks for: there is no "me" behind it. Null for a person's token.</summary>
    public string? ServerToServerAccount { get; init; }

    /// <summary>
    /// Awaited before each read of a call that may make several (the pages of a list), so that each of them keeps to the provider's
    /// rate. Answers whether this call has made a request before. Null: nothing to wait for.
    /// </summary>
    public Func<CancellationToken, Task<bool>>? Pace { get; init; }

    public override string ToString() => $"ProviderAccess {{ OrganizerKey = {OrganizerKey} }}";
}

/// <summary>The value of an operation that answers nothing.</summary>
public readonly record struct Nothing;

/// <summary>The account behind an access token. Keys are opaque text: GoTo's exceed 2^53.</summary>
public sealed record AccountIdentity
{
    /// <summary>Null when the provider would not say who it is (scope missing); see <see cref="MissingScope"/>.</summary>
    public string? OrganizerKey { get; init; }
    public string? AccountKey { get; init; }
    public string? Email { get; init; }
    public string? Name { get; init; }
    public string? Locale { get; init; }

    /// <summary>IANA zone.</summary>
    public string? TimeZone { get; init; }
    public bool IsAdministrator { get; init; }

    /// <summary>The scope whose absence kept the provider from saying who this is; null when it did say.</summary>
    public string? MissingScope { get; init; }
}
