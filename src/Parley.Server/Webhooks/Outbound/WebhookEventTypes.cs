using System.Collections.Frozen;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>Names of the events told; fixed by the outside contract.</summary>
public static class WebhookEventTypes
{
    public const string BookingCreated = "booking.created";
    public const string BookingRescheduled = "booking.rescheduled";
    public const string BookingCancelled = "booking.cancelled";

    /// <summary>Another member hosts it, with another account; its time and its door stay.</summary>
    public const string BookingReassigned = "booking.reassigned";

    /// <summary>The meeting is there and its join link known.</summary>
    public const string MeetingReady = "meeting.ready";
    public const string MeetingUpdated = "meeting.updated";
    public const string MeetingRemoved = "meeting.removed";

    /// <summary>A session was held and is over; with who came.</summary>
    public const string MeetingEnded = "meeting.ended";

    /// <summary>A person must look; <c>attention</c> says why.</summary>
    public const string MeetingAttention = "meeting.attention";

    /// <summary>Sent by the test button alone.</summary>
    public const string Test = "webhook.test";

    /// <summary>All an endpoint may ask for.</summary>
    public static readonly FrozenSet<string> All = FrozenSet.ToFrozenSet(
        [
            BookingCreated,
            BookingRescheduled,
            BookingCancelled,
            BookingReassigned,
            MeetingReady,
            MeetingUpdated,
            MeetingRemoved,
            MeetingEnded,
            MeetingAttention,
            Connections.ConnectionEvents.Connected,
            Connections.ConnectionEvents.Expiring,
            Connections.ConnectionEvents.Broken,
            Connections.ConnectionEvents.Restored,
            Usage.UsageMonths.Completed,
        ],
        StringComparer.Ordinal
    );
}
