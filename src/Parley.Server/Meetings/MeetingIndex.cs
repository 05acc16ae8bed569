using System.Text;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Observed;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>
/// All connections' meetings in one order: the ledger's, and what the last listings show besides. A meeting stands here once: as ours when
/// its id or its marker is one of ours. No provider is asked.
/// </summary>
public static class MeetingIndex
{
    /// <summary>Who is in a room is news that grows old: a listing older than so many intervals says nothing about it.</summary>
    private const int IntervalsWorth = 3;
    private static readonly Duration LeastWorth = Duration.FromMinutes(15);

    // Ours are listed with their connection; others' with theirs, or as an organizer of an account that is read for reports.
    private const string ForeignListedAt = "COALESCE(s.listed_at, g.listed_at)";
    private static readonly string Running = MeetingRuns.Running;
    private static readonly string ForeignRunning = MeetingRuns.RunningBy(ForeignListedAt);
    private static readonly string OwnEnded =
        $"(CASE WHEN {MeetingRuns.EndedAfter("a.starts_at")} AND a.ends_at < @never THEN 1 ELSE 0 END)";
    private static readonly string ForeignEnded =
        $"(CASE WHEN {MeetingRuns.EndedAfter("o.starts_at")} AND o.type = 'scheduled' THEN 1 ELSE 0 END)";

    // The same cases in the same order as MeetingViews.StatusOf.
    private static readonly string OwnStatus =
        $"(CASE WHEN a.desired <> 'present' THEN 'removing' WHEN a.attention IS NOT NULL THEN 'attention' WHEN {Running} = 1 THEN 'inProgress' WHEN a.ends_at <= @now OR {OwnEnded} = 1 THEN 'ended' WHEN a.provider_meeting_id IS NULL OR a.applied_version < a.version THEN 'provisioning' ELSE 'scheduled' END)";
    private static readonly string ForeignStatus =
        $"(CASE WHEN {ForeignRunning} = 1 THEN 'inProgress' WHEN (o.type = 'scheduled' AND o.ends_at <= @now) OR {ForeignEnded} = 1 THEN 'ended' ELSE 'scheduled' END)";

    // A room that stays, and one without a time, stands behind all that have theirs: in the year 2255.
    private const string Behind = "9007199254740991";
    private const string ForeignThatStay = "(o.type = 'recurring' OR o.starts_at IS NULL)";
    private const string OursThatStay = "a.ends_at = @never";
    private const string ForeignId = "o.connection_id || '/' || o.meeting_id";

    /// <summary>No meeting of ours lasts longer: what ends after an instant starts at most so long before it, which an index can tell.</summary>
    private static readonly Duration Longest = Duration.FromHours(25);

