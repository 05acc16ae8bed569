using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>The calls about meetings and about who connected (zoom.md §2, §4).</summary>
internal sealed class ZoomClient(ZoomHttp http)
{
    /// <summary>The most a page may hold, by specification.</summary>
    public const int PageSize = 300;

    /// <summary>
    /// Whose things: <c>me</c> for a person's token; a server-to-server token has no "me" behind it, so there the named user. Null when
    /// nobody is named.
    /// </summary>
    public static string? Self(ProviderAccess access) =>
        access.ServerToServerAccount is null ? "me"
        : ZoomIds.User(access.OrganizerKey) is { } user ? Uri.EscapeDataString(user)
        : null;

    /// <summary>A write: sent once. → 201.</summary>
    public Task<ProviderResult<ZoomMeetingReply>> CreateAsync(
        ProviderAccess access,
        string user,
        ZoomMeetingRequest meeting,
        CancellationToken cancellationToken
    ) =>
        http.WriteAsync(
            access,
            HttpMethod.Post,
            $"users/{user}/meetings",
            ZoomHttp.Json(meeting),
            ZoomAsked.User(ZoomScopes.Create),
            ZoomJson.Default.ZoomMeetingReply,
            cancellationToken
        );

    public Task<ProviderResult<ZoomMeetingReply>> GetAsync(
        ProviderAccess access,
        string id,
        CancellationToken cancellationToken
    ) =>
        http.ReadAsync(
            access,
            "meetings/" + id,
            ZoomAsked.Meeting(ZoomScopes.Get),
            ZoomJson.Default.ZoomMeetingReply,
            cancellationToken
        );

    /// <summary>A write: sent once. → 204.</summary>
    public Task<ProviderResult<Nothing>> PatchAsync(
        ProviderAccess access,
        string id,
        ZoomMeetingRequest changes,
        CancellationToken cancellationToken
    ) =>
        http.DoAsync(
            access,
            HttpMethod.Patch,
            "meetings/" + id,
            ZoomHttp.Json(changes),
            ZoomAsked.Meeting(ZoomScopes.Update),
            cancellationToken
        );

    /// <summary>A write: sent once. → 204. Of a series all of it.</summary>
    public Task<ProviderResult<Nothing>> DeleteAsync(
        ProviderAccess access,
        string id,
        CancellationToken cancellationToken
    ) =>
        http.DoAsync(
            access,
            HttpMethod.Delete,
            "meetings/" + id,
            json: null,
            ZoomAsked.Meeting(ZoomScopes.Delete),
            cancellationToken
        );

    /// <summary>Ends a running meeting. A write: sent once. → 204.</summary>
    public Task<ProviderResult<Nothing>> EndAsync(
        ProviderAccess access,
        string id,
        CancellationToken cancellationToken
    ) =>
        http.DoAsync(
            access,
            HttpMethod.Put,
            $"meetings/{id}/status",
            ZoomHttp.Json(new ZoomStatusRequest("end")),
            ZoomAsked.Meeting(ZoomScopes.End),
            cancellationToken
        );

    public Task<ProviderResult<ZoomUserReply>> UserAsync(
        ProviderAccess access,
        string user,
        CancellationToken cancellationToken
    ) =>
        http.ReadAsync(
            access,
            "users/" + user,
            ZoomAsked.User(ZoomScopes.User),
            ZoomJson.Default.ZoomUserReply,
            cancellationToken
        );

    /// <summary>All meetings of a list, each id once.</summary>
    /// <param name="query"><c>type=scheduled</c>, and what else there is.</param>
    public async Task<ProviderResult<IReadOnlyList<ZoomMeetingReply>>> ListAsync(
        ProviderAccess access,
        string user,
        string query,
        string scope,
        CancellationToken cancellationToken
    )
    {
        var listed = new List<ZoomMeetingReply>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var failure = await http.PagesAsync<ZoomMeetingPage, ZoomMeetingReply>(
            access,
            $"users/{user}/meetings?{query}&page_size={PageSize}",
            ZoomAsked.User(scope),
            ZoomJson.Default.ZoomMeetingPage,
            (meeting, _) =>
            {
                // One without an id makes the list unreadable: a meeting dropped here would be taken for absent and made again.
                if (ZoomIds.Meeting(meeting.Id) is not { } id)
                    return ValueTask.FromResult<ProviderFailure?>(ZoomErrors.Nameless());
                // A series may be listed date by date: the last date is what keeps it to come.
                if (!places.TryAdd(id, listed.Count))
                {
                    if (meeting.StartTime > listed[places[id]].StartTime)
                        listed[places[id]] = meeting;
                }
                else
                {
                    listed.Add(meeting);
                }
                return ValueTask.FromResult<ProviderFailure?>(null);
            },
            cancellationToken
        );
        return failure is null ? ProviderResult.From<IReadOnlyList<ZoomMeetingReply>>(listed) : failure;
    }

    /// <summary>The runs of a meeting that have ended.</summary>
    public async Task<ProviderResult<IReadOnlyList<(string Uuid, Instant StartedAt)>>> InstancesAsync(
        ProviderAccess access,
        string id,
        CancellationToken cancellationToken
    )
    {
        var reply = await http.ReadAsync(
            access,
            $"past_meetings/{id}/instances",
            ZoomAsked.Meeting(ZoomScopes.PastInstances),
            ZoomJson.Default.ZoomInstancesReply,
            cancellationToken,
            ProviderHttp.ListAnswerLimit
        );
        if (reply.Failure is { } failure)
            return failure;
        var instances = new List<(string, Instant)>();
        foreach (var row in reply.Value.Meetings ?? [])
        {
            if (row is null || ZoomIds.Uuid(row.Uuid) is not { } uuid || row.StartTime is not { } startedAt)
                return ZoomErrors.Nameless();
            instances.Add((uuid, startedAt));
        }
        return ProviderResult.From<IReadOnlyList<(string, Instant)>>(instances);
    }
}
