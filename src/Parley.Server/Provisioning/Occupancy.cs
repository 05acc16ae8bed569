using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>Time taken on one calendar: a member's or a connection's. The blocked range includes buffers on both sides.</summary>
public sealed record OccupiedTime
{
    public required string Subject { get; init; }
    public required string ArrangementId { get; init; }
    public string? PageId { get; init; }
    public string? BookingId { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }
    public required int BeforeMinutes { get; init; }
    public required int AfterMinutes { get; init; }
    public required Instant BlockedFrom { get; init; }
    public required Instant BlockedTo { get; init; }
}

/// <summary>
/// Who is taken when: per member and per organizer connection, for bookings and for meetings made by hand or API alike. No double booking
/// by construction: lock the calendars, look, insert, in one transaction.
/// </summary>
public static class Occupancy
{
    private const string Columns =
        "subject, arrangement_id, page_id, booking_id, starts_at, ends_at, before_minutes, after_minutes, blocked_from, blocked_to";

    /// <summary>
    /// Locks the calendars in id order, so that two transactions never wait for each other. A calendar is locked by its member's
    /// or connection's row. SQLite has one writer and needs none.
    /// </summary>
    public static async Task LockAsync(DbSession session, string workspaceId, IEnumerable<string> subjects)
    {
        if (session.Dialect.ForUpdate.Length == 0)
        {
            return;
        }

        foreach (var subject in subjects.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var table = subject.StartsWith("con_", StringComparison.Ordinal) ? "connection" : "member";
            await session.QueryAsync<string>(
                $"SELECT id FROM {table} WHERE workspace_id = @workspaceId AND id = @subject{session.Dialect.ForUpdate}",
                new { workspaceId, subject }
            );
        }
    }

    /// <summary>Takes the time for every subject of an arrangement, replacing what the arrangement took before.</summary>
    public static async Task TakeAsync(
        DbSession session,
        string workspaceId,
        string arrangementId,
        IReadOnlyCollection<OccupiedTime> times
    )
    {
        await ReleaseAsync(session, workspaceId, arrangementId);
        foreach (var time in times)
        {
            await session.ExecuteAsync(
                $"INSERT INTO occupancy (workspace_id, {Columns}) VALUES (@workspaceId, @Subject, @ArrangementId, @PageId, @BookingId, @StartsAt, @EndsAt, @BeforeMinutes, @AfterMinutes, @BlockedFrom, @BlockedTo)",
                new
                {
                    workspaceId,
                    time.Subject,
                    ArrangementId = arrangementId,
                    time.PageId,
                    time.BookingId,
                    time.StartsAt,
                    time.EndsAt,
                    time.BeforeMinutes,
                    time.AfterMinutes,
                    time.BlockedFrom,
                    time.BlockedTo,
                }
            );
        }
    }

    public static Task ReleaseAsync(DbSession session, string workspaceId, string arrangementId) =>
        session.ExecuteAsync(
            "DELETE FROM occupancy WHERE workspace_id = @workspaceId AND arrangement_id = @arrangementId",
            new { workspaceId, arrangementId }
        );
}
