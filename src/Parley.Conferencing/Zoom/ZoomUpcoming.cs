using NodaTime;

namespace Parley.Conferencing.Zoom;

/// <summary>
/// Meetings to come and in progress. <c>type=upcoming</c> reaches six months ahead only, so the list of all that has not lapsed is
/// read (30 days back, everything ahead) and what is over is left out. Rows do not tell what is running: that is a list of its own. Instant
/// meetings are in none but that.
/// </summary>
internal sealed class ZoomUpcoming(ZoomClient client, IClock clock)
{
    /// <param name="user">As a path segment.</param>
    public async Task<ProviderResult<IReadOnlyList<Meeting>>> ListAsync(
        ProviderAccess access,
        string user,
        string scope,
        CancellationToken cancellationToken
    )
    {
        var running = await client.ListAsync(access, user, "type=live", scope, cancellationToken);
        if (running.Failure is { } untold)
            return untold;
        var live = new Dictionary<string, Meeting>(StringComparer.Ordinal);
        foreach (var row in running.Value)
        {
            if (ZoomMapper.Observed(row, whole: false) is not { } meeting)
                return ZoomErrors.Nameless();
            live[meeting.Id] = meeting with { InProgress = true };
        }
        var scheduled = await client.ListAsync(access, user, "type=scheduled", scope, cancellationToken);
        if (scheduled.Failure is { } failure)
            return failure;
        var now = clock.GetCurrentInstant();
        var meetings = new List<Meeting>();
        foreach (var row in scheduled.Value)
        {
            if (ZoomMapper.Observed(row, whole: false) is not { } meeting)
                return ZoomErrors.Nameless();
            if (live.Remove(meeting.Id))
                meetings.Add(meeting with { InProgress = true });
            else if (
                meeting.Type == MeetingType.Recurring
                || (meeting.EndsAt ?? meeting.StartsAt) is not { } end
                || end > now
            )
                meetings.Add(meeting);
        }
        meetings.AddRange(live.Values);
        return ProviderResult.From<IReadOnlyList<Meeting>>(meetings);
    }
}
