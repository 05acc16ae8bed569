using NodaTime;
using NodaTime.Text;

namespace Parley.Conferencing.Zoom;

/// <summary>One query being answered. What it remembers are the keys of what was told, not the sessions.</summary>
internal sealed class ZoomHistoryWalk(
    ZoomHttp http,
    ZoomClient client,
    Instant now,
    ProviderAccess access,
    HistoryQuery query,
    string? organizerKey,
    Func<HeldSession, CancellationToken, ValueTask> visit,
    CancellationToken cancellationToken
)
{
    private const int ReportMonths = 6;

    // previous_meetings gives at most six months at once.
    private static readonly Duration ListWindow = Duration.FromDays(180);
    private static readonly LocalDatePattern Day = LocalDatePattern.Iso;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);

    public async Task<ProviderFailure?> OwnAsync(string self)
    {
        var listed = await ListAsync(self, ZoomScopes.List);
        return listed.Failure ?? await RunsAsync(listed.Value);
    }

    public async Task<ProviderFailure?> OthersAsync()
    {
        var user = Uri.EscapeDataString(organizerKey!);
        // Listed first: the list alone tells the agenda, where the marker is.
        var listed = await ListAsync(user, ZoomScopes.Admin(ZoomScopes.List));
        if (listed.Failure is { } unlisted && !ZoomErrors.IsAboutRights(unlisted))
            return unlisted;
        var meetings = listed.Succeeded ? listed.Value : new Dictionary<string, ZoomMeetingReply>();
        var reported = await ReportAsync(user, meetings);
        if (reported is null)
        {
            // The report alone may do; what the list would add is a right of its own.
            return listed.Succeeded ? await RunsAsync(meetings) : null;
        }
        return !ZoomErrors.IsAboutRights(reported) ? reported : listed.Failure ?? await RunsAsync(meetings);
    }

    /// <summary>Meetings that may have run within the query: those that are past, and the open ones (rooms, early starts).</summary>
    private async Task<ProviderResult<IReadOnlyDictionary<string, ZoomMeetingReply>>> ListAsync(
        string user,
        string scope
    )
    {
        var meetings = new Dictionary<string, ZoomMeetingReply>(StringComparer.Ordinal);
        var latest = query.To + Duration.FromDays(1);
        var scheduled = await client.ListAsync(access, user, "type=scheduled", scope, cancellationToken);
        if (scheduled.Failure is { } untold)
            return untold;
        Take(scheduled.Value.Where(row => row.StartTime is null || row.Type is 3 or 8 || row.StartTime < latest));
        var to = query.To < now ? query.To : now;
        for (var from = query.From; from < to; from += ListWindow)
        {
            var until = Instant.Min(from + ListWindow, to);
            var range = $"type=previous_meetings&from={Date(from)}&to={Date(until)}";
            var previous = await client.ListAsync(access, user, range, scope, cancellationToken);
            if (previous.Failure is { } failure)
                return failure;
            Take(previous.Value);
        }
        return ProviderResult.From<IReadOnlyDictionary<string, ZoomMeetingReply>>(meetings);

        void Take(IEnumerable<ZoomMeetingReply> rows)
        {
            foreach (var row in rows)
                meetings.TryAdd(ZoomIds.Meeting(row.Id)!, row);
        }
    }

    private async Task<ProviderFailure?> RunsAsync(IReadOnlyDictionary<string, ZoomMeetingReply> meetings)
    {
        foreach (var (id, row) in meetings)
        {
            // A meeting of one date that the report told has been told.
            if (_reported.Contains(id) && row.Type is 2)
                continue;
            var instances = await client.InstancesAsync(access, id, cancellationToken);
            // Listed, but never held.
            if (instances.Failure is { Kind: FailureKind.NotFound })
                continue;
            if (instances.Failure is { } failure)
                return failure;
            foreach (var (uuid, startedAt) in instances.Value)
            {
                if (startedAt < query.From || startedAt >= query.To || _told.Contains(uuid))
                    continue;
                if (await RunAsync(uuid, row) is { } trouble)
                    return trouble;
            }
        }
        return null;
    }

    private async Task<ProviderFailure?> RunAsync(string uuid, ZoomMeetingReply listed)
    {
        var past = await http.ReadAsync(
            access,
            "past_meetings/" + ZoomIds.UuidSegment(uuid),
            ZoomAsked.Meeting(ZoomScopes.PastMeeting),
            ZoomJson.Default.ZoomPastMeetingReply,
            cancellationToken
        );
        return past.Failure switch
        {
            // Older than a year, or gone in between.
            { ProviderCode: "12702" } or { Kind: FailureKind.NotFound } => null,
            { } failure => failure,
            null => await TellAsync(past.Value with { Uuid = past.Value.Uuid ?? uuid }, listed),
        };
    }

    private async Task<ProviderFailure?> ReportAsync(
        string user,
        IReadOnlyDictionary<string, ZoomMeetingReply> meetings
    )
    {
        foreach (var (first, last) in ZoomMonths.Within(query.From, query.To, now, ReportMonths))
        {
            var failure = await http.PagesAsync<ZoomReportMeetingPage, ZoomPastMeetingReply>(
                access,
                $"report/users/{user}/meetings?from={Day.Format(first)}&to={Day.Format(last)}&type=past&page_size={ZoomClient.PageSize}",
                ZoomAsked.User(ZoomScopes.ReportUserMeetings),
                ZoomJson.Default.ZoomReportMeetingPage,
                async (row, _) =>
                {
                    // Webinars (5, 6, 9) are told as well.
                    if (row.Type is 5 or 6 or 9)
                        return null;
                    if (ZoomIds.Meeting(row.Id) is not { } id || row.StartTime is null)
                        return ZoomErrors.Nameless();
                    _reported.Add(id);
                    return await TellAsync(row, meetings.GetValueOrDefault(id));
                },
                cancellationToken
            );
            if (failure is not null)
                return failure;
        }
        return null;
    }

    private async Task<ProviderFailure?> TellAsync(ZoomPastMeetingReply row, ZoomMeetingReply? listed)
    {
        if (ZoomIds.Meeting(row.Id ?? listed?.Id) is not { } id || row.StartTime is not { } startedAt)
            return ZoomErrors.Nameless();
        var endedAt = row.EndTime ?? (row.Duration is { } minutes ? startedAt + Duration.FromMinutes(minutes) : null);
        if (startedAt < query.From || startedAt >= query.To || endedAt is null || endedAt < startedAt || endedAt > now)
            return null;
        var uuid = ZoomIds.Uuid(row.Uuid);
        if (!_told.Add(uuid ?? $"{id} {startedAt.ToUnixTimeSeconds()}"))
            return null;
        var subject = ZoomMapper.Text(row.Topic) ?? listed?.Topic ?? "";
        var host = new OrganizerIdentity(
            ZoomMapper.Text(row.HostId) ?? ZoomMapper.Text(listed?.HostId) ?? KeyOfQuery(),
            ZoomMapper.Text(row.UserEmail),
            ZoomMapper.Text(row.UserName)
        );
        await visit(
            new HeldSession
            {
                MeetingId = id,
                SessionId = uuid,
                Subject = subject,
                SubjectWithoutMarker = subject,
                MarkerCandidate = ZoomAgenda.Read(listed?.Agenda).Marker,
                StartedAt = startedAt,
                EndedAt = endedAt.Value,
                AttendeeCount = row.ParticipantsCount,
                Organizer = host is { Key: null, Email: null, Name: null } ? null : host,
            },
            cancellationToken
        );
        return null;
    }

    // An address names the same user, but is no key.
    private string? KeyOfQuery() => organizerKey?.Contains('@', StringComparison.Ordinal) == true ? null : organizerKey;

    private static string Date(Instant instant) => Day.Format(instant.InUtc().Date);
}
