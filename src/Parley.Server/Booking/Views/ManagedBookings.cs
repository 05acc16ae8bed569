using NodaTime;
using Parley.Conferencing;
using Parley.Server.Mail;
using Parley.Server.Storage;

namespace Parley.Server.Booking.Views;

/// <summary>A booking as its customer sees it who came with the right link.</summary>
public sealed record ManagedBooking
{
    public required CustomerBooking Booking { get; init; }

    /// <summary>Also when it was deleted since.</summary>
    public required BookingPage Page { get; init; }
    public required MailFacts Facts { get; init; }
    public required RoomView Room { get; init; }

    /// <summary>Of the manage page; a secret of the customer.</summary>
    public required string Path { get; init; }
    public required Instant Now { get; init; }

    public string HostName => Facts.Host.Name;
    public DateTimeZone Zone => DateTimeZoneProviders.Tzdb.GetZoneOrNull(Booking.CustomerTimeZone) ?? DateTimeZone.Utc;
    public bool IsCancelled => !Booking.IsConfirmed;
    public bool IsOver => Now >= Booking.EndsAt;
    public bool HasBegun => Now >= Booking.StartsAt;
    public bool CanMove => !IsCancelled && !HasBegun;
    public bool CanCancel => !IsCancelled && !IsOver;

    public override string ToString() => $"ManagedBooking {{ {Booking.Id} }}";
}

/// <summary>Opens manage links.</summary>
internal sealed class ManagedBookings(
    Db db,
    ManageLinks links,
    BookingPages pages,
    MailFactsReader facts,
    ProviderCatalogue catalogue,
    IClock clock
)
{
    /// <summary>Null for an unknown booking, a wrong token and a link that has run out alike.</summary>
    public Task<ManagedBooking?> FindAsync(string id, string token, CancellationToken cancellationToken) =>
        db.ReadAsync(
            async session =>
            {
                var now = clock.GetCurrentInstant();
                if (
                    id.Length > 64
                    || token.Length > 64
                    || await links.FindAsync(session, id, token) is not { } booking
                    || ManageLinks.IsOver(booking, now)
                    || await pages.FindAnyAsync(session, booking.WorkspaceId, booking.PageId) is not { } page
                    || await facts.ReadAsync(session, booking.WorkspaceId, booking.ArrangementId) is not { } known
                )
                {
                    return null;
                }

                return new ManagedBooking
                {
                    Booking = booking,
                    Page = page,
                    Facts = known,
                    Room = RoomView.Of(known.Arrangement, known.DoorUrl, catalogue),
                    Path = await links.PathAsync(session, booking),
                    Now = now,
                };
            },
            cancellationToken
        );
}
