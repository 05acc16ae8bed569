using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>A connection as other capabilities see it.</summary>
/// <param name="Status">One of <see cref="ConnectionStatus"/>, as of now.</param>
/// <param name="CanHost">Whether meetings can be made through it now, as far as is known.</param>
public sealed record ConnectionEntry(Connection Connection, ProviderDescriptor Provider, string Status, bool CanHost)
{
    public string Id => Connection.Id;
    public string? OrganizerKey => Connection.OrganizerKey;
    public string? MemberId => Connection.MemberId;
}

/// <summary>Reads about connections. An id that was merged into another answers with that other.</summary>
public sealed class ConnectionDirectory(Db db, ProviderCatalogue catalogue, IClock clock)
{
    public Task<ConnectionEntry?> FindAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    ) => db.ReadAsync(session => FindAsync(session, workspaceId, connectionId), cancellationToken);

    /// <returns>Null: this workspace has no such connection.</returns>
    public async Task<ConnectionEntry?> FindAsync(DbSession session, string workspaceId, string connectionId)
    {
        var connection = await Connection.FindAsync(session, workspaceId, connectionId);
        // A merge never points at a merged one: two steps are enough.
        if (connection?.MergedInto is { } other)
        {
            connection = await Connection.FindAsync(session, workspaceId, other);
        }

        return connection is null ? null : Entry(connection);
    }

    /// <summary>Every connection of the workspace, oldest first.</summary>
    public Task<IReadOnlyList<ConnectionEntry>> AllAsync(string workspaceId, CancellationToken cancellationToken) =>
        db.ReadAsync<IReadOnlyList<ConnectionEntry>>(
            async session =>
                Entries(
                        await session.QueryAsync<Connection>(
                            $"SELECT {Connection.Columns} FROM {Connection.From} WHERE c.workspace_id = @workspaceId AND c.merged_into IS NULL ORDER BY c.created_at, c.id",
                            new { workspaceId }
                        )
                    )
                    .ToList(),
            cancellationToken
        );

    /// <summary>One page of those within the caller's reach, oldest first.</summary>
    public Task<Page<ConnectionEntry>> PageAsync(
        Caller caller,
        Cursor after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
            {
                var rows = await session.QueryAsync<Connection>(
                    $"""
                    SELECT {Connection.Columns} FROM {Connection.From}
                    WHERE c.workspace_id = @WorkspaceId AND c.merged_into IS NULL AND {OwnedThing.Connection.Within(
                        "c"
                    )}
                      AND (c.created_at > @SortValue OR (c.created_at = @SortValue AND c.id > @Id))
                    ORDER BY c.created_at, c.id LIMIT @take
                    """,
                    new
                    {
                        caller.WorkspaceId,
                        memberId = caller.MemberId,
                        seesAll = caller.IsAdministrator,
                        after.SortValue,
                        after.Id,
                        take = limit + 1,
                    }
                );
                return Cursor.Cut(
                    Entries(rows).ToList(),
                    limit,
                    entry => new Cursor(Micros.From(entry.Connection.CreatedAt), entry.Id)
                );
            },
            cancellationToken
        );

    private IEnumerable<ConnectionEntry> Entries(IEnumerable<Connection> connections) =>
        connections.Select(Entry).OfType<ConnectionEntry>();

    // A provider this program no longer carries: its connections are kept but cannot be shown or used.
    private ConnectionEntry? Entry(Connection connection)
    {
        if (catalogue.Find(connection.Provider)?.Provider.Descriptor is not { } descriptor)
        {
            return null;
        }

        var now = clock.GetCurrentInstant();
        return new ConnectionEntry(
            connection,
            descriptor,
            connection.StatusAt(now, descriptor),
            connection.CanHost(descriptor)
        );
    }
}
