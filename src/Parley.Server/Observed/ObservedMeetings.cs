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
    /// Only of organizers' connections: what these list is on their member's calendar and answers for meetings of ours. What a connection
    /// for reports shows is other people's (<see cref="ObservedOrganizers"/>).
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

    /// <summary>One meeting as the last listing showed it; null where that shows none, or was asked for before <paramref name="since"/>.</summary>
    internal static Task<ObservedMeeting?> SinceAsync(DbSession session, MeetingKey meeting, Instant since) =>
        session.FirstOrDefaultAsync<ObservedMeeting>(
            $"""
            SELECT {ObservedMeeting.Columns} FROM observed_meeting WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND meeting_id = @MeetingId
              AND EXISTS (SELECT 1 FROM observation s WHERE s.workspace_id = @WorkspaceId AND s.connection_id = @ConnectionId AND s.listed_at > @since)
            """,
            new
            {
                meeting.WorkspaceId,
                meeting.ConnectionId,
                meeting.MeetingId,
                since,
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
        if (await WriteAsync(session, known.Values, seen))
        {
            await session.ExecuteAsync(
                "UPDATE observation SET changed_at = @askedAt WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
                new
                {
                    workspaceId,
                    connectionId,
                    askedAt,
                }
            );
        }

        await ObservedTimes.OccupyAsync(session, workspaceId, connectionId, [.. seen.Values]);
        return known.Keys.Where(id => !seen.ContainsKey(id)).ToList();
    }

    /// <summary>A listing mostly says what the last one said: only what differs is written.</summary>
    /// <returns>Whether anything did.</returns>
    internal static async Task<bool> WriteAsync(
        DbSession session,
        IEnumerable<ObservedMeeting> known,
        IReadOnlyDictionary<string, ObservedMeeting> seen
    )
    {
        var same = new HashSet<string>(StringComparer.Ordinal);
        var changed = false;
        foreach (var former in known)
        {
            if (seen.GetValueOrDefault(former.MeetingId) == former)
            {
                same.Add(former.MeetingId);
                continue;
            }

            changed = true;
            await session.ExecuteAsync(
                "DELETE FROM observed_meeting WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND meeting_id = @MeetingId",
                former
            );
        }

        foreach (var meeting in seen.Values.Where(meeting => !same.Contains(meeting.MeetingId)))
        {
            // Of two organizers of an account who both show it, the first keeps it as long as they do.
            changed |=
                await session.ExecuteAsync(
                    $"""
                    INSERT INTO observed_meeting ({ObservedMeeting.Columns})
                    VALUES (@WorkspaceId, @ConnectionId, @MeetingId, @Subject, @PlainSubject, @Marker, @StartsAt, @EndsAt, @TimeZone, @Type, @InProgress,
                        @PasscodeRequired, @OrganizerKey, @OrganizerEmail, @OrganizerName, @CoOrganizers, @DialIn, @AccessCode, @JoinUrl)
                    ON CONFLICT (workspace_id, connection_id, meeting_id) DO NOTHING
                    """,
                    meeting
                ) > 0;
        }

        return changed;
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
                INSERT INTO observation (workspace_id, connection_id, next_due, changed_at) VALUES (@workspaceId, @connectionId, @now, @now)
                ON CONFLICT (workspace_id, connection_id) DO UPDATE SET changed_at = excluded.changed_at
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
        await Occupancy.ReleaseAsync(session, workspaceId, ObservedTimes.KeyOf(connectionId, meetingId));
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
        await ObservedTimes.OccupyAsync(session, workspaceId, connectionId, []);
        foreach (
            var table in (string[])
                [
                    "observed_meeting",
                    "observed_removal",
                    "observed_presence",
                    "observed_run",
                    "observation",
                    "observed_organizer",
                    "observed_account",
                ]
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
}
