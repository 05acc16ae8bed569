using NodaTime;
using NodaTime.Text;

namespace Parley.Conferencing.Zoom;

/// <summary>
/// The people and licences of a Zoom account. A token speaks for the one account it was given in, so no account is named. Groups take an
/// interface of their own that we do not use.
/// </summary>
internal sealed class ZoomDirectory(ZoomHttp http, IClock clock) : IAccountDirectory
{
    private const int HostReportMonths = 6;
    private static readonly string[] Statuses = ["active", "inactive", "pending"];
    private readonly ZoomClient _client = new(http);
    private readonly ZoomLicences _licences = new(http);

    public async Task<ProviderResult<Nothing>> WalkUsersAsync(
        ProviderAccess access,
        UserQuery query,
        Func<DirectoryUser, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        if (query.Email is { } email)
            return await FindAsync(access, email, visit, cancellationToken);
        var failure = await ZoomUsers.WalkAsync(http, access, Statuses, visit, cancellationToken);
        return failure is null ? default(Nothing) : failure;
    }

    public Task<ProviderResult<IReadOnlyList<DirectoryLicence>>> ListLicencesAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    ) => _licences.ListAsync(access, cancellationToken);

    public Task<ProviderResult<IReadOnlyList<DirectoryGroup>>> ListGroupsAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<ProviderResult<IReadOnlyList<DirectoryGroup>>>(
            new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.NotOffered,
                Message = "Groups of a Zoom account are not read.",
            }
        );

    /// <summary><c>/report/users?type=active</c>, month by month: thirty days straddle two calls, and a host of both is told once.</summary>
    public async Task<ProviderResult<ActiveHosts>> ListActiveHostsAsync(
        ProviderAccess access,
        Instant from,
        Instant to,
        CancellationToken cancellationToken
    )
    {
        var pieces = ZoomMonths.Within(from, to, clock.GetCurrentInstant(), HostReportMonths).ToList();
        if (pieces.Count == 0)
        {
            return new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.NotAllowed,
                Message = "Zoom tells who hosted for the last six months only.",
                Next = "Choose a time within the last six months.",
            };
        }
        var hosts = new Dictionary<string, ActiveHost>(StringComparer.Ordinal);
        foreach (var (first, last) in pieces)
        {
            // Restarted lists tell a host again: within one piece the last word holds, over the pieces they add up.
            var piece = new Dictionary<string, ActiveHost>(StringComparer.Ordinal);
            var failure = await http.PagesAsync<ZoomActiveHostPage, ZoomActiveHostReply>(
                access,
                $"report/users?type=active&from={LocalDatePattern.Iso.Format(first)}&to={LocalDatePattern.Iso.Format(last)}&page_size={ZoomClient.PageSize}",
                ZoomAsked.Account(ZoomScopes.ReportHosts),
                ZoomJson.Default.ZoomActiveHostPage,
                (row, _) =>
                {
                    // Somebody who has left the account since has no id any more.
                    if ((ZoomMapper.Text(row.Id) ?? ZoomMapper.Text(row.Email)) is not { } key)
                        return ValueTask.FromResult<ProviderFailure?>(ZoomErrors.Nameless());
                    piece[key] = new ActiveHost(
                        key,
                        ZoomMapper.Text(row.Email),
                        row.Meetings ?? 0,
                        row.MeetingMinutes ?? 0
                    );
                    return ValueTask.FromResult<ProviderFailure?>(null);
                },
                cancellationToken
            );
            if (failure is not null)
                return failure;
            foreach (var (key, host) in piece)
            {
                hosts[key] = hosts.TryGetValue(key, out var known)
                    ? known with
                    {
                        Meetings = known.Meetings + host.Meetings,
                        MeetingMinutes = known.MeetingMinutes + host.MeetingMinutes,
                    }
                    : host;
            }
        }
        return new ActiveHosts([.. hosts.Values], "report/users", new DateInterval(pieces[0].First, pieces[^1].Last));
    }

    private async Task<ProviderResult<Nothing>> FindAsync(
        ProviderAccess access,
        string email,
        Func<DirectoryUser, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        // Nobody's address has what an id must not have.
        if (!email.Contains('@', StringComparison.Ordinal) || ZoomIds.User(email) is not { } address)
            return default(Nothing);
        var found = await _client.UserAsync(
            access,
            Uri.EscapeDataString(address.ToLowerInvariant()),
            cancellationToken
        );
        if (found.Failure is { Code: FailureCodes.OrganizerNotFound })
            return default(Nothing);
        if (found.Failure is { } failure && !ZoomErrors.IsAboutRights(failure))
            return failure;
        if (found.Succeeded)
        {
            if (string.Equals(found.Value.Email, address, StringComparison.OrdinalIgnoreCase))
                await visit(ZoomUsers.User(found.Value), cancellationToken);
            return default(Nothing);
        }
        // One user is a right of its own; the list, which tells the same, another.
        var walked = await ZoomUsers.WalkAsync(
            http,
            access,
            Statuses,
            (user, token) =>
                string.Equals(user.Email, address, StringComparison.OrdinalIgnoreCase)
                    ? visit(user, token)
                    : ValueTask.CompletedTask,
            cancellationToken
        );
        return walked is null ? default(Nothing) : walked;
    }
}
