using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Usage;

/// <summary>How many host licences the account would have got by with, had they been handed from host to host.</summary>
/// <param name="Days">A peak per day.</param>
public sealed record PoolReport(IReadOnlyList<DayPeak> Days, PoolSize Enough);

/// <summary>Replays what is known of the account's meetings, a piece at a time.</summary>
public sealed class SharedPool(Db db)
{
    private const int Piece = 5000;

    // A meeting that began before the first day may run into it.
    private static readonly Duration Longest = Duration.FromDays(2);

    public async Task<PoolReport> ReadAsync(
        UsageConnector connector,
        LocalDate first,
        LocalDate last,
        CancellationToken cancellationToken
    )
    {
        var hosts = new ConcurrentHosts(first, last, connector.Zone);
        var excluded = await ExcludedAsync(connector, cancellationToken);
        var to = connector.Zone.AtStartOfDay(last.PlusDays(1)).ToInstant();
        var (after, afterKey) = (connector.Zone.AtStartOfDay(first).ToInstant() - Longest, "");
        while (true)
        {
            var rows = await db.ReadAsync(
                session =>
                    session.QueryAsync<Row>(
                        """
                        SELECT session_key, organizer_key, started_at, ended_at FROM usage_session
                        WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND started_at < @to
                          AND (started_at > @after OR (started_at = @after AND session_key > @afterKey))
                        ORDER BY started_at, session_key LIMIT @Piece
                        """,
                        new
                        {
                            connector.WorkspaceId,
                            connector.ConnectionId,
                            to,
                            after,
                            afterKey,
                            Piece,
                        }
                    ),
                cancellationToken
            );
            foreach (var row in rows.Where(row => !excluded.Contains(row.OrganizerKey)))
            {
                hosts.Add(new HostedTime(row.OrganizerKey, row.StartedAt, row.EndedAt));
            }

            if (rows.Count < Piece)
            {
                var days = hosts.Days();
                return new PoolReport(days, ConcurrentHosts.Enough(days));
            }

            (after, afterKey) = (rows[^1].StartedAt, rows[^1].SessionKey);
        }
    }

    private async Task<HashSet<string>> ExcludedAsync(UsageConnector connector, CancellationToken cancellationToken)
    {
        if (connector.Exclusions.Count == 0)
        {
            return [];
        }

        var users = await db.ReadAsync(
            session =>
                session.QueryAsync<UserRow>(
                    "SELECT user_key, email FROM usage_user WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId",
                    new { connector.WorkspaceId, connector.ConnectionId }
                ),
            cancellationToken
        );
        return users
            .Where(user => connector.Excludes(user.Email))
            .Select(user => user.UserKey)
            .ToHashSet(StringComparer.Ordinal);
    }

    private sealed record Row
    {
        public required string SessionKey { get; init; }
        public required string OrganizerKey { get; init; }
        public required Instant StartedAt { get; init; }
        public required Instant EndedAt { get; init; }
    }

    private sealed record UserRow
    {
        public required string UserKey { get; init; }
        public string? Email { get; init; }
    }
}
