using System.Text;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Observed;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>Orders a list of meetings can have; those who start together stand in the order of their ids.</summary>
public enum MeetingSort
{
    EarliestFirst,
    LatestFirst,
}

/// <summary>What is looked for. Everything left out does not narrow.</summary>
public sealed record MeetingQuery
{
    /// <summary>Only meetings that end after this.</summary>
    public Instant? From { get; init; }

    /// <summary>Only meetings that start before this.</summary>
    public Instant? To { get; init; }

    /// <summary>Only meetings with a time that is not over yet.</summary>
    public bool Upcoming { get; init; }
    public string? ConnectionId { get; init; }

    /// <summary>Key or e-mail address of the account that hosts.</summary>
    public string? Organizer { get; init; }

    /// <summary>One of <see cref="MeetingStatus"/>.</summary>
    public string? Status { get; init; }

    /// <summary>Part of the subject, or of an attendee's or customer's name or address; the case of ASCII letters does not matter.</summary>
    public string? Text { get; init; }

    /// <summary>Only meetings that belong to a record of this system; with <see cref="RecordId"/>.</summary>
    public string? ReferenceSystem { get; init; }

    /// <summary>Only meetings that belong to the record with exactly this id.</summary>
    public string? RecordId { get; init; }

    /// <summary>Only meetings this member hosts and those of accounts they connected.</summary>
    public string? SeenBy { get; init; }
    public MeetingSort Sort { get; init; }
    public int Limit { get; init; } = 50;
    public Cursor After { get; init; } = Cursor.Start;
}

/// <summary>One meeting of a list: ours, or one only the provider knows.</summary>
public sealed record ListedMeeting
{
    public Arrangement? Own { get; init; }

    /// <summary>As last observed; set where <see cref="Own"/> is not.</summary>
    public ObservedMeeting? Foreign { get; init; }

    /// <summary>By an event, or by a listing that is still worth something.</summary>
    public required bool InProgress { get; init; }

    /// <summary>Its session was ended before its time was over.</summary>
    public required bool EndedEarly { get; init; }

    /// <summary>When the listing that shows it began; null when none does.</summary>
    public required Instant? ObservedAt { get; init; }
    public string ConnectionId => Own?.ConnectionId ?? Foreign!.ConnectionId;

    /// <param name="host">Null: the connection is gone.</param>
    public MeetingView ToView(ConnectionEntry? host, ProviderCatalogue catalogue, ParleyOptions options, Instant now)
    {
        var organizer = host is null ? null : MeetingReader.OrganizerOf(host);
        if (Own is { } own)
        {
            return MeetingViews.Of(own, organizer, options, now, InProgress, EndedEarly) with
            {
                ObservedAt = ObservedAt > own.UpdatedAt ? ObservedAt : own.UpdatedAt,
            };
        }

        var seen = Foreign!.ToMeeting() with { InProgress = InProgress };
        var view = MeetingViews.Of(seen, Foreign.ConnectionId, host, catalogue, organizer, now);
        return view with { Status = EndedEarly ? MeetingStatus.Ended : view.Status, ObservedAt = ObservedAt };
    }
}

/// <summary>
/// All connections' meetings in one order: the ledger's, and what the last listings show besides. A meeting stands here once: as ours when
/// its id or its marker is one of ours. No provider is asked.
/// </summary>
public static class MeetingIndex
{
    /// <summary>Who is in a room is news that grows old: a listing older than so many intervals says nothing about it.</summary>
    private const int IntervalsWorth = 3;
    private static readonly Duration LeastWorth = Duration.FromMinutes(15);

    private static readonly string Running = MeetingRuns.Running;
    private static readonly string OwnEnded =
        $"(CASE WHEN {MeetingRuns.EndedAfter("a.starts_at")} AND a.ends_at < @never THEN 1 ELSE 0 END)";
    private static readonly string ForeignEnded =
        $"(CASE WHEN {MeetingRuns.EndedAfter("o.starts_at")} AND o.type = 'scheduled' THEN 1 ELSE 0 END)";

