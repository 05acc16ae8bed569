using NodaTime;
using Parley.Conferencing;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>
/// The last complete listing of each connection. Replaced whole by each newer complete one, in one transaction with the time its foreign
/// meetings take on the calendars; a listing that failed changes nothing here: unknown is not "none".
/// </summary>
public static class ObservedMeetings
{
    /// <summary>When the request of the connection's last complete listing began; null before the first.</summary>
    public static async Task<Instant?> ListedAtAsync(DbSession session, string workspaceId, string connectionId) =>
        await session.ScalarAsync<long?>(
            "SELECT listed_at FROM observation WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
            new { workspaceId, connectionId }
        )
            is { } micros
            ? Micros.ToInstant(micros)
            : null;

    /// <summary>
    /// Only of organizers' connections, which are listed over and over. What an account connection once showed would stay, and stand in
    /// the way of its member for ever.
    /// </summary>
    internal static async Task<bool> AreKeptAsync(DbSession session, string workspaceId, string connectionId) =>
        await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM connection WHERE workspace_id = @workspaceId AND id = @connectionId AND purpose = 'organizer'",
            new { workspaceId, connectionId }
        ) > 0;

    /// <summary>Those of the last listing that carry this marker.</summary>
    public static Task<List<ObservedMeeting>> MarkedAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string marker
    ) =>
        session.QueryAsync<ObservedMeeting>(
            $"SELECT {ObservedMeeting.Columns} FROM observed_meeting WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND marker = @marker",
            new
            {
                workspaceId,
                connectionId,
                marker,
            }
        );

    /// <summary>Puts a complete listing in the place of the former one.</summary>
    /// <param name="askedAt">When its request began.</param>
    /// <returns>
    /// Meetings the former listing showed and this one does not. Null: a listing asked for later is there already, and stays; or the
    /// connection's listings are not kept.
    /// </returns>
    internal static async Task<IReadOnlyList<string>?> ReplaceAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        Instant askedAt,
        Instant nextDue,
        IReadOnlyList<Meeting> listing
    )
    {
        if (!await AreKeptAsync(session, workspaceId, connectionId))
        {
            return null;
        }

        // The row stays locked until the end: two listings of one connection are written one after the other.
        var newest = await session.ExecuteAsync(
            """
            INSERT INTO observation (workspace_id, connection_id, listed_at, attempted_at, next_due)
            VALUES (@workspaceId, @connectionId, @askedAt, @askedAt, @nextDue)
            ON CONFLICT (workspace_id, connection_id) DO UPDATE
            SET listed_at = excluded.listed_at, attempted_at = excluded.attempted_at, next_due = excluded.next_due, failures = 0
            WHERE observation.listed_at IS NULL OR observation.listed_at <= excluded.listed_at
            """,
            new
            {
                workspaceId,
                connectionId,
                askedAt,
                nextDue,
            }
        );
        if (newest == 0)
        {
            return null;
        }

        var gone = await ForgottenAsync(session, workspaceId, connectionId, askedAt);
        var seen = listing
            .Where(meeting => !gone.Contains(meeting.Id))
            .Select(meeting => ObservedMeeting.Of(workspaceId, connectionId, meeting))
            .DistinctBy(meeting => meeting.MeetingId, StringComparer.Ordinal)
            .ToDictionary(meeting => meeting.MeetingId, StringComparer.Ordinal);
        var known = (
            await session.QueryAsync<ObservedMeeting>(
                $"SELECT {ObservedMeeting.Columns} FROM observed_meeting WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
                new { workspaceId, connectionId }
            )
        ).ToDictionary(meeting => meeting.MeetingId, StringComparer.Ordinal);
        // A listing mostly says what the last one said: only what differs is written.
        foreach (var former in known.Values.Where(former => seen.GetValueOrDefault(former.MeetingId) != former))
        {
            await session.ExecuteAsync(
                "DELETE FROM observed_meeting WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND meeting_id = @MeetingId",
                former
            );
        }

        foreach (var meeting in seen.Values.Where(meeting => known.GetValueOrDefault(meeting.MeetingId) != meeting))
        {
            await session.ExecuteAsync(
                $"""
                INSERT INTO observed_meeting ({ObservedMeeting.Columns})
                VALUES (@WorkspaceId, @ConnectionId, @MeetingId, @Subject, @PlainSubject, @Marker, @StartsAt, @EndsAt, @TimeZone, @Type, @InProgress,
                    @PasscodeRequired, @OrganizerKey, @OrganizerEmail, @OrganizerName, @CoOrganizers, @DialIn, @AccessCode, @JoinUrl)
                """,
                meeting
            );
        }

        await OccupyAsync(session, workspaceId, connectionId, [.. seen.Values]);
        return known.Keys.Where(id => !seen.ContainsKey(id)).ToList();
    }

    /// <summary>Something changed at the provider: the connection is listed as soon as may be.</summary>
    public static Task LookSoonAsync(DbSession session, string workspaceId, string connectionId, Instant now) =>
        session.ExecuteAsync(
            "UPDATE observation SET next_due = @now, failures = 0 WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
            new
            {
                workspaceId,
                connectionId,
                now,
            }
        );

    /// <summary>
    /// A meeting we know to be gone since: not shown, and in nobody's way. A listing asked for before that may still show it, and may
    /// be written down later: there it is left out.
    /// </summary>
    /// <param name="now">When it was known to be gone.</param>
    public static async Task ForgetAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string meetingId,
        Instant now
    )
    {
        if (await AreKeptAsync(session, workspaceId, connectionId))
        {
            // The same lock as a listing takes that is being written: it is there entirely, or comes after this.
            await session.ExecuteAsync(
                """
                INSERT INTO observation (workspace_id, connection_id, next_due) VALUES (@workspaceId, @connectionId, @now)
                ON CONFLICT (workspace_id, connection_id) DO UPDATE SET next_due = observation.next_due
                """,
                new
                {
                    workspaceId,
                    connectionId,
                    now,
                }
            );
            await session.ExecuteAsync(
                """
                INSERT INTO observed_removal (workspace_id, connection_id, meeting_id, known_at) VALUES (@workspaceId, @connectionId, @meetingId, @now)
                ON CONFLICT (workspace_id, connection_id, meeting_id) DO UPDATE SET known_at = excluded.known_at
                """,
                new
                {
                    workspaceId,
                    connectionId,
                    meetingId,
                    now,
                }
            );
        }

        await session.ExecuteAsync(
            "DELETE FROM observed_meeting WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND meeting_id = @meetingId",
            new
            {
                workspaceId,
                connectionId,
                meetingId,
            }
        );
        await Occupancy.ReleaseAsync(session, workspaceId, KeyOf(connectionId, meetingId));
    }

    /// <returns>Meetings known to be gone by the time that listing was asked for, or later: whether it shows them says nothing.</returns>
    private static async Task<HashSet<string>> ForgottenAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        Instant askedAt
    )
    {
        // Every listing from now on is asked for after these.
        await session.ExecuteAsync(
            "DELETE FROM observed_removal WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND known_at < @askedAt",
            new
            {
                workspaceId,
                connectionId,
                askedAt,
            }
        );
        return (
            await session.QueryAsync<string>(
                "SELECT meeting_id FROM observed_removal WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
                new { workspaceId, connectionId }
            )
        ).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// Nobody looks at a disconnected account any more: what was seen of it is neither shown nor in the way. A broken connection's stays.
    /// </summary>
    internal static async Task<int> ForgetDisconnectedAsync(DbSession session)
    {
        var gone = await session.QueryAsync<ConnectionKey>(Disconnected);
        foreach (var (workspaceId, connectionId) in gone)
        {
            await ForgetConnectionAsync(session, workspaceId, connectionId);
        }

        return gone.Count;
    }

    /// <summary>Everything seen of an account: nobody may look at it any more.</summary>
    internal static async Task ForgetConnectionAsync(DbSession session, string workspaceId, string connectionId)
    {
        await OccupyAsync(session, workspaceId, connectionId, []);
        foreach (
            var table in (string[])
                ["observed_meeting", "observed_removal", "observed_presence", "observed_run", "observation"]
        )
        {
            await session.ExecuteAsync(
                $"DELETE FROM {table} WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
                new { workspaceId, connectionId }
            );
        }
    }

    internal static async Task<bool> AnyDisconnectedAsync(DbSession session) =>
        (await session.QueryAsync<ConnectionKey>($"{Disconnected} LIMIT 1")).Count > 0;

    private const string Disconnected = """
        SELECT o.workspace_id, o.connection_id FROM observation o
        JOIN connection c ON c.workspace_id = o.workspace_id AND c.id = o.connection_id
        WHERE c.disconnected_at IS NOT NULL OR c.merged_into IS NOT NULL OR c.purpose <> 'organizer' /* all workspaces: the poll serves everyone */
        """;

    // Others' scheduled meetings take time like bookings do. Overlaps are facts and never refused: a listing reports, it does not ask.
    private static async Task OccupyAsync(
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
            "SELECT marker, provider_meeting_id FROM arrangement WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND (provider_meeting_id IN @ids OR marker IN @markers)",
            new
            {
                workspaceId,
                connectionId,
                ids = seen.Select(meeting => meeting.MeetingId).ToArray(),
                markers = seen.Select(meeting => meeting.Marker).OfType<string>().ToArray(),
            }
        );
        return new OwnMeetings(
            rows.Select(row => row.Marker).ToHashSet(StringComparer.Ordinal),
            rows.Select(row => row.ProviderMeetingId).OfType<string>().ToHashSet(StringComparer.Ordinal)
        );
    }

    private static string KeyOf(string connectionId, string meetingId) => $"seen/{connectionId}/{meetingId}";

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
