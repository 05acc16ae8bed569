using NodaTime;

namespace Parley.Conferencing.Zoom;

/// <summary>
/// Sessions that took place. Zoom has no one list of them. A person's own: the meetings listed, the runs of each, each run. Another's: the
/// report first, month by month and six months back (it leaves out runs to which only one person came, and needs a paid plan), then the
/// runs of listed meetings the report does not tell. Runs older than a year are not told at all.
/// </summary>
internal sealed class ZoomHistory(ZoomHttp http, IClock clock)
{
    private readonly ZoomClient _client = new(http);

    public async Task<ProviderResult<Nothing>> WalkAsync(
        ProviderAccess access,
        HistoryQuery query,
        Func<HeldSession, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        if (query.OrganizerKey is { } organizer)
        {
            return ZoomIds.User(organizer) is { } key
                ? Result(await NewWalk(key).OthersAsync())
                : ZoomErrors.NoSuchUser();
        }
        return ZoomClient.Self(access) is { } self
            ? Result(await NewWalk(null).OwnAsync(self))
            : ZoomErrors.NobodysMeetings();

        ZoomHistoryWalk NewWalk(string? key) =>
            new(http, _client, clock.GetCurrentInstant(), access, query, key, visit, cancellationToken);
    }

    private static ProviderResult<Nothing> Result(ProviderFailure? failure) =>
        failure is null ? default(Nothing) : failure;
}
