using NodaTime;
using Parley.Conferencing;

namespace Parley.Server.Tests.Usage;

/// <summary>A real adapter's account, reached with a token of its own whatever the connection holds.</summary>
internal sealed class BorrowedAccount(IConferencingProvider real, ProviderAccess own)
    : IMeetingRecords,
        IAccountDirectory
{
    public Task<ProviderResult<Nothing>> WalkUsersAsync(
        ProviderAccess access,
        UserQuery query,
        Func<DirectoryUser, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    ) => real.Directory.WalkUsersAsync(Own(access), query, visit, cancellationToken);

    public Task<ProviderResult<IReadOnlyList<DirectoryLicence>>> ListLicencesAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    ) => real.Directory.ListLicencesAsync(Own(access), accountKey, cancellationToken);

    public Task<ProviderResult<IReadOnlyList<DirectoryGroup>>> ListGroupsAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    ) => real.Directory.ListGroupsAsync(Own(access), accountKey, cancellationToken);

    public Task<ProviderResult<ActiveHosts>> ListActiveHostsAsync(
        ProviderAccess access,
        Instant from,
        Instant to,
        CancellationToken cancellationToken
    ) => real.Directory.ListActiveHostsAsync(Own(access), from, to, cancellationToken);

    public Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingOfAsync(
        ProviderAccess access,
        string organizerKey,
        CancellationToken cancellationToken
    ) => real.Records.ListUpcomingOfAsync(Own(access), organizerKey, cancellationToken);

    public Task<ProviderResult<Nothing>> WalkHistoryAsync(
        ProviderAccess access,
        HistoryQuery query,
        Func<HeldSession, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    ) => real.Records.WalkHistoryAsync(Own(access), query, visit, cancellationToken);

    public Task<ProviderResult<IReadOnlyList<Attendance>>> ListAttendeesAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) => real.Records.ListAttendeesAsync(Own(access), meetingId, cancellationToken);

    private ProviderAccess Own(ProviderAccess access) => own with { Pace = access.Pace };
}
