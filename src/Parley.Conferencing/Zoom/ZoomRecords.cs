using NodaTime;

namespace Parley.Conferencing.Zoom;

/// <summary>What was held at Zoom and who was there, and the meetings of the account's other users.</summary>
internal sealed class ZoomRecords(ZoomHttp http, IClock clock) : IMeetingRecords
{
    private readonly ZoomClient _client = new(http);
    private readonly ZoomUpcoming _upcoming = new(new ZoomClient(http), clock);
    private readonly ZoomHistory _history = new(http, clock);

    public async Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingOfAsync(
        ProviderAccess access,
        string organizerKey,
        CancellationToken cancellationToken
    ) =>
        ZoomIds.User(organizerKey) is { } user
            ? await _upcoming.ListAsync(
                access,
                Uri.EscapeDataString(user),
                ZoomScopes.Admin(ZoomScopes.List),
                cancellationToken
            )
            : ZoomErrors.NoSuchUser();

    public Task<ProviderResult<Nothing>> WalkHistoryAsync(
        ProviderAccess access,
        HistoryQuery query,
        Func<HeldSession, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    ) => _history.WalkAsync(access, query, visit, cancellationToken);

    /// <summary>
    /// Run by run. A host's own token asks the meeting itself, which takes a paid host; where that is refused, the report, which takes an
    /// administrator. Neither tells anyone when a single person came.
    /// </summary>
    public async Task<ProviderResult<IReadOnlyList<Attendance>>> ListAttendeesAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        if (ZoomIds.Meeting(meetingId) is not { } id)
            return ZoomErrors.NoSuchMeeting();
        var told = await _client.InstancesAsync(access, id, cancellationToken);
        if (told.Failure is { } refused)
            return refused;
        var instances = told.Value;
        if (instances.Count == 0)
        {
            // No run yet, or no such meeting: the list of runs does not always tell.
            var meeting = await _client.GetAsync(access, id, cancellationToken);
            return meeting.Failure is { } failure ? failure : ProviderResult.From<IReadOnlyList<Attendance>>([]);
        }
        var stays = new List<Attendance>();
        foreach (var (uuid, _) in instances.OrderBy(instance => instance.StartedAt))
        {
            var present = await StaysAsync(access, uuid, cancellationToken);
            if (present.Failure is null)
                stays.AddRange(present.Value);
            // A run too old to be told about, or one that nobody but the host came to.
            else if (present.Failure is not ({ ProviderCode: "12702" } or { Kind: FailureKind.NotFound }))
                return present.Failure;
        }
        return ProviderResult.From<IReadOnlyList<Attendance>>(stays);
    }

    private async Task<ProviderResult<IReadOnlyList<Attendance>>> StaysAsync(
        ProviderAccess access,
        string uuid,
        CancellationToken cancellationToken
    )
    {
        var own = await StaysAsync(access, "past_meetings", uuid, ZoomScopes.PastParticipants, cancellationToken);
        if (own.Failure is not { } refused || !ZoomErrors.IsAboutRights(refused))
            return own;
        var report = await StaysAsync(
            access,
            "report/meetings",
            uuid,
            ZoomScopes.ReportParticipants,
            cancellationToken
        );
        // Where neither may be read, what to do about the first is the easier thing.
        return report.Failure is { } too && ZoomErrors.IsAboutRights(too) ? refused : report;
    }

    private async Task<ProviderResult<IReadOnlyList<Attendance>>> StaysAsync(
        ProviderAccess access,
        string source,
        string uuid,
        string scope,
        CancellationToken cancellationToken
    )
    {
        var stays = new List<Attendance>();
        // A row that comes again, because a list was begun anew, is the same stay.
        var seen = new HashSet<ZoomParticipantReply>();
        var failure = await http.PagesAsync<ZoomParticipantPage, ZoomParticipantReply>(
            access,
            $"{source}/{ZoomIds.UuidSegment(uuid)}/participants?page_size={ZoomClient.PageSize}",
            ZoomAsked.Meeting(scope),
            ZoomJson.Default.ZoomParticipantPage,
            (row, _) =>
            {
                if (string.Equals(row.Status, "in_waiting_room", StringComparison.OrdinalIgnoreCase))
                    return ValueTask.FromResult<ProviderFailure?>(null);
                if (row.JoinTime is not { } joinedAt)
                    return ValueTask.FromResult<ProviderFailure?>(ZoomErrors.Nameless());
                if (seen.Add(row))
                {
                    stays.Add(
                        new Attendance
                        {
                            Name = ZoomMapper.Text(row.Name),
                            Email = ZoomMapper.Text(row.UserEmail),
                            JoinedAt = joinedAt,
                            LeftAt = row.LeaveTime,
                            SessionId = uuid,
                        }
                    );
                }
                return ValueTask.FromResult<ProviderFailure?>(null);
            },
            cancellationToken
        );
        return failure is null
            ? ProviderResult.From<IReadOnlyList<Attendance>>([.. stays.OrderBy(stay => stay.JoinedAt)])
            : failure;
    }
}