    // The same cases in the same order as MeetingViews.StatusOf.
    private static readonly string OwnStatus =
        $"(CASE WHEN a.desired <> 'present' THEN 'removing' WHEN a.attention IS NOT NULL THEN 'attention' WHEN {Running} = 1 THEN 'inProgress' WHEN a.ends_at <= @now OR {OwnEnded} = 1 THEN 'ended' WHEN a.provider_meeting_id IS NULL OR a.applied_version < a.version THEN 'provisioning' ELSE 'scheduled' END)";
    private static readonly string ForeignStatus =
        $"(CASE WHEN {Running} = 1 THEN 'inProgress' WHEN (o.type = 'scheduled' AND o.ends_at <= @now) OR {ForeignEnded} = 1 THEN 'ended' ELSE 'scheduled' END)";

    // A room that stays, and one without a time, stands behind all that have theirs: in the year 2255.
    private const string Behind = "9007199254740991";
    private const string ForeignTime =
        $"(CASE WHEN o.type = 'recurring' OR o.starts_at IS NULL THEN {Behind} ELSE o.starts_at END)";
    private const string OursThatStay = "a.ends_at = @never";
    private const string ForeignId = "o.connection_id || '/' || o.meeting_id";

    public static async Task<Page<ListedMeeting>> FindAsync(
        DbSession session,
        string workspaceId,
        MeetingQuery query,
        Instant now,
        Duration listInterval
    )
    {
        var keys = await session.QueryAsync<Key>(
            Sql(query),
            new
            {
                workspaceId,
                sortValue = SortValueOf(query),
                id = query.After.Id,
                query.From,
                query.To,
                query.ConnectionId,
                query.Organizer,
                organizerAddress = query.Organizer?.ToLowerInvariant(),
                query.Status,
                query.SeenBy,
                query.ReferenceSystem,
                query.RecordId,
                pattern = query.Text is { } text ? Pattern(text) : null,
                now,
                current = Current(now, listInterval),
                runsSince = MeetingRuns.Since(now),
                never = Arrangement.NeverEnds,
                take = query.Limit + 1,
            }
        );
        var page = Cursor.Cut(keys, query.Limit, key => new Cursor(key.SortAt, key.Id));
        var own = await OwnAsync(session, workspaceId, page.Items);
        var foreign = await ForeignAsync(session, workspaceId, page.Items);
        return new Page<ListedMeeting>(
            page.Items.Select(key => new ListedMeeting
                {
                    Own = key.IsOwn ? own.GetValueOrDefault(key.Id) : null,
                    Foreign = key.IsOwn ? null : foreign.GetValueOrDefault((key.ConnectionId, key.MeetingId)),
                    InProgress = key.InProgress,
                    EndedEarly = key.EndedEarly && !key.InProgress,
                    ObservedAt = key.ObservedAt,
                })
                // Gone between the two looks: it is missing from the page, and the cursor stays right.
                .Where(meeting => meeting is not { Own: null, Foreign: null })
                .ToList(),
            page.NextCursor
        );
    }

    /// <summary>From when on a listing still says who is in a room.</summary>
    internal static Instant Current(Instant now, Duration listInterval) =>
        now - Duration.Max(listInterval * IntervalsWorth, LeastWorth);

