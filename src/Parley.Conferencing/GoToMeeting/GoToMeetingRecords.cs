using NodaTime;
using NodaTime.Text;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>
/// What was held at GoTo and who was there. The lists have no pages: history arrives in one answer however long, so it is read as a
/// stream.
/// </summary>
internal sealed class GoToMeetingRecords(
    GoToMeetingOptions options,
    GoToMeetingHttp http,
    PacedReads paced,
    IClock clock
) : IMeetingRecords
{
    // The widest window history takes is documented in one old place as 60 days and not kept to by anyone: we ask for all at once
    // and halve only when told to, down to this.
    private static readonly Duration Narrowest = Duration.FromDays(1);

    private readonly LinkTrust _links = new(options.JoinHosts, options.TrustedInsecureOrigins);

    public async Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingOfAsync(
        ProviderAccess access,
        string organizerKey,
        CancellationToken cancellationToken
    )
    {
        if (GoToMeetingMapper.Key(organizerKey) is not { } key)
            return GoToMeetingErrors.NoSuchOrganizer();
        var replies = await http.ReadListAsync(
            Join($"organizers/{key}/upcomingMeetings"),
            Asked.Organizer,
            access.AccessToken,
            GoToMeetingJson.Default.MeetingReply,
            cancellationToken
        );
        return replies.Failure is { } failure ? failure : GoToMeetingMapper.Observed(replies.Value);
    }

    public async Task<ProviderResult<Nothing>> WalkHistoryAsync(
        ProviderAccess access,
        HistoryQuery query,
        Func<HeldSession, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        var (path, asked) = ("historicalMeetings", Asked.Collection);
        if (query.OrganizerKey is { } organizer)
        {
            if (GoToMeetingMapper.Key(organizer) is not { } key)
                return GoToMeetingErrors.NoSuchOrganizer();
            (path, asked) = ($"organizers/{key}/historicalMeetings", Asked.Organizer);
        }
        var (from, width) = (query.From, query.To - query.From);
        while (from < query.To)
        {
            var to = query.To - from > width ? from + width : query.To;
            var walked = await WalkWindowAsync(access, path, asked, (from, to), visit, cancellationToken);
            if (walked is { HttpStatus: 400 } && to - from > Narrowest)
            {
                width = Duration.Max((to - from) / 2, Narrowest);
                continue;
            }
            if (walked is not null)
                return walked;
            from = to;
        }
        return default(Nothing);
    }

    public async Task<ProviderResult<IReadOnlyList<Attendance>>> ListAttendeesAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        if (GoToMeetingMapper.Digits(meetingId) is not { } id)
            return GoToMeetingErrors.NoSuchMeeting();
        var replies = await http.ReadListAsync(
            Join($"meetings/{id}/attendees"),
            Asked.Attendees,
            access.AccessToken,
            GoToRecordsJson.Default.AttendeeReply,
            cancellationToken
        );
        if (replies.Failure is { } failure)
            return failure;
        var stays = new List<Attendance>(replies.Value.Count);
        foreach (var reply in replies.Value)
        {
            if (GoToMeetingRecordsMapper.Stay(reply) is not { } stay)
                return GoToMeetingErrors.Nameless();
            stays.Add(stay);
        }
        return ProviderResult.From<IReadOnlyList<Attendance>>([
            .. stays
                .GroupBy(stay => stay.SessionId, StringComparer.Ordinal)
                .OrderBy(session => session.Min(stay => stay.JoinedAt))
                .ThenBy(session => session.Key, StringComparer.Ordinal)
                .SelectMany(session => session.OrderBy(stay => stay.JoinedAt)),
        ]);
    }

    /// <summary>
    /// One window, half-open: a session belongs to the window its start lies in, whatever the provider makes of the edges. That alone
    /// keeps sessions from being visited twice, without remembering any.
    /// </summary>
    private async Task<ProviderFailure?> WalkWindowAsync(
        ProviderAccess access,
        string path,
        Asked asked,
        (Instant From, Instant To) window,
        Func<HeldSession, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        // Whole seconds travel: outwards, so that nothing at an edge is missed.
        var (first, last) = (
            Instant.FromUnixTimeSeconds(window.From.ToUnixTimeSeconds()),
            Instant.FromUnixTimeSeconds((window.To - Duration.Epsilon).ToUnixTimeSeconds() + 1)
        );
        var opened = await paced.RunAsync(access, OpenAsync, cancellationToken);
        if (opened.Failure is { } refused)
            return refused;
        await using var sessions = opened.Value;
        var now = clock.GetCurrentInstant();
        while (sessions.Current is { } reply)
        {
            if (
                GoToMeetingRecordsMapper.Start(reply) is not { } startedAt
                || GoToMeetingMapper.Digits(reply.MeetingId) is null
            )
                return GoToMeetingErrors.Nameless();
            if (
                startedAt >= window.From
                && startedAt < window.To
                && GoToMeetingRecordsMapper.Held(reply, _links) is { } session
                && session.EndedAt <= now
            )
                await visit(session, cancellationToken);
            if (await sessions.MoveAsync() is { } broken)
                return broken;
        }
        return null;

        Task<ProviderResult<StreamedList<SessionReply>>> OpenAsync() =>
            http.OpenListAsync(
                Join(
                    $"{path}?startDate={InstantPattern.General.Format(first)}&endDate={InstantPattern.General.Format(last)}"
                ),
                asked,
                access.AccessToken,
                GoToRecordsJson.Default.SessionReply,
                cancellationToken
            );
    }

    private string Join(string path) => BearerRequest.Join(options.ApiBaseUrl, path);
}