    public static async Task<Page<ListedMeeting>> FindAsync(
        DbSession session,
        string workspaceId,
        MeetingQuery query,
        Instant now,
        Duration listInterval
    )
    {
        var byText = query.Sort.By != MeetingOrder.Time;
        var (text, id) = byText ? TextOf(query.After) : ("", query.After.Id);
        var keys = await session.QueryAsync<Key>(
            Sql(query),
            new
            {
                workspaceId,
                sortValue = SortValueOf(query),
                sortText = text,
                id,
                query.From,
                query.To,
                startsAfter = (query.Upcoming ? Instant.Max(now, query.From ?? now) : query.From) - Longest,
                query.ConnectionId,
                query.Provider,
                query.Organizer,
                organizerAddress = query.Organizer?.ToLowerInvariant(),
                query.Status,
                query.SeenBy,
                query.ReferenceSystem,
                query.RecordId,
                pattern = query.Text is { } sought ? Pattern(sought) : null,
                now,
                current = Current(now, listInterval),
                runsSince = MeetingRuns.Since(now),
                never = Arrangement.NeverEnds,
                take = query.Limit + 1,
            }
        );
        var page = Cursor.Cut(
            keys,
            query.Limit,
            key => byText ? new Cursor(key.SortText.Length, key.SortText + key.Id) : new Cursor(key.SortAt, key.Id)
        );
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

    // Each part brings at most a page in order, so that by time they can walk their index; together they are cut once more.
    private static string Sql(MeetingQuery query)
    {
        var (after, order) = query.Sort.Descending ? ("<", "DESC") : (">", "ASC");
        var byTime = query.Sort.By == MeetingOrder.Time;
        string[] parts = byTime
            ?
            [
                Own("a.starts_at", $"NOT ({OursThatStay}){StartsAfter(query)}"),
                Own(Behind, OursThatStay),
                Foreign("o.starts_at", $"NOT {ForeignThatStay}"),
                Foreign(Behind, ForeignThatStay),
            ]
            :
            [
                Own($"(CASE WHEN {OursThatStay} THEN {Behind} ELSE a.starts_at END)", "1 = 1"),
                Foreign($"(CASE WHEN {ForeignThatStay} THEN {Behind} ELSE o.starts_at END)", "1 = 1"),
            ];
        var sorted = byTime ? $"sort_at {order}, id {order}" : $"sort_text {order}, id {order}";
        return $"""
            SELECT is_own, connection_id, meeting_id, sort_at, sort_text, id, in_progress, ended_early, observed_at FROM (
                {string.Join(" UNION ALL ", parts.Select((part, index) => $"SELECT * FROM ({part}) part{index}"))}
            ) listed
            ORDER BY {sorted} LIMIT @take
            """;

        // What is alike stands by time: sixteen digits, for every meeting between 2001 and 2255.
        string TextBy(string words, string time) => byTime ? "''" : $"({words} || '  ' || CAST({time} AS TEXT))";

        string Following(string time, string text, string id) =>
            byTime ? $"{time} {after}= @sortValue AND ({time} {after} @sortValue OR {id} {after} @id)"
            : query.After == Cursor.Start ? "1 = 1"
            : $"({text} {after} @sortText OR ({text} = @sortText AND {id} {after} @id))";

        string Own(string time, string which)
        {
            var text = TextBy(MeetingOrderSql.OwnWords(query.Sort.By, OwnStatus), time);
            return $"""
                SELECT 1 AS is_own, a.connection_id AS connection_id, '' AS meeting_id, {time} AS sort_at, {text} AS sort_text, a.id AS id,
                    {Running} AS in_progress, {OwnEnded} AS ended_early, CASE WHEN o.meeting_id IS NOT NULL THEN s.listed_at END AS observed_at
                FROM arrangement a
                LEFT JOIN connection c ON c.workspace_id = a.workspace_id AND c.id = a.connection_id
                LEFT JOIN observed_meeting o ON o.workspace_id = a.workspace_id AND o.connection_id = a.connection_id AND o.meeting_id = a.provider_meeting_id
                LEFT JOIN observation s ON s.workspace_id = a.workspace_id AND s.connection_id = a.connection_id
                {MeetingRuns.Join("a", "provider_meeting_id")}
                WHERE a.workspace_id = @workspaceId AND {which} AND {Following(time, text, "a.id")}
                  AND {string.Join(" AND ", OwnConditions(query))}
                ORDER BY {(byTime ? 4 : 5)} {order}, 6 {order} LIMIT @take
                """;
        }

        string Foreign(string time, string which)
        {
            var text = TextBy(MeetingOrderSql.ForeignWords(query.Sort.By, ForeignStatus), time);
            return $"""
                SELECT 0 AS is_own, o.connection_id AS connection_id, o.meeting_id AS meeting_id, {time} AS sort_at, {text} AS sort_text, {ForeignId} AS id,
                    {ForeignRunning} AS in_progress, {ForeignEnded} AS ended_early, {ForeignListedAt} AS observed_at
                FROM observed_meeting o
                JOIN connection c ON c.workspace_id = o.workspace_id AND c.id = o.connection_id
                LEFT JOIN observation s ON s.workspace_id = o.workspace_id AND s.connection_id = o.connection_id
                LEFT JOIN observed_organizer g ON g.workspace_id = o.workspace_id AND g.connection_id = o.connection_id AND g.organizer_key = o.organizer_key
                {MeetingRuns.Join("o", "meeting_id")}
                WHERE o.workspace_id = @workspaceId AND {which} AND {Following(time, text, ForeignId)}
                  AND {string.Join(" AND ", ForeignConditions(query))}
                ORDER BY {(byTime ? 4 : 5)} {order}, 6 {order} LIMIT @take
                """;
        }
    }

    private static string StartsAfter(MeetingQuery query) =>
        query.Upcoming || query.From is not null ? " AND a.starts_at > @startsAfter" : "";

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
        // About to be adopted or removed: shown by its arrangement or not at all. Read for reports, ours carries another connection.
        yield return "NOT EXISTS (SELECT 1 FROM arrangement a WHERE a.workspace_id = o.workspace_id AND a.marker = o.marker AND (a.connection_id = o.connection_id OR a.provider_meeting_id = o.meeting_id))";
        yield return "(s.listed_at IS NOT NULL OR g.listed_at IS NOT NULL)";
        // An organizer who is connected in person is shown by that connection alone, also when it waits for its cure.
        yield return $"(g.organizer_key IS NULL OR NOT {ObservedOrganizers.InPerson("c", "g.organizer_key")})";
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
            yield return table == "o" ? $"(o.ends_at > @now OR {ForeignRunning} = 1)" : "a.ends_at > @now";
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

        if (query.Provider is not null)
        {
            yield return table == "o" ? "c.provider = @Provider" : "a.provider = @Provider";
        }

        if (query.Organizer is not null)
        {
            const string account = "(c.organizer_key = @Organizer OR LOWER(c.account_email) = @organizerAddress)";
            yield return table == "o"
                ? $"CASE WHEN g.organizer_key IS NULL THEN {account} ELSE (g.organizer_key = @Organizer OR LOWER(g.email) = @organizerAddress) END"
                : account;
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

    // Such a cursor's number says how much of it is the text; anybody can make one up.
    private static (string Text, string Id) TextOf(Cursor after) =>
        after.SortValue >= 0 && after.SortValue <= after.Id.Length
            ? (after.Id[..(int)after.SortValue], after.Id[(int)after.SortValue..])
            : ("", "");

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
        public required string SortText { get; init; }
        public required string Id { get; init; }
        public required bool InProgress { get; init; }
        public required bool EndedEarly { get; init; }
        public Instant? ObservedAt { get; init; }
    }
}
