using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;

namespace Parley.Server.Booking;

/// <summary>Which bookings to list; absent means all.</summary>
public sealed record BookingQuery
{
    public Instant? From { get; init; }
    public Instant? To { get; init; }

    /// <summary>One of <see cref="BookingStatus"/>.</summary>
    public string? Status { get; init; }
    public string? PageId { get; init; }

    /// <summary>The customer's address, any case.</summary>
    public string? Email { get; init; }

    /// <summary>Of a record of this system; with <see cref="RecordId"/>.</summary>
    public string? ReferenceSystem { get; init; }
    public string? RecordId { get; init; }
}

/// <summary>Reads about bookings.</summary>
public sealed class BookingDirectory(Db db)
{
    public Task<CustomerBooking?> FindAsync(string workspaceId, string id, CancellationToken cancellationToken) =>
        db.ReadAsync(session => FindAsync(session, workspaceId, id), cancellationToken);

    public static Task<CustomerBooking?> FindAsync(DbSession session, string workspaceId, string id) =>
        session.FirstOrDefaultAsync<CustomerBooking>(
            $"SELECT {CustomerBooking.Columns} FROM booking WHERE workspace_id = @workspaceId AND id = @id",
            new { workspaceId, id }
        );

    /// <summary>One page by start, then id.</summary>
    public async Task<Page<CustomerBooking>> ListAsync(
        Caller caller,
        BookingQuery query,
        int limit,
        Cursor after,
        CancellationToken cancellationToken
    )
    {
        var rows = await db.ReadAsync(
            session =>
                session.QueryAsync<CustomerBooking>(
                    $"""
                    SELECT {CustomerBooking.Columns} FROM booking
                    WHERE workspace_id = @WorkspaceId AND {OwnedThing.Booking.Within(
                        "booking"
                    )} AND (starts_at > @SortValue OR (starts_at = @SortValue AND id > @Id))
                        {(query.From is null ? "" : "AND ends_at > @From")}
                        {(query.To is null ? "" : "AND starts_at < @To")}
                        {(query.Status is null ? "" : "AND status = @Status")}
                        {(query.PageId is null ? "" : "AND page_id = @PageId")}
                        {(query.Email is null ? "" : "AND customer_email_key = @email")}
                        {(query.RecordId is null ? "" : $"AND EXISTS (SELECT 1 FROM arrangement a WHERE a.workspace_id = booking.workspace_id AND a.id = booking.arrangement_id AND a.reference_id = @RecordId{(query.ReferenceSystem is null ? "" : " AND a.reference_system = @ReferenceSystem")})")}
                    ORDER BY starts_at, id LIMIT @take
                    """,
                    new
                    {
                        caller.WorkspaceId,
                        memberId = caller.MemberId,
                        seesAll = caller.IsAdministrator,
                        after.SortValue,
                        after.Id,
                        query.From,
                        query.To,
                        query.Status,
                        query.PageId,
                        query.ReferenceSystem,
                        query.RecordId,
                        email = query.Email?.ToLowerInvariant(),
                        take = limit + 1,
                    }
                ),
            cancellationToken
        );
        return Cursor.Cut(rows, limit, booking => new Cursor(Micros.From(booking.StartsAt), booking.Id));
    }
}
