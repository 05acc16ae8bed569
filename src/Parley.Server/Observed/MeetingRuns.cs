using NodaTime;
using Parley.Conferencing;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>A meeting at the provider.</summary>
public sealed record MeetingKey(string WorkspaceId, string ConnectionId, string MeetingId);

/// <summary>Whether a meeting runs, by the newer of what events and listings told.</summary>
/// <param name="Running">People are, or may come, in.</param>
/// <param name="EndedEarly">Its session was ended before its time was over; it can be started again.</param>
public sealed record RunState(bool Running, bool EndedEarly)
{
    public static readonly RunState None = new(false, false);
}

/// <summary>Someone in a running meeting, as far as its events told.</summary>
public sealed record PersonInside
{
    public string? Name { get; init; }
    public string? Email { get; init; }

    /// <summary>More than one only where several are called alike.</summary>
    public required long Inside { get; init; }
}

/// <summary>
/// What events tell of running meetings: begun, ended, who came and went. Events come twice, late and out of order: the run (session) they
/// are of and the provider's own times decide, never the order of arrival.
/// </summary>
public static class MeetingRuns
{
    /// <summary>A listing that began this soon after an event may not show it yet; one that began later is believed.</summary>
    private static readonly Duration ListingLag = Duration.FromMinutes(2);

    /// <summary>No meeting lasts longer: an end nobody told is assumed.</summary>
    private static readonly Duration LongestRun = Duration.FromHours(30);
    private const int LongestText = 200;

    /// <summary>
    /// SQL, 1 or 0, of <c>observed_run r</c>, <c>observed_meeting o</c> and <c>observation s</c>, each of which may be absent, with
    /// <c>@runsSince</c> (<see cref="Since"/>) and <c>@current</c>, from when on a listing still says something about who is in a room.
    /// </summary>
    internal static readonly string Running = FormattableString.Invariant(
        $"(CASE WHEN r.changed_at > 0 AND r.known_at > @runsSince AND (s.listed_at IS NULL OR s.listed_at <= r.known_at + {(long)ListingLag.TotalSeconds * 1_000_000}) THEN r.running WHEN o.in_progress = 1 AND s.listed_at > @current THEN 1 ELSE 0 END)"
    );

    /// <summary>SQL: the session was ended after <paramref name="startsAt"/>; meant for meetings that run once.</summary>
    internal static string EndedAfter(string startsAt) =>
        $"(r.running = 0 AND r.ended_at IS NOT NULL AND r.ended_at >= {startsAt})";

    internal static Instant Since(Instant now) => now - LongestRun;

    /// <summary>Where a meeting has to be joined in SQL.</summary>
    internal static string Join(string table, string meetingId) =>
        $"LEFT JOIN observed_run r ON r.workspace_id = {table}.workspace_id AND r.connection_id = {table}.connection_id AND r.meeting_id = {table}.{meetingId}";

    /// <summary>The meeting began, or ended.</summary>
    /// <param name="sessionId">The run; null where the provider tells none.</param>
    /// <param name="at">By the provider's clock.</param>
    public static async Task TurnedAsync(
        DbSession session,
        MeetingKey meeting,
        string? sessionId,
        bool running,
        Instant at,
        Instant now
    )
    {
        var row = await LockAsync(session, meeting, now);
        var run = sessionId ?? "";
        var same = run.Length > 0 && run == row.SessionId;
        // A run ends once and for all; otherwise what happened later holds.
        if (running ? same || at < row.ChangedAt : !same && at < row.ChangedAt)
        {
            return;
        }

        await WriteAsync(
            session,
            meeting,
            row with
            {
                SessionId = run,
                Running = running,
                ChangedAt = at,
                EndedAt = running ? null : at,
            },
            now
        );
        await ClearAsync(session, meeting, running ? run : null);
    }

    /// <summary>When the run that goes on now began, as its events told; null: they did not.</summary>
    internal static async Task<Instant?> BeganAsync(DbSession session, MeetingKey meeting, string? sessionId) =>
        await session.ScalarAsync<long?>(
            "SELECT changed_at FROM observed_run WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND meeting_id = @MeetingId AND running = 1 AND changed_at > 0 AND session_id = @run",
            new
            {
                meeting.WorkspaceId,
                meeting.ConnectionId,
                meeting.MeetingId,
                run = sessionId ?? "",
            }
        )
            is { } micros
            ? Micros.ToInstant(micros)
            : null;

    /// <summary>Someone came (+1) or went (-1).</summary>
    public static async Task MovedAsync(
        DbSession session,
        MeetingKey meeting,
        ProviderEvent told,
        int step,
        Instant at,
        Instant now
    )
    {
        var row = await LockAsync(session, meeting, now);
        var run = told.SessionId ?? row.SessionId;
        if (run != row.SessionId || row.ChangedAt == NodaConstants.UnixEpoch)
        {
            if (at < row.ChangedAt)
            {
                return; // Of a run that was followed by another.
            }

            // Where people are, a meeting runs, though nobody told that it began.
            row = row with
            {
                SessionId = run,
                Running = true,
                ChangedAt = at,
                EndedAt = null,
            };
            await ClearAsync(session, meeting, run);
        }
        else if (!row.Running)
        {
            return; // It ended; who left last may be told after that.
        }

        await WriteAsync(session, meeting, row, now);
        var (name, email) = (Cut(told.ParticipantName), Cut(told.ParticipantEmail));
        await session.ExecuteAsync(
            """
            INSERT INTO observed_presence (workspace_id, connection_id, meeting_id, session_id, person, name, email, inside)
            VALUES (@WorkspaceId, @ConnectionId, @MeetingId, @run, @person, @name, @email, @step)
            ON CONFLICT (workspace_id, connection_id, meeting_id, session_id, person) DO UPDATE SET inside = observed_presence.inside + excluded.inside
            """,
            new
            {
                meeting.WorkspaceId,
                meeting.ConnectionId,
                meeting.MeetingId,
                run,
                person = $"{name}\n{email?.ToLowerInvariant()}",
                name,
                email,
                step,
            }
        );
    }