    // Each part brings at most a page in order, so that they can walk their index; together they are cut once more.
    private static string Sql(MeetingQuery query)
    {
        var (after, order) = query.Sort == MeetingSort.LatestFirst ? ("<", "DESC") : (">", "ASC");
        return $"""
            SELECT is_own, connection_id, meeting_id, sort_at, id, in_progress, ended_early, observed_at FROM (
                SELECT * FROM ({Own("a.starts_at", $"NOT ({OursThatStay})")}) ours
                UNION ALL
                SELECT * FROM ({Own(Behind, OursThatStay)}) rooms
                UNION ALL
                SELECT * FROM (
                    SELECT 0 AS is_own, o.connection_id AS connection_id, o.meeting_id AS meeting_id, {ForeignTime} AS sort_at, {ForeignId} AS id, {Running} AS in_progress,
                        {ForeignEnded} AS ended_early, s.listed_at AS observed_at
                    FROM observed_meeting o
                    JOIN observation s ON s.workspace_id = o.workspace_id AND s.connection_id = o.connection_id
                    {MeetingRuns.Join("o", "meeting_id")}
                    WHERE o.workspace_id = @workspaceId AND ({ForeignTime} {after} @sortValue OR ({ForeignTime} = @sortValue AND {ForeignId} {after} @id))
                      AND {string.Join(" AND ", ForeignConditions(query))}
                    ORDER BY 4 {order}, 5 {order} LIMIT @take) others
            ) listed
            ORDER BY sort_at {order}, id {order} LIMIT @take
            """;

        string Own(string time, string which) =>
            $"""
                        SELECT 1 AS is_own, a.connection_id AS connection_id, '' AS meeting_id, {time} AS sort_at, a.id AS id, {Running} AS in_progress,
                            {OwnEnded} AS ended_early, CASE WHEN o.meeting_id IS NOT NULL THEN s.listed_at END AS observed_at
                        FROM arrangement a
                        LEFT JOIN observed_meeting o ON o.workspace_id = a.workspace_id AND o.connection_id = a.connection_id AND o.meeting_id = a.provider_meeting_id
                        LEFT JOIN observation s ON s.workspace_id = a.workspace_id AND s.connection_id = a.connection_id
                        {MeetingRuns.Join("a", "provider_meeting_id")}
                        WHERE a.workspace_id = @workspaceId AND {which} AND ({time} {after} @sortValue OR ({time} = @sortValue AND a.id {after} @id))
                          AND {string.Join(" AND ", OwnConditions(query))}
                        ORDER BY 4 {order}, 5 {order} LIMIT @take
                """;
    }

    private static IEnumerable<string> OwnConditions(MeetingQuery query)
    {
        yield return "(a.desired = 'present' OR a.applied_version < a.version)";
        foreach (var condition in Conditions(query, "a", OwnStatus))
        {
            yield return condition;
        }

        if (query.RecordId is not null)
        {
            yield return "a.reference_id = @RecordId";
        }

        if (query.ReferenceSystem is not null)
        {
            yield return "a.reference_system = @ReferenceSystem";
        }

        if (query.SeenBy is not null)
        {
            yield return $"(a.member_id = @SeenBy OR {ConnectedBySeer("a")})";
        }

        if (query.Text is not null)
        {
            yield return """
                (LOWER(a.subject) LIKE @pattern ESCAPE '!' OR LOWER(a.reference_system) LIKE @pattern ESCAPE '!' OR LOWER(a.reference_id) LIKE @pattern ESCAPE '!' OR LOWER(a.attendees) LIKE @pattern ESCAPE '!' OR EXISTS (
                    SELECT 1 FROM booking b WHERE b.workspace_id = a.workspace_id AND b.arrangement_id = a.id
                      AND (LOWER(b.customer_name) LIKE @pattern ESCAPE '!' OR LOWER(b.customer_email) LIKE @pattern ESCAPE '!')))
                """;
        }
    }

    private static IEnumerable<string> ForeignConditions(MeetingQuery query)
    {
        yield return "NOT EXISTS (SELECT 1 FROM arrangement a WHERE a.workspace_id = o.workspace_id AND a.connection_id = o.connection_id AND a.provider_meeting_id = o.meeting_id)";
        // About to be adopted or removed: shown by its arrangement or not at all.
        yield return "NOT EXISTS (SELECT 1 FROM arrangement a WHERE a.workspace_id = o.workspace_id AND a.marker = o.marker AND a.connection_id = o.connection_id)";
        foreach (var condition in Conditions(query, "o", ForeignStatus))
        {
            yield return condition;
        }

        if (query.RecordId is not null || query.ReferenceSystem is not null)
        {
            yield return "1 = 0"; // What was made elsewhere belongs to no record.
        }

        if (query.SeenBy is not null)
        {
            yield return ConnectedBySeer("o");
        }

        if (query.Text is not null)
        {
            yield return "LOWER(o.subject) LIKE @pattern ESCAPE '!'";
        }
    }

