using System.Text.Json;
using NodaTime;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Meetings;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

public sealed record CustomerView(string Name, string Email, string TimeZone, string Locale);

public sealed record HostView(string MemberId, string ConnectionId);

/// <summary>A booking as its organizer's API shows it.</summary>
public sealed record BookingView
{
    public required string Id { get; init; }
    public required string PageId { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }

    /// <summary><c>confirmed</c>, <c>pending</c>, <c>cancelled</c> or <c>rejected</c>.</summary>
    public required string Status { get; init; }
    public required CustomerView Customer { get; init; }
    public required string? Topic { get; init; }
    public required JsonElement? Answers { get; init; }
    public required HostView Host { get; init; }

    /// <summary>The record of another system it belongs to, as given by PATCH; customers neither set nor see it.</summary>
    public required JsonElement? Reference { get; init; }

    /// <summary>Null until the provider has made it, and once it is cancelled.</summary>
    public required MeetingView? Meeting { get; init; }

    /// <summary>The provider takes no more changes of this host today: the meeting, or its change, is sent from then on. Null: nothing waits for that.</summary>
    public required Instant? QueuedUntil { get; init; }
    public required string DoorUrl { get; init; }
    public required string ManageUrl { get; init; }
    public required int Version { get; init; }

    /// <summary>What If-Match compares.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Tag => MeetingTags.Of(Id, Version, Reference?.GetRawText());
    public required Instant CreatedAt { get; init; }
}

/// <summary>What a customer hears of their own booking.</summary>
public sealed record BookedView
{
    public required string Id { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }
    public required string Status { get; init; }
    public required string DoorUrl { get; init; }
    public required string ManageUrl { get; init; }

    /// <summary>Null until the provider has made it.</summary>
    public required MeetingView? Meeting { get; init; }
}

/// <summary>Puts a booking together with its meeting and its links.</summary>
public sealed class BookingViews(
    Db db,
    IClock clock,
    ParleyOptions options,
    ManageLinks links,
    ConnectionDirectory connections
)
{
    public Task<BookingView> OfAsync(CustomerBooking booking, CancellationToken cancellationToken) =>
        db.ReadAsync(session => OfAsync(session, booking), cancellationToken);

    public Task<List<BookingView>> OfAsync(
        IReadOnlyList<CustomerBooking> bookings,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
            {
                var views = new List<BookingView>(bookings.Count);
                foreach (var booking in bookings)
                {
                    views.Add(await OfAsync(session, booking));
                }

                return views;
            },
            cancellationToken
        );

    public async Task<BookedView> ForCustomerAsync(CustomerBooking booking, CancellationToken cancellationToken)
    {
        var view = await OfAsync(booking, cancellationToken);
        return new BookedView
        {
            Id = view.Id,
            StartsAt = view.StartsAt,
            EndsAt = view.EndsAt,
            Status = view.Status,
            DoorUrl = view.DoorUrl,
            ManageUrl = view.ManageUrl,
            // The caller's own record, the reason for attention, and the provider's warnings, and what names things to Parley and the provider are the organizer's
            // business.
            Meeting = view.Meeting is { } meeting
                ? meeting with
                {
                    ArrangementId = null,
                    Organizer = meeting.Organizer is { } organizer ? organizer with { Key = null } : null,
                    CoOrganizers = [],
                    Reference = null,
                    Attention = null,
                    Warnings = [],
                }
                : null,
        };
    }

    private async Task<BookingView> OfAsync(DbSession session, CustomerBooking booking)
    {
        var arrangement =
            await Arrangements.FindAsync(session, booking.WorkspaceId, booking.ArrangementId)
            ?? throw new InvalidOperationException($"Booking {booking.Id} lost its arrangement.");
        var connection = await connections.FindAsync(session, booking.WorkspaceId, booking.HostConnectionId);
        var made = booking.IsConfirmed && arrangement.ProviderMeetingId is not null;
        return new BookingView
        {
            Id = booking.Id,
            PageId = booking.PageId,
            StartsAt = booking.StartsAt,
            EndsAt = booking.EndsAt,
            Status = booking.Status,
            Customer = new CustomerView(
                booking.CustomerName,
                booking.CustomerEmail,
                booking.CustomerTimeZone,
                booking.CustomerLocale
            ),
            Topic = booking.Topic,
            Answers = booking.Answers is null
                ? null
                : JsonSerializer.Deserialize<JsonElement>(booking.Answers, Json.Stored),
            Host = new HostView(booking.HostMemberId, booking.HostConnectionId),
            Reference = arrangement.Reference is null
                ? null
                : JsonSerializer.Deserialize<JsonElement>(arrangement.Reference, Json.Stored),
            Meeting = made
                ? MeetingViews.Of(
                    arrangement,
                    connection is null ? null : MeetingReader.OrganizerOf(connection),
                    options,
                    clock.GetCurrentInstant()
                )
                : null,
            QueuedUntil = MeetingViews.QueuedUntil(arrangement, clock.GetCurrentInstant()),
            DoorUrl = MeetingViews.DoorUrl(options, arrangement.DoorCode),
            ManageUrl = await links.UrlAsync(session, booking),
            Version = booking.Version,
            CreatedAt = booking.CreatedAt,
        };
    }
}
