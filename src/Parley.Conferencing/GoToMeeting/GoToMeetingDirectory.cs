using System.Text.Json.Serialization.Metadata;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>
/// The Admin API's lists, <c>/accounts/{key}/users|licenses|groups</c>, page by page. The host answers 401 to a good token without the
/// scope as it does to a bad token, so which of the two it is gets asked elsewhere before anyone is told to connect again.
/// </summary>
internal sealed class GoToMeetingDirectory(GoToMeetingOptions options, GoToMeetingHttp http, PacedReads paced)
    : IAccountDirectory
{
    // The most the service takes is 1000; with everything it tells about a person that would be megabytes in one answer.
    private const int PageSize = 200;

    public async Task<ProviderResult<Nothing>> WalkUsersAsync(
        ProviderAccess access,
        UserQuery query,
        Func<DirectoryUser, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        if (query.Email is not { } email)
            return await WalkAsync(access, query, filter: "", visit, cancellationToken);
        // Nobody's address has these, and they would end the text of the filter.
        if (email.AsSpan().ContainsAny('"', '\\'))
            return default(Nothing);
        var found = false;
        foreach (var written in new[] { email, email.ToLowerInvariant() }.Distinct(StringComparer.Ordinal))
        {
            // A blank must travel as %20: the service does not read + as one.
            var filter = "&filter=" + Uri.EscapeDataString($"email eq \"{written}\"");
            var walked = await WalkAsync(access, query, filter, VisitAsync, cancellationToken);
            if (found || walked.Failure is not null)
                return walked;
        }
        return default(Nothing);

        ValueTask VisitAsync(DirectoryUser user, CancellationToken token)
        {
            // A server that ignores the filter would hand out everybody.
            if (!string.Equals(user.Email, email, StringComparison.OrdinalIgnoreCase))
                return ValueTask.CompletedTask;
            found = true;
            return visit(user, token);
        }
    }

    public async Task<ProviderResult<FoundUser>> FindUserAsync(
        ProviderAccess access,
        string accountKey,
        string userKey,
        CancellationToken cancellationToken
    )
    {
        if (GoToMeetingMapper.Key(accountKey) is not { } account)
            return GoToMeetingErrors.NoSuchAccount();
        // The edge answers 502 to a key that is no number.
        if (GoToMeetingMapper.Key(userKey) is not { } key)
            return new FoundUser(User: null);
        var url = BearerRequest.Join(options.AdminBaseUrl, $"accounts/{account}/users/{key}");
        var answer = await paced.RunAsync(
            access,
            () =>
                http.ReadAsync(
                    url,
                    Asked.Directory,
                    access.AccessToken,
                    GoToRecordsJson.Default.UserReply,
                    cancellationToken
                ),
            cancellationToken
        );
        if (answer.Failure is { HttpStatus: 404 })
            return new FoundUser(User: null);
        if (answer.Failure is { } failure)
            return await ScopeOrTokenAsync(access, failure, cancellationToken);
        if (answer.Value.Key != key)
            return GoToMeetingErrors.Nameless();
        IReadOnlyDictionary<string, DirectoryLicence>? licences = null;
        if (answer.Value.LicenseKeys is { Count: > 0 })
            licences = await LicencesAsync(access, account, cancellationToken);
        return new FoundUser(GoToMeetingRecordsMapper.User(answer.Value, key, licences));
    }

    public async Task<ProviderResult<IReadOnlyList<DirectoryLicence>>> ListLicencesAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    )
    {
        var licences = new List<DirectoryLicence>();
        var failure = await PagesAsync(
            access,
            accountKey,
            "licenses",
            "",
            GoToRecordsJson.Default.DirectoryPageLicenceReply,
            licence => licence.Key,
            (licence, key, _) =>
            {
                licences.Add(GoToMeetingRecordsMapper.Licence(licence, key));
                return ValueTask.CompletedTask;
            },
            cancellationToken
        );
        return failure is null ? ProviderResult.From<IReadOnlyList<DirectoryLicence>>(licences) : failure;
    }

    public async Task<ProviderResult<IReadOnlyList<DirectoryGroup>>> ListGroupsAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    )
    {
        var groups = new List<DirectoryGroup>();
        var failure = await PagesAsync(
            access,
            accountKey,
            "groups",
            "",
            GoToRecordsJson.Default.DirectoryPageGroupReply,
            group => group.Key ?? group.GroupKey,
            (group, key, _) =>
            {
                groups.Add(GoToMeetingRecordsMapper.Group(group, key));
                return ValueTask.CompletedTask;
            },
            cancellationToken
        );
        return failure is null ? ProviderResult.From<IReadOnlyList<DirectoryGroup>>(groups) : failure;
    }

    private async Task<ProviderResult<Nothing>> WalkAsync(
        ProviderAccess access,
        UserQuery query,
        string filter,
        Func<DirectoryUser, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        var asked = false;
        IReadOnlyDictionary<string, DirectoryLicence>? licences = null;
        var failure = await PagesAsync(
            access,
            query.AccountKey,
            "users",
            filter,
            GoToRecordsJson.Default.DirectoryPageUserReply,
            user => user.Key,
            async (user, key, token) =>
            {
                // Whether a licence is enabled and for what only the list of licences tells. Asked once, when somebody has one;
                // without the right to see it the products beside the person must do.
                if (!asked && user.LicenseKeys is { Count: > 0 })
                {
                    asked = true;
                    licences = await LicencesAsync(access, query.AccountKey, token);
                }
                await visit(GoToMeetingRecordsMapper.User(user, key, licences), token);
            },
            cancellationToken
        );
        return failure is null ? default(Nothing) : failure;
    }

    private async Task<IReadOnlyDictionary<string, DirectoryLicence>?> LicencesAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    )
    {
        var listed = await ListLicencesAsync(access, accountKey, cancellationToken);
        return listed.Succeeded ? listed.Value.ToDictionary(licence => licence.Key, StringComparer.Ordinal) : null;
    }

    /// <summary>Visits every entry once, also when entries move between pages while we read.</summary>
    private async Task<ProviderFailure?> PagesAsync<T>(
        ProviderAccess access,
        string accountKey,
        string list,
        string filter,
        JsonTypeInfo<DirectoryPage<T>> type,
        Func<T, string?> keyOf,
        Func<T, string, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
        where T : class
    {
        // The edge answers 502 to a key that is no number.
        if (GoToMeetingMapper.Key(accountKey) is not { } account)
            return GoToMeetingErrors.NoSuchAccount();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var offset = 0; ; )
        {
            var url = BearerRequest.Join(
                options.AdminBaseUrl,
                $"accounts/{account}/{list}?pageSize={PageSize}&offset={offset}{filter}"
            );
            var answer = await paced.RunAsync(access, () => PageAsync(url), cancellationToken);
            if (answer.Failure is { } failure)
                return await ScopeOrTokenAsync(access, failure, cancellationToken);
            var page = answer.Value;
            foreach (var entry in page.Results ?? [])
            {
                if (entry is null || GoToMeetingMapper.NullIfEmpty(keyOf(entry)) is not { } key)
                    return GoToMeetingErrors.Nameless();
                if (seen.Add(key))
                    await visit(entry, key, cancellationToken);
            }
            var count = page.Results?.Count ?? 0;
            var next =
                page.ToIndex is { } inclusive && inclusive >= offset && count > 0 ? inclusive + 1 : offset + count;
            // A server may give smaller pages than asked for: a short page is the last one only when no total says otherwise.
            if (page.Total is { } total ? next >= total : count < PageSize)
                return null;
            // More is promised than given: to stop here would pass for everybody.
            if (count == 0)
                return GoToMeetingErrors.Nameless();
            offset = next;
        }

        Task<ProviderResult<DirectoryPage<T>>> PageAsync(string url) =>
            http.ReadAsync(url, Asked.Directory, access.AccessToken, type, cancellationToken);
    }

    /// <summary>The meetings host tells a bad token by name; when it takes this one, it was the scope that the admin host missed.</summary>
    private async Task<ProviderFailure> ScopeOrTokenAsync(
        ProviderAccess access,
        ProviderFailure failure,
        CancellationToken cancellationToken
    )
    {
        if (failure.Kind != FailureKind.TokenRefused || GoToMeetingErrors.SaysInvalidToken(failure))
            return failure;
        var probe = await http.ReadListAsync(
            BearerRequest.Join(options.ApiBaseUrl, "upcomingMeetings"),
            Asked.Collection,
            access.AccessToken,
            GoToMeetingJson.Default.MeetingReply,
            cancellationToken
        );
        return probe.Succeeded
            ? GoToMeetingErrors.MissingScope(GoToMeetingDescriptor.IdentityScope) with
            {
                ProviderCode = failure.ProviderCode,
                ProviderMessage = failure.ProviderMessage,
                HttpStatus = failure.HttpStatus,
            }
            : failure;
    }
}
