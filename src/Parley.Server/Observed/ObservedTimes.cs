using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>The time an account's own foreign meetings take on the calendars of the connection and its member.</summary>
internal static class ObservedTimes
{
    // Others' scheduled meetings take time like bookings do. Overlaps are facts and never refused: a listing reports, it does not ask.
    public static async Task OccupyAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        IReadOnlyList<ObservedMeeting> seen
    )
    {
        var timed = seen.Where(meeting => meeting.TakesTime).ToList();
        var ours = await OwnAsync(session, workspaceId, connectionId, timed);
        var memberId = await session.ScalarAsync<string?>(
            "SELECT member_id FROM connection WHERE workspace_id = @workspaceId AND id = @connectionId",
            new { workspaceId, connectionId }
        );
        var wanted = timed
            .Where(meeting => !ours.Holds(meeting))
            .ToDictionary(
                meeting => KeyOf(connectionId, meeting.MeetingId),
                meeting => new HashSet<Taken>(
                    new[] { connectionId, memberId }
                        .OfType<string>()
                        .Select(subject => new Taken(
                            KeyOf(connectionId, meeting.MeetingId),
                            subject,
                            meeting.StartsAt!.Value,
                            meeting.EndsAt!.Value
                        ))
                ),
                StringComparer.Ordinal
            );
        var taken = (
            await session.QueryAsync<Taken>(
                "SELECT arrangement_id, subject, starts_at, ends_at FROM occupancy WHERE workspace_id = @workspaceId AND arrangement_id >= @first AND arrangement_id < @behind",
                new
                {
                    workspaceId,
                    first = KeyOf(connectionId, ""),
                    behind = $"seen/{connectionId}0", // the character after the slash
                }
            )
        ).GroupBy(row => row.ArrangementId, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToHashSet(), StringComparer.Ordinal);
        foreach (var key in taken.Keys.Where(key => !wanted.ContainsKey(key)))
        {
            await Occupancy.ReleaseAsync(session, workspaceId, key);
        }

        foreach (var (key, times) in wanted.Where(pair => !pair.Value.SetEquals(taken.GetValueOrDefault(pair.Key, []))))
        {
            await Occupancy.TakeAsync(
                session,
                workspaceId,
                key,
                times
                    .Select(time => new OccupiedTime
                    {
                        Subject = time.Subject,
                        ArrangementId = key,
                        StartsAt = time.StartsAt,
                        EndsAt = time.EndsAt,
                        BeforeMinutes = 0,
                        AfterMinutes = 0,
                        BlockedFrom = time.StartsAt,
                        BlockedTo = time.EndsAt,
                    })
                    .ToList()
            );
        }
    }

    private static async Task<OwnMeetings> OwnAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        List<ObservedMeeting> seen
    )
    {
        var rows = await session.QueryAsync<OwnRow>(
            "SELECT marker, provider_meeting_id FROM arrangement WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND (provider_meeting_id IN @ids OR marker IN @markers) AND (attention IS NULL OR attention <> @Moved)",
            new
            {
                workspaceId,
                connectionId,
                ids = seen.Select(meeting => meeting.MeetingId).ToArray(),
                markers = seen.Select(meeting => meeting.Marker).OfType<string>().ToArray(),
                // Its own time is taken by itself; where the organizer moved it to, here.
                Moved = MovedMeetings.Code,
            }
        );
        return new OwnMeetings(
            rows.Select(row => row.Marker).ToHashSet(StringComparer.Ordinal),
            rows.Select(row => row.ProviderMeetingId).OfType<string>().ToHashSet(StringComparer.Ordinal)
        );
    }

    public static string KeyOf(string connectionId, string meetingId) => $"seen/{connectionId}/{meetingId}";

    /// <summary>SQL: <see cref="KeyOf"/> of the meeting of arrangement <c>@Except</c>; empty where it has none.</summary>
    public const string KeyOfExceptSql =
        "COALESCE((SELECT 'seen/' || x.connection_id || '/' || x.provider_meeting_id FROM arrangement x WHERE x.workspace_id = @WorkspaceId AND x.id = @Except), '')";

    private sealed record OwnMeetings(HashSet<string> Markers, HashSet<string> Ids)
    {
        public bool Holds(ObservedMeeting meeting) =>
            Ids.Contains(meeting.MeetingId) || (meeting.Marker is { } marker && Markers.Contains(marker));
    }

    private sealed record OwnRow
    {
        public required string Marker { get; init; }
        public string? ProviderMeetingId { get; init; }
    }

    private sealed record Taken(string ArrangementId, string Subject, Instant StartsAt, Instant EndsAt)
    {
        // For the mapper.
        private Taken()
            : this("", "", default, default) { }
    }
}
