using NodaTime;
using Parley.Server.Meetings;

namespace Parley.Server.Booking;

public static class BookingStatus
{
    public const string Confirmed = "confirmed";
    public const string Pending = "pending";
    public const string Cancelled = "cancelled";
    public const string Rejected = "rejected";
    public static readonly string[] All = [Confirmed, Pending, Cancelled, Rejected];
}

/// <summary>Who acts on a booking.</summary>
public static class BookingActor
{
    public const string Customer = "customer";
    public const string Organizer = "organizer";
}

/// <summary>A customer's accepted time on a page: a row of table <c>booking</c>.</summary>
public sealed record CustomerBooking
{
    public const string Columns =
        "workspace_id, id, page_id, arrangement_id, starts_at, ends_at, status, customer_name, customer_email, customer_email_key, customer_time_zone, customer_locale, topic, answers, host_member_id, host_connection_id, manage_generation, version, cancelled_by, cancel_reason, created_at, updated_at, (SELECT a.reference FROM arrangement a WHERE a.workspace_id = booking.workspace_id AND a.id = booking.arrangement_id) AS reference";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string PageId { get; init; }
    public required string ArrangementId { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }
    public required string Status { get; init; }
    public required string CustomerName { get; init; }
    public required string CustomerEmail { get; init; }

    /// <summary>The address in lower case: what limits and searches compare.</summary>
    public required string CustomerEmailKey { get; init; }
    public required string CustomerTimeZone { get; init; }
    public required string CustomerLocale { get; init; }
    public string? Topic { get; init; }
    public string? Answers { get; init; }
    public required string HostMemberId { get; init; }
    public required string HostConnectionId { get; init; }

    /// <summary>Part of the manage link's signature: raising it revokes the link.</summary>
    public int ManageGeneration { get; init; } = 1;
    public int Version { get; init; } = 1;
    public string? CancelledBy { get; init; }
    public string? CancelReason { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }

    /// <summary>Its arrangement's: the record of another system it belongs to, as JSON.</summary>
    public string? Reference { get; init; }

    public PageHost Host => new() { MemberId = HostMemberId, ConnectionId = HostConnectionId };
    public int DurationMinutes => (int)(EndsAt - StartsAt).TotalMinutes;

    /// <summary>What a change could overwrite, as ETags tell it.</summary>
    public string State => MeetingTags.Of(Id, Version, Reference);
    public bool IsConfirmed => Status == BookingStatus.Confirmed;
}