    private static IEnumerable<string> Conditions(MeetingQuery query, string table, string status)
    {
        if (query.Upcoming)
        {
            yield return table == "o" ? $"(o.ends_at > @now OR {Running} = 1)" : "a.ends_at > @now";
        }

        // A room without a time is there at any time.
        if (query.From is not null)
        {
            yield return table == "o"
                ? "(o.type = 'recurring' OR o.ends_at IS NULL OR o.ends_at > @From)"
                : "a.ends_at > @From";
        }

        if (query.To is not null)
        {
            yield return table == "o"
                ? "(o.type = 'recurring' OR o.starts_at IS NULL OR o.starts_at < @To)"
                : $"({OursThatStay} OR a.starts_at < @To)";
        }

        if (query.ConnectionId is not null)
        {
            yield return $"{table}.connection_id = @ConnectionId";
        }

        if (query.Organizer is not null)
        {
            yield return $"{table}.connection_id IN (SELECT c.id FROM connection c WHERE c.workspace_id = @workspaceId AND (c.organizer_key = @Organizer OR LOWER(c.account_email) = @organizerAddress))";
        }

        if (query.Status is not null)
        {
            yield return $"{status} = @Status";
        }
    }

    private static string ConnectedBySeer(string table) =>
        $"{table}.connection_id IN (SELECT c.id FROM connection c WHERE c.workspace_id = @workspaceId AND c.member_id = @SeenBy)";

    // Before the first row, from whichever side the list is read.
    private static long SortValueOf(MeetingQuery query) =>
        query.Sort == MeetingSort.LatestFirst && query.After == Cursor.Start ? long.MaxValue : query.After.SortValue;

    private static async Task<Dictionary<string, Arrangement>> OwnAsync(
        DbSession session,
        string workspaceId,
        IReadOnlyList<Key> keys
    )
    {
        var ids = keys.Where(key => key.IsOwn).Select(key => key.Id).ToArray();
        return ids.Length == 0
            ? []
            : (
                await session.QueryAsync<Arrangement>(
                    $"SELECT {Arrangements.Columns} FROM arrangement WHERE workspace_id = @workspaceId AND id IN @ids",
                    new { workspaceId, ids }
                )
            ).ToDictionary(arrangement => arrangement.Id, StringComparer.Ordinal);
    }

    private static async Task<Dictionary<(string, string), ObservedMeeting>> ForeignAsync(
        DbSession session,
        string workspaceId,
        IReadOnlyList<Key> keys
    )
    {
        var foreign = keys.Where(key => !key.IsOwn).ToList();
        return foreign.Count == 0
            ? []
            : (
                await session.QueryAsync<ObservedMeeting>(
                    $"SELECT {ObservedMeeting.Columns} FROM observed_meeting WHERE workspace_id = @workspaceId AND connection_id IN @connections AND meeting_id IN @meetings",
                    new
                    {
                        workspaceId,
                        connections = foreign
                            .Select(key => key.ConnectionId)
                            .Distinct(StringComparer.Ordinal)
                            .ToArray(),
                        meetings = foreign.Select(key => key.MeetingId).ToArray(),
                    }
                )
            ).ToDictionary(meeting => (meeting.ConnectionId, meeting.MeetingId));
    }

    // Both engines' LOWER (binary collation, no ICU) knows ASCII only: so does this, and other letters match as typed.
    private static string Pattern(string text)
    {
        var pattern = new StringBuilder("%");
        foreach (var character in text)
        {
            if (character is '%' or '_' or '!')
            {
                pattern.Append('!');
            }

            pattern.Append(char.IsAsciiLetterUpper(character) ? (char)(character | 0x20) : character);
        }

        return pattern.Append('%').ToString();
    }

    private sealed record Key
    {
        public required bool IsOwn { get; init; }
        public required string ConnectionId { get; init; }
        public required string MeetingId { get; init; }
        public required long SortAt { get; init; }
        public required string Id { get; init; }
        public required bool InProgress { get; init; }
        public required bool EndedEarly { get; init; }
        public Instant? ObservedAt { get; init; }
    }
}
