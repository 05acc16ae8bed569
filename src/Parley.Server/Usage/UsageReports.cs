using System.Text.Json;
using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>Computes reports out of what runs have stored.</summary>
public sealed class UsageReports(Db db, UsageConnectors connectors)
{
    private const string FromHistory = "history";
    private const string FromImport = "imported report";

    /// <summary>The run could not read this person's history: a state other than active may be wrong.</summary>
    public const string NotRead = "could not be read";
    private const long MicrosPerMinute = 60_000_000;

    // People read at once.
    private const int Piece = 1000;

    public async Task<UsageReport> ReadAsync(
        string workspaceId,
        string connectionId,
        Instant asOf,
        CancellationToken cancellationToken
    )
    {
        var connector = await connectors.ReadAsync(workspaceId, connectionId, cancellationToken);
        return await db.ReadAsync(session => ReadAsync(session, connector, asOf), cancellationToken);
    }

    private static async Task<UsageReport> ReadAsync(DbSession session, UsageConnector connector, Instant asOf)
    {
        var run = await UsageRuns.LastCompletedAsync(session, connector.WorkspaceId, connector.ConnectionId, asOf);
        var licences = run is null ? [] : await LicencesAsync(session, run);
        var users = new List<UserActivity>();
        var active = await WalkAsync(session, connector, asOf, run, licences, users.Add);
        users.Sort(ByName);
        var day = asOf.InZone(connector.Zone).Date;
        var seats = Seats(licences, active);
        var uses = licences
            .Zip(
                seats,
                (licence, held) =>
                    new LicenceUse(
                        licence.LicenceKey,
                        licence.Name,
                        held.Seats,
                        licence.Seats is not null,
                        held.Assigned,
                        active.GetValueOrDefault(licence.LicenceKey),
                        SeatPrices.InForce(connector.Prices, held, day)
                    )
            )
            .ToList();
        return new UsageReport
        {
            Connector = connector,
            AsOf = asOf,
            Run = run,
            Licences = uses,
            Costs = SeatPrices.Of(connector.Prices, seats, day),
            Users = users,
            Unread = run?.ProblemCount ?? 0,
        };
    }

    /// <summary>What a month keeps of the report a run makes possible: counted while it is read, however many people there are.</summary>
    internal static async Task<MonthFigures> FiguresAsync(
        DbSession session,
        UsageConnector connector,
        UsageRun completing
    )
    {
        var licences = await LicencesAsync(session, completing);
        var (users, activeUsers) = (0, 0);
        var active = await WalkAsync(
            session,
            connector,
            completing.ToAt,
            completing,
            licences,
            user =>
            {
                users++;
                activeUsers += user.State == ActivityState.Active ? 1 : 0;
            }
        );
        var seats = Seats(licences, active);
        var day = completing.ToAt.InZone(connector.Zone).Date;
        var costs = SeatPrices.Of(connector.Prices, seats, day);
        return new MonthFigures(
            Days.Text(day)[..7],
            seats.Sum(licence => licence.Seats),
            seats.Sum(licence => licence.Assigned),
            users,
            activeUsers,
            costs.Monthly,
            costs.Idle
        );
    }

