using System.Text;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Booking;

/// <summary>What a booking is in the store: its row, and the time it takes of its host.</summary>
internal static class BookingRows
{
    private const int LongestSubject = 100;

    public static Task AddAsync(DbSession session, CustomerBooking booking) =>
        session.ExecuteAsync(
            """
            INSERT INTO booking (workspace_id, id, page_id, arrangement_id, starts_at, ends_at, status, customer_name, customer_email, customer_email_key,
                customer_time_zone, customer_locale, topic, host_member_id, host_connection_id, manage_generation, version, created_at, updated_at)
            VALUES (@WorkspaceId, @Id, @PageId, @ArrangementId, @StartsAt, @EndsAt, @Status, @CustomerName, @CustomerEmail, @CustomerEmailKey,
                @CustomerTimeZone, @CustomerLocale, @Topic, @HostMemberId, @HostConnectionId, @ManageGeneration, @Version, @CreatedAt, @UpdatedAt)
            """,
            booking
        );

    public static Task<CustomerBooking> LockAsync(DbSession session, CustomerBooking known) =>
        session.FirstAsync<CustomerBooking>(
            $"SELECT {CustomerBooking.Columns} FROM booking WHERE workspace_id = @WorkspaceId AND id = @Id{session.Dialect.ForUpdate}",
            new { known.WorkspaceId, known.Id }
        );

    /// <summary>Takes its time, buffers included, of member and connection; what it had before is free again.</summary>
    public static Task TakeTimeAsync(DbSession session, BookingPage page, CustomerBooking booking)
    {
        var buffers = page.Settings.Buffers;
        return Occupancy.TakeAsync(
            session,
            booking.WorkspaceId,
            booking.ArrangementId,
            [
                .. new[] { booking.HostMemberId, booking.HostConnectionId }.Select(subject => new OccupiedTime
                {
                    Subject = subject,
                    ArrangementId = booking.ArrangementId,
                    PageId = booking.PageId,
                    BookingId = booking.Id,
                    StartsAt = booking.StartsAt,
                    EndsAt = booking.EndsAt,
                    BeforeMinutes = buffers.BeforeMinutes,
                    AfterMinutes = buffers.AfterMinutes,
                    BlockedFrom = booking.StartsAt - Duration.FromMinutes(buffers.BeforeMinutes),
                    BlockedTo = booking.EndsAt + Duration.FromMinutes(buffers.AfterMinutes),
                }),
            ]
        );
    }

    /// <summary>"Intro call with Ada", at most 100 UTF-16 units, never half a character.</summary>
    public static string SubjectFor(string title, string name)
    {
        var whole = $"{title} with {name}";
        if (whole.Length <= LongestSubject)
        {
            return whole;
        }

        var cut = new StringBuilder(LongestSubject);
        foreach (var rune in whole.EnumerateRunes())
        {
            if (cut.Length + rune.Utf16SequenceLength > LongestSubject - 1)
            {
                break;
            }

            cut.Append(rune);
        }

        return cut.ToString().TrimEnd() + "…";
    }
}
