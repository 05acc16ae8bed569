using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Booking.Views;

/// <summary>
/// Each details form carries a random value. Sent twice, by an impatient finger or a browser that repeats, the second finds what the
/// first booked instead of hearing that its own time was just taken. Only who was given the form knows the value.
/// </summary>
internal static class FormOnce
{
    public const string Field = "once";
    private const string Route = "POST /book/{slug}/details";
    private const int Longest = 64;
    private static readonly Duration Kept = Duration.FromHours(48);

    public static string New() => Ids.Unguessable();

    /// <summary>Within the booking's own transaction.</summary>
    public static Task RememberAsync(DbSession session, BookingPage page, string once, string bookingId, Instant now) =>
        once.Length is 0 or > Longest
            ? Task.CompletedTask
            : session.ExecuteAsync(
                """
                INSERT INTO idempotency (workspace_id, owner_id, route, idempotency_key, body_hash, claim, claimed_until, status, resource_id, created_at, expires_at)
                VALUES (@WorkspaceId, @Id, @Route, @once, '', @bookingId, @now, 303, @bookingId, @now, @expires)
                ON CONFLICT (workspace_id, owner_id, route, idempotency_key) DO NOTHING
                """,
                new
                {
                    page.WorkspaceId,
                    page.Id,
                    Route,
                    once,
                    bookingId,
                    now,
                    expires = now + Kept,
                }
            );

    /// <summary>What this form booked at this time before; null when it did not.</summary>
    public static async Task<CustomerBooking?> FindAsync(
        DbSession session,
        BookingPage page,
        string once,
        Instant start
    )
    {
        var id = once.Length is 0 or > Longest
            ? null
            : await session.FirstOrDefaultAsync<string>(
                "SELECT resource_id FROM idempotency WHERE workspace_id = @WorkspaceId AND owner_id = @Id AND route = @Route AND idempotency_key = @once",
                new
                {
                    page.WorkspaceId,
                    page.Id,
                    Route,
                    once,
                }
            );
        var booking = id is null ? null : await BookingDirectory.FindAsync(session, page.WorkspaceId, id);
        return booking is { IsConfirmed: true } && booking.StartsAt == start ? booking : null;
    }
}
