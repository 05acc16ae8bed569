using Parley.Server.Meetings;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>What can be patched of a booking.</summary>
public sealed record BookingPatch
{
    /// <summary>Null: it belongs to no record.</summary>
    public ReferenceRequest? Reference { get; init; }
}

/// <summary>
/// Which record of another system a booking belongs to. Set by whoever holds a key, never with a public booking: a stranger's link does not
/// come to stand in the organizer's pages.
/// </summary>
public sealed class BookingReferences(Db db, Arrangements arrangements)
{
    /// <param name="patch">JSON merge patch of a <see cref="BookingPatch"/>.</param>
    /// <param name="ifMatch">The header; empty where there is none.</param>
    /// <returns>Null: there is no such booking.</returns>
    public Task<Answer<CustomerBooking?>> PatchAsync(
        string workspaceId,
        string bookingId,
        byte[] patch,
        string ifMatch,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync<Answer<CustomerBooking?>>(
            async session =>
            {
                if (await BookingDirectory.FindAsync(session, workspaceId, bookingId) is not { } booking)
                {
                    return (CustomerBooking?)null;
                }

                var arrangement =
                    await Arrangements.LockAsync(session, workspaceId, booking.ArrangementId)
                    ?? throw new InvalidOperationException($"Booking {booking.Id} lost its arrangement.");
                // Read anew under the lock: a reschedule may have come first.
                booking = (await BookingDirectory.FindAsync(session, workspaceId, bookingId))!;
                var tag = MeetingTags.Of(booking.Id, booking.Version, arrangement.Reference);
                if (MeetingTags.Mismatch(ifMatch, tag) is { } mismatch)
                {
                    return mismatch;
                }

                var merged = RequestBody.Merge(
                    patch,
                    new BookingPatch { Reference = ReferenceRequest.Of(arrangement.Reference) }
                );
                if (!merged.Succeeded)
                {
                    return merged.Problem!;
                }

                var errors = new FieldErrors();
                var reference = ReferenceRequest.Check(merged.Value.Reference, errors);
                if (errors.Any)
                {
                    return errors.ToProblem();
                }

                await arrangements.RelateAsync(session, arrangement, reference);
                return booking;
            },
            cancellationToken
        );
}