    /// <summary>Everybody of the report, a piece at a time, in the order of their keys.</summary>
    /// <returns>Of each licence's holders, how many are active.</returns>
    private static async Task<Dictionary<string, int>> WalkAsync(
        DbSession session,
        UsageConnector connector,
        Instant asOf,
        UsageRun? run,
        List<LicenceRow> licences,
        Action<UserActivity> visit
    )
    {
        var names = new LicenceNames(licences);
        var active = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var after = ""; ; )
        {
            var rows = await UsersAsync(session, connector, asOf, run, after);
            foreach (var row in rows)
            {
                var user = Of(row, connector, asOf, names, run);
                if (!connector.Excludes(row.Email))
                {
                    visit(user);
                }

                // Whoever is left out of the people holds a seat all the same: one that is used is not idle.
                if (user.State == ActivityState.Active)
                {
                    foreach (var key in user.LicenceKeys)
                    {
                        active[key] = active.GetValueOrDefault(key) + 1;
                    }
                }
            }

            if (rows.Count < Piece)
            {
                return active;
            }

            after = rows[^1].UserKey;
        }
    }

    private static int ByName(UserActivity one, UserActivity other) =>
        StringComparer.OrdinalIgnoreCase.Compare(one.Name ?? one.Email, other.Name ?? other.Email)
            is var order
                and not 0
            ? order
            : string.CompareOrdinal(one.Key, other.Key);

    private static List<LicenceSeats> Seats(List<LicenceRow> licences, Dictionary<string, int> active) =>
        licences.ConvertAll(licence => Seats(licence, active.GetValueOrDefault(licence.LicenceKey)));

    private static LicenceSeats Seats(LicenceRow licence, int active)
    {
        var seats = (int)(licence.Seats ?? licence.Assigned);
        return new LicenceSeats(
            JsonSerializer.Deserialize<List<string>>(licence.Words, Json.Stored)!,
            seats,
            licence.Assigned,
            Math.Max(0, seats - active)
        );
    }

    private static UserActivity Of(
        UserRow user,
        UsageConnector connector,
        Instant asOf,
        LicenceNames licences,
        UsageRun? run
    )
    {
        var imported = user.ImportedOn is null ? null : Days.Read(user.ImportedOn);
        var held = user.LastHeldAt?.InZone(connector.Zone).Date;
        // The provider's report counts whole days, more than the window. What history tells of these days is told with its time: only
        // meetings beyond that may lie in the window unseen.
        var untold = user.Meetings > 0 ? 0 : Math.Max(0, user.ReportedMeetings - user.ToldMeetings);
        var reported = untold > 0;
        var last = imported > held || held is null ? imported ?? held : held;
        // The first moment within: a day that ended right there is not.
        var windowBegins = (asOf - Duration.FromDays(connector.WindowDays) + Duration.Epsilon)
            .InZone(connector.Zone)
            .Date;
        var importedActive = imported >= windowBegins;
        var (keys, words) = licences.Of(user.Licences);
        return new UserActivity
        {
            Key = user.UserKey,
            Email = user.Email,
            Name = user.Name,
            LicenceKeys = keys,
            Licence = words,
            LastMeetingOn = last,
            MeetingsInWindow = reported ? untold : user.Meetings,
            MinutesInWindow = reported
                ? Math.Max(0, user.ReportedMinutes - (int)(user.ToldMicros / MicrosPerMinute))
                : (int)(user.Micros / MicrosPerMinute),
            State =
                user.Meetings > 0 || reported || importedActive ? ActivityState.Active
                : last is not null ? ActivityState.Inactive
                : ActivityState.NeverActive,
            Source =
                user.Meetings > 0 ? FromHistory
                : reported ? run?.HostsSource
                : importedActive ? FromImport
                : user.IsUnread ? NotRead
                : held is null && imported is not null ? FromImport
                : held is not null ? FromHistory
                : null,
        };
    }

    // Each user's sessions are looked up in the index of organizers: no more of them is read than the window holds.
    private static Task<List<UserRow>> UsersAsync(
        DbSession session,
        UsageConnector connector,
        Instant asOf,
        UsageRun? run,
        string after
    ) =>
        session.QueryAsync<UserRow>(
            """
            SELECT u.user_key, u.email, u.name, u.licences, u.imported_on,
                CASE WHEN p.user_key IS NULL THEN 0 ELSE 1 END AS is_unread,
                (SELECT MAX(a.started_at) FROM usage_session a WHERE a.workspace_id = @WorkspaceId AND a.connection_id = @ConnectionId
                    AND a.organizer_key = u.user_key AND a.started_at <= @asOf) AS last_held_at,
                (SELECT COUNT(*) FROM usage_session c WHERE c.workspace_id = @WorkspaceId AND c.connection_id = @ConnectionId
                    AND c.organizer_key = u.user_key AND c.started_at > @from AND c.started_at <= @asOf) AS meetings,
                (SELECT CAST(COALESCE(SUM(s.ended_at - s.started_at), 0) AS BIGINT) FROM usage_session s WHERE s.workspace_id = @WorkspaceId
                    AND s.connection_id = @ConnectionId AND s.organizer_key = u.user_key AND s.started_at > @from AND s.started_at <= @asOf) AS micros,
                COALESCE(h.meetings, 0) AS reported_meetings, COALESCE(h.minutes, 0) AS reported_minutes,
                CASE WHEN h.meetings IS NULL THEN 0 ELSE (SELECT COUNT(*) FROM usage_session t WHERE t.workspace_id = @WorkspaceId
                    AND t.connection_id = @ConnectionId AND t.organizer_key = u.user_key AND t.started_at >= @hostsFrom AND t.started_at < @hostsTo)
                    END AS told_meetings,
                CASE WHEN h.meetings IS NULL THEN 0 ELSE (SELECT CAST(COALESCE(SUM(t.ended_at - t.started_at), 0) AS BIGINT) FROM usage_session t
                    WHERE t.workspace_id = @WorkspaceId AND t.connection_id = @ConnectionId AND t.organizer_key = u.user_key
                    AND t.started_at >= @hostsFrom AND t.started_at < @hostsTo) END AS told_micros
            FROM usage_user u
            LEFT JOIN usage_host h ON h.workspace_id = u.workspace_id AND h.run_id = @hostsRun AND h.user_key = u.user_key
            LEFT JOIN usage_run_problem p ON p.workspace_id = u.workspace_id AND p.run_id = @runId AND p.user_key = u.user_key
            WHERE u.workspace_id = @WorkspaceId AND u.connection_id = @ConnectionId AND u.user_key > @after AND u.is_device = 0
              AND u.first_seen <= @seenBy AND (u.gone_at IS NULL OR u.gone_at > @asOf)
            ORDER BY u.user_key LIMIT @Piece
            """,
            new
            {
                connector.WorkspaceId,
                connector.ConnectionId,
                asOf,
                from = asOf - Duration.FromDays(connector.WindowDays),
                // Who was found by the run was there when it began.
                seenBy = run?.FinishedAt ?? Instant.FromUtc(9000, 1, 1, 0, 0),
                // The provider's own report speaks of the days before its run, not before any other day.
                hostsRun = run is { HostsTo: { } to } && asOf - to <= Duration.FromDays(1) ? run.Id : "",
                runId = run?.Id ?? "",
                hostsFrom = run?.HostsFrom ?? asOf,
                hostsTo = run?.HostsTo ?? asOf,
                after,
                Piece,
            }
        );

    private static Task<List<LicenceRow>> LicencesAsync(DbSession session, UsageRun run) =>
        session.QueryAsync<LicenceRow>(
            "SELECT licence_key, name, words, seats, assigned FROM usage_licence WHERE workspace_id = @WorkspaceId AND run_id = @Id ORDER BY name, licence_key",
            new { run.WorkspaceId, run.Id }
        );

    private sealed record LicenceRow
    {
        public required string LicenceKey { get; init; }
        public required string Name { get; init; }
        public required string Words { get; init; }
        public long? Seats { get; init; }
        public required int Assigned { get; init; }
    }

    /// <summary>Few combinations of licences are held by many people: each is worded once.</summary>
    private sealed class LicenceNames(List<LicenceRow> licences)
    {
        private readonly Dictionary<string, string> _names = licences.ToDictionary(
            licence => licence.LicenceKey,
            licence => licence.Name,
            StringComparer.Ordinal
        );
        private readonly Dictionary<string, (string[] Keys, string? Words)> _known = new(StringComparer.Ordinal);

        /// <param name="held">Keys, space separated.</param>
        public (string[] Keys, string? Words) Of(string held)
        {
            if (!_known.TryGetValue(held, out var both))
            {
                var keys = held.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                both = (
                    keys,
                    keys.Length == 0 ? null : string.Join(", ", keys.Select(key => _names.GetValueOrDefault(key, key)))
                );
                _known.Add(held, both);
            }

            return both;
        }
    }

    private sealed record UserRow
    {
        public required string UserKey { get; init; }
        public string? Email { get; init; }
        public string? Name { get; init; }
        public required string Licences { get; init; }
        public string? ImportedOn { get; init; }
        public required bool IsUnread { get; init; }
        public Instant? LastHeldAt { get; init; }
        public required int Meetings { get; init; }
        public required long Micros { get; init; }
        public required int ReportedMeetings { get; init; }
        public required int ReportedMinutes { get; init; }

        /// <summary>Of the days the provider's report covers, what history tells.</summary>
        public required int ToldMeetings { get; init; }
        public required long ToldMicros { get; init; }
    }
}
