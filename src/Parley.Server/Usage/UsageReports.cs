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
    private const long MicrosPerMinute = 60_000_000;

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

    /// <summary>As <see cref="ReadAsync(string, string, Instant, CancellationToken)"/>, inside a transaction; the open run may count as the last.</summary>
    internal static async Task<UsageReport> ReadAsync(
        DbSession session,
        UsageConnector connector,
        Instant asOf,
        UsageRun? completing = null
    )
    {
        var run =
            completing
            ?? await UsageRuns.LastCompletedAsync(session, connector.WorkspaceId, connector.ConnectionId, asOf);
        var licences = run is null ? [] : await LicencesAsync(session, run);
        var names = licences.ToDictionary(
            licence => licence.LicenceKey,
            licence => licence.Name,
            StringComparer.Ordinal
        );
        var users = (await UsersAsync(session, connector, asOf, run))
            .Where(user => !connector.Excludes(user.Email))
            .Select(user => Of(user, connector, asOf, names, run))
            .OrderBy(user => user.Name ?? user.Email, StringComparer.OrdinalIgnoreCase)
            .ThenBy(user => user.Key, StringComparer.Ordinal)
            .ToList();
        var day = asOf.InZone(connector.Zone).Date;
        var active = users
            .Where(user => user.State == ActivityState.Active)
            .SelectMany(user => user.LicenceKeys)
            .GroupBy(key => key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var uses = licences
            .Select(licence =>
            {
                var seats = Seats(licence, active.GetValueOrDefault(licence.LicenceKey));
                return new LicenceUse(
                    licence.LicenceKey,
                    licence.Name,
                    seats.Seats,
                    licence.Seats is not null,
                    seats.Assigned,
                    active.GetValueOrDefault(licence.LicenceKey),
                    SeatPrices.InForce(connector.Prices, seats, day)
                );
            })
            .ToList();
        return new UsageReport
        {
            Connector = connector,
            AsOf = asOf,
            Run = run,
            Licences = uses,
            Costs = SeatPrices.Of(
                connector.Prices,
                [.. licences.Select(licence => Seats(licence, active.GetValueOrDefault(licence.LicenceKey)))],
                day
            ),
            Users = users,
            Unread = run?.ProblemCount ?? 0,
        };
    }

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
        Dictionary<string, string> licences,
        UsageRun? run
    )
    {
        var imported = user.ImportedOn is null ? null : Days.Read(user.ImportedOn);
        var held = user.LastHeldAt?.InZone(connector.Zone).Date;
        var reported = user.ReportedMeetings > 0;
        var last = imported > held || held is null ? imported ?? held : held;
        var windowBegins = (asOf - Duration.FromDays(connector.WindowDays)).InZone(connector.Zone).Date;
        var importedActive = imported >= windowBegins;
        var keys = user.Licences.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new UserActivity
        {
            Key = user.UserKey,
            Email = user.Email,
            Name = user.Name,
            LicenceKeys = keys,
            Licence =
                keys.Length == 0 ? null : string.Join(", ", keys.Select(key => licences.GetValueOrDefault(key, key))),
            LastMeetingOn = last,
            MeetingsInWindow = Math.Max(user.Meetings, user.ReportedMeetings),
            MinutesInWindow = Math.Max((int)(user.Micros / MicrosPerMinute), user.ReportedMinutes),
            State =
                user.Meetings > 0 || reported || importedActive ? ActivityState.Active
                : last is not null ? ActivityState.Inactive
                : ActivityState.NeverActive,
            Source =
                user.Meetings > 0 ? FromHistory
                : reported ? run?.HostsSource
                : importedActive || (held is null && imported is not null) ? FromImport
                : held is not null ? FromHistory
                : null,
        };
    }

    private static Task<List<UserRow>> UsersAsync(
        DbSession session,
        UsageConnector connector,
        Instant asOf,
        UsageRun? run
    ) =>
        session.QueryAsync<UserRow>(
            """
            SELECT u.user_key, u.email, u.name, u.licences, u.imported_on,
                (SELECT MAX(a.started_at) FROM usage_session a WHERE a.workspace_id = u.workspace_id AND a.connection_id = u.connection_id
                    AND a.organizer_key = u.user_key AND a.started_at <= @asOf) AS last_held_at,
                COALESCE(w.meetings, 0) AS meetings, COALESCE(w.micros, 0) AS micros,
                COALESCE(h.meetings, 0) AS reported_meetings, COALESCE(h.minutes, 0) AS reported_minutes
            FROM usage_user u
            LEFT JOIN (SELECT s.organizer_key, COUNT(*) AS meetings, CAST(SUM(s.ended_at - s.started_at) AS BIGINT) AS micros FROM usage_session s
                WHERE s.workspace_id = @WorkspaceId AND s.connection_id = @ConnectionId AND s.started_at > @from AND s.started_at <= @asOf
                GROUP BY s.organizer_key) w ON w.organizer_key = u.user_key
            LEFT JOIN usage_host h ON h.workspace_id = u.workspace_id AND h.run_id = @hostsRun AND h.user_key = u.user_key
            WHERE u.workspace_id = @WorkspaceId AND u.connection_id = @ConnectionId AND u.is_device = 0
              AND u.first_seen <= @seenBy AND (u.gone_at IS NULL OR u.gone_at > @asOf)
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

    private sealed record UserRow
    {
        public required string UserKey { get; init; }
        public string? Email { get; init; }
        public string? Name { get; init; }
        public required string Licences { get; init; }
        public string? ImportedOn { get; init; }
        public Instant? LastHeldAt { get; init; }
        public required int Meetings { get; init; }
        public required long Micros { get; init; }
        public required int ReportedMeetings { get; init; }
        public required int ReportedMinutes { get; init; }
    }
}