    /// <summary>Who is inside now; empty where the meeting does not run or nobody told.</summary>
    /// <param name="atMost">So many are named; the count of all is the second value.</param>
    public static async Task<(List<PersonInside> People, long Count)> InsideAsync(
        DbSession session,
        MeetingKey meeting,
        int atMost
    )
    {
        const string inside = """
            FROM observed_presence p JOIN observed_run r ON r.workspace_id = p.workspace_id AND r.connection_id = p.connection_id
              AND r.meeting_id = p.meeting_id AND r.session_id = p.session_id AND r.running = 1
            WHERE p.workspace_id = @WorkspaceId AND p.connection_id = @ConnectionId AND p.meeting_id = @MeetingId AND p.inside > 0
            """;
        var people = await session.QueryAsync<PersonInside>(
            $"SELECT p.name, p.email, p.inside {inside} ORDER BY COALESCE(p.name, p.email), p.person LIMIT @atMost",
            new
            {
                meeting.WorkspaceId,
                meeting.ConnectionId,
                meeting.MeetingId,
                atMost,
            }
        );
        var count =
            people.Count == 0
                ? 0
                : Convert.ToInt64(
                    await session.ScalarAsync<decimal>($"SELECT COALESCE(SUM(p.inside), 0) {inside}", meeting)
                );
        return (people, count);
    }

    /// <summary>How these arrangements' meetings stand; those nobody told anything of are left out.</summary>
    public static async Task<Dictionary<string, RunState>> OfAsync(
        DbSession session,
        string workspaceId,
        IReadOnlyList<string> arrangementIds,
        Instant now,
        Instant current
    )
    {
        if (arrangementIds.Count == 0)
        {
            return [];
        }

        var rows = await session.QueryAsync<StandingRow>(
            $"""
            SELECT a.id, {Running} AS running, CASE WHEN {EndedAfter(
                "a.starts_at"
            )} AND a.ends_at < @never THEN 1 ELSE 0 END AS ended FROM arrangement a
            {Join("a", "provider_meeting_id")}
            LEFT JOIN observation s ON s.workspace_id = a.workspace_id AND s.connection_id = a.connection_id
            LEFT JOIN observed_meeting o ON o.workspace_id = a.workspace_id AND o.connection_id = a.connection_id AND o.meeting_id = a.provider_meeting_id
            WHERE a.workspace_id = @workspaceId AND a.id IN @ids AND (r.meeting_id IS NOT NULL OR o.in_progress = 1)
            """,
            new
            {
                workspaceId,
                ids = arrangementIds.ToArray(),
                runsSince = Since(now),
                current,
                never = Arrangement.NeverEnds,
            }
        );
        return rows.ToDictionary(
            row => row.Id,
            row => new RunState(row.Running, row.Ended && !row.Running),
            StringComparer.Ordinal
        );
    }

    // Made first, so that there is a row to lock: two events of one meeting are written one after the other.
    private static async Task<Run> LockAsync(DbSession session, MeetingKey meeting, Instant now)
    {
        await session.ExecuteAsync(
            """
            INSERT INTO observed_run (workspace_id, connection_id, meeting_id, session_id, running, changed_at, known_at)
            VALUES (@WorkspaceId, @ConnectionId, @MeetingId, '', 0, 0, @now) ON CONFLICT (workspace_id, connection_id, meeting_id) DO NOTHING
            """,
            new
            {
                meeting.WorkspaceId,
                meeting.ConnectionId,
                meeting.MeetingId,
                now,
            }
        );
        return await session.FirstAsync<Run>(
            $"SELECT session_id, running, changed_at, ended_at FROM observed_run WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND meeting_id = @MeetingId{session.Dialect.ForUpdate}",
            meeting
        );
    }

    private static Task WriteAsync(DbSession session, MeetingKey meeting, Run run, Instant now) =>
        session.ExecuteAsync(
            """
            UPDATE observed_run SET session_id = @SessionId, running = @Running, changed_at = @ChangedAt, ended_at = @EndedAt, known_at = @now
            WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND meeting_id = @MeetingId
            """,
            new
            {
                meeting.WorkspaceId,
                meeting.ConnectionId,
                meeting.MeetingId,
                run.SessionId,
                run.Running,
                run.ChangedAt,
                run.EndedAt,
                now,
            }
        );

    /// <param name="kept">The run whose people stay; null: nobody's.</param>
    private static Task ClearAsync(DbSession session, MeetingKey meeting, string? kept) =>
        session.ExecuteAsync(
            "DELETE FROM observed_presence WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND meeting_id = @MeetingId AND (session_id <> @kept OR @none = 1)",
            new
            {
                meeting.WorkspaceId,
                meeting.ConnectionId,
                meeting.MeetingId,
                kept = kept ?? "",
                none = kept is null,
            }
        );

    private static string? Cut(string? text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : text.Length <= LongestText ? text.Trim()
        : text[..LongestText].Trim();

    private sealed record Run
    {
        public required string SessionId { get; init; }
        public required bool Running { get; init; }
        public required Instant ChangedAt { get; init; }
        public Instant? EndedAt { get; init; }
    }

    private sealed record StandingRow
    {
        public required string Id { get; init; }
        public required bool Running { get; init; }
        public required bool Ended { get; init; }
    }
}
