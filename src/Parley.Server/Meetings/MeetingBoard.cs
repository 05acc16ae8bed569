using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Observed;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>
/// What a member sees on the pages: owners and admins every meeting of the workspace, members those they host and those held with
/// an account they connected. No provider is asked.
/// </summary>
public sealed class MeetingBoard(
    Db db,
    IClock clock,
    ParleyOptions options,
    ConnectionDirectory connections,
    ProviderCatalogue catalogue
)
{
    private static readonly string Seen = OwnedThing.Arrangement.Within("a");

    private const string Live = "(a.desired = 'present' OR a.applied_version < a.version)";
    private static readonly string Columns =
        "a." + Arrangements.Columns.Replace(", ", ", a.", StringComparison.Ordinal);

    /// <summary>
    /// Meetings not over yet, soonest first, those made elsewhere among them as last observed; ones cancelled stay until they are gone
    /// at the provider.
    /// </summary>
    public async Task<Page<BoardEntry>> UpcomingAsync(
        Caller caller,
        MeetingFilter filter,
        Cursor after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetCurrentInstant();
        var page = await db.ReadAsync(
            session =>
                MeetingIndex.FindAsync(
                    session,
                    caller.WorkspaceId,
                    filter.ToMeetingQuery(caller.IsAdministrator ? null : caller.MemberId) with
                    {
                        After = after,
                        Limit = limit,
                    },
                    now,
                    options.Provisioning.ListInterval
                ),
            cancellationToken
        );
        var hosts = await HostsAsync(
            caller.WorkspaceId,
            page.Items.Select(item => item.ConnectionId),
            cancellationToken
        );
        var rows = (
            await RowsAsync(
                caller.WorkspaceId,
                page.Items.Select(item => item.Own).OfType<Arrangement>().ToList(),
                hosts,
                cancellationToken
            )
        ).ToDictionary(row => row.Arrangement.Id, StringComparer.Ordinal);
        var entries = new List<BoardEntry>();
        foreach (var item in page.Items)
        {
            var host = hosts[item.ConnectionId];
            var view = item.ToView(host, catalogue, options, now);
            entries.Add(
                new BoardEntry
                {
                    View = view,
                    Connection = host,
                    Own = item.Own is { } own ? rows[own.Id] with { View = view, EndedEarly = item.EndedEarly } : null,
                }
            );
        }

        return new Page<BoardEntry>(entries, page.NextCursor);
    }

    /// <summary>Organizers of accounts this member reads for reports, by name.</summary>
    public Task<List<ObservedOrganizer>> OrganizersAsync(
        Caller caller,
        int limit,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            session =>
                ObservedOrganizers.OfAsync(
                    session,
                    caller.WorkspaceId,
                    caller.IsAdministrator ? null : caller.MemberId,
                    limit
                ),
            cancellationToken
        );

    /// <summary>Meetings a person must look at: to come, or over since a week at most.</summary>
    public async Task<IReadOnlyList<MeetingRow>> AttentionAsync(
        Caller caller,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var rows = await db.ReadAsync(
            session =>
                session.QueryAsync<Arrangement>(
                    $"""
                    SELECT {Columns} FROM arrangement a
                    WHERE a.workspace_id = @WorkspaceId AND a.attention IS NOT NULL AND ({Live} OR a.attention = 'stray_meeting') AND a.ends_at > @since AND {Seen}
                    ORDER BY a.starts_at, a.id LIMIT @limit
                    """,
                    new
                    {
                        caller.WorkspaceId,
                        memberId = caller.MemberId,
                        seesAll = caller.IsAdministrator,
                        since = clock.GetCurrentInstant() - Duration.FromDays(7),
                        limit,
                    }
                ),
            cancellationToken
        );
        return await RowsAsync(caller.WorkspaceId, rows, null, cancellationToken);
    }

    /// <summary>Meetings to come the provider has not been told everything about, by connection.</summary>
    public Task<Dictionary<string, int>> WaitingByConnectionAsync(
        string workspaceId,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
                (
                    await session.QueryAsync<WaitingCount>(
                        $"SELECT a.connection_id, COUNT(*) AS count FROM arrangement a WHERE a.workspace_id = @workspaceId AND a.applied_version < a.version AND a.ends_at > @now GROUP BY a.connection_id",
                        new { workspaceId, now = clock.GetCurrentInstant() }
                    )
                ).ToDictionary(row => row.ConnectionId, row => row.Count, StringComparer.Ordinal),
            cancellationToken
        );

    /// <summary>Meetings that wait for the host's next day at the provider, by connection: how many, and until when.</summary>
    public Task<Dictionary<string, QueuedMeetings>> QueuedByConnectionAsync(
        string workspaceId,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
                (
                    await session.QueryAsync<QueuedMeetings>(
                        "SELECT a.connection_id, COUNT(*) AS count, MIN(a.queued_until) AS until FROM arrangement a WHERE a.workspace_id = @workspaceId AND a.desired = 'present' AND a.queued_until > @now AND a.ends_at > @now GROUP BY a.connection_id",
                        new { workspaceId, now = clock.GetCurrentInstant() }
                    )
                ).ToDictionary(row => row.ConnectionId, StringComparer.Ordinal),
            cancellationToken
        );

    /// <returns>Null: no such meeting, or not for this member. Removed ones are found: their story stays.</returns>
    public async Task<MeetingRow?> FindAsync(Caller caller, string arrangementId, CancellationToken cancellationToken)
    {
        var found = await db.ReadAsync(
            session =>
                session.FirstOrDefaultAsync<Arrangement>(
                    $"SELECT {Columns} FROM arrangement a WHERE a.workspace_id = @WorkspaceId AND a.id = @arrangementId AND {Seen}",
                    new
                    {
                        caller.WorkspaceId,
                        arrangementId,
                        memberId = caller.MemberId,
                        seesAll = caller.IsAdministrator,
                    }
                ),
            cancellationToken
        );
        return found is null ? null : (await RowsAsync(caller.WorkspaceId, [found], null, cancellationToken))[0];
    }

    /// <summary>Connections this member may see and use: their own, for owners and admins all. Not the disconnected ones.</summary>
    public async Task<IReadOnlyList<ConnectionEntry>> ConnectionsAsync(
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        (await connections.AllAsync(caller.WorkspaceId, cancellationToken))
            .Where(entry => entry.Connection.DisconnectedAt is null)
            .Where(entry => caller.IsAdministrator || entry.MemberId == caller.MemberId)
            .ToList();

    /// <summary>The zone this member reads times in.</summary>
    public Task<DateTimeZone> ZoneAsync(Caller caller, CancellationToken cancellationToken) =>
        db.ZoneOfAsync(caller, cancellationToken);

    private Task<Dictionary<string, ConnectionEntry?>> HostsAsync(
        string workspaceId,
        IEnumerable<string> connectionIds,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
            {
                var hosts = new Dictionary<string, ConnectionEntry?>(StringComparer.Ordinal);
                foreach (var id in connectionIds.Distinct(StringComparer.Ordinal))
                {
                    hosts[id] = await connections.FindAsync(session, workspaceId, id);
                }

                return hosts;
            },
            cancellationToken
        );

    private async Task<IReadOnlyList<MeetingRow>> RowsAsync(
        string workspaceId,
        IReadOnlyList<Arrangement> arrangements,
        Dictionary<string, ConnectionEntry?>? hosts,
        CancellationToken cancellationToken
    )
    {
        hosts ??= await HostsAsync(
            workspaceId,
            arrangements.Select(arrangement => arrangement.ConnectionId),
            cancellationToken
        );
        var customers = await CustomersAsync(workspaceId, arrangements, cancellationToken);
        var now = clock.GetCurrentInstant();
        var runs = await db.ReadAsync(
            session =>
                MeetingRuns.OfAsync(
                    session,
                    workspaceId,
                    arrangements.Select(arrangement => arrangement.Id).ToList(),
                    now,
                    MeetingIndex.Current(now, options.Provisioning.ListInterval)
                ),
            cancellationToken
        );
        var rows = new List<MeetingRow>();
        foreach (var arrangement in arrangements)
        {
            var host = hosts[arrangement.ConnectionId];
            var run = runs.GetValueOrDefault(arrangement.Id, RunState.None);
            rows.Add(
                new MeetingRow
                {
                    Arrangement = arrangement,
                    Connection = host,
                    Customer = arrangement.BookingId is { } booking ? customers.GetValueOrDefault(booking) : null,
                    EndedEarly = run.EndedEarly,
                    View = MeetingViews.Of(
                        arrangement,
                        host is null ? null : MeetingReader.OrganizerOf(host),
                        options,
                        now,
                        run.Running,
                        run.EndedEarly
                    ),
                }
            );
        }

        return rows;
    }

    private async Task<Dictionary<string, string>> CustomersAsync(
        string workspaceId,
        IReadOnlyList<Arrangement> arrangements,
        CancellationToken cancellationToken
    )
    {
        var ids = arrangements.Select(arrangement => arrangement.BookingId).OfType<string>().ToArray();
        if (ids.Length == 0)
        {
            return [];
        }

        var rows = await db.ReadAsync(
            session =>
                session.QueryAsync<CustomerName>(
                    "SELECT id, customer_name AS name FROM booking WHERE workspace_id = @workspaceId AND id IN @ids",
                    new { workspaceId, ids }
                ),
            cancellationToken
        );
        return rows.ToDictionary(row => row.Id, row => row.Name, StringComparer.Ordinal);
    }

    private sealed record WaitingCount
    {
        public required string ConnectionId { get; init; }
        public required int Count { get; init; }
    }

    private sealed record CustomerName
    {
        public required string Id { get; init; }
        public required string Name { get; init; }
    }
}

/// <summary>What waits for a host's next day at the provider.</summary>
public sealed record QueuedMeetings
{
    public required string ConnectionId { get; init; }
    public required int Count { get; init; }
    public required Instant Until { get; init; }
}
