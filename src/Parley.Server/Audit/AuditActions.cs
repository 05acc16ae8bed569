using System.Collections.Frozen;

namespace Parley.Server.Audit;

/// <summary>What can be found in the audit: codes that stay, and their words. Documented in docs/audit.md; a test holds them together.</summary>
public static class AuditActions
{
    public const string SignedIn = "sign_in.succeeded";
    public const string SignInFailed = "sign_in.failed";
    public const string SignedOut = "sign_in.ended";
    public const string BrowserSignedOut = "browser.signed_out";
    public const string PasswordChanged = "password.changed";
    public const string PasswordReset = "password.reset";

    public const string InvitationCreated = "invitation.created";
    public const string InvitationWithdrawn = "invitation.withdrawn";
    public const string MemberJoined = "member.joined";
    public const string MemberChanged = "member.changed";
    public const string MemberRoleChanged = "member.role_changed";
    public const string MemberDeactivated = "member.deactivated";
    public const string MemberReactivated = "member.reactivated";
    public const string MemberSignedOut = "member.signed_out_everywhere";

    public const string ApiKeyCreated = "api_key.created";
    public const string ApiKeyRevoked = "api_key.revoked";

    public const string ProviderAppSaved = "provider_app.saved";
    public const string ConnectionStarted = "connection.started";
    public const string ConnectionConnected = "connection.connected";
    public const string ConnectionRefreshed = "connection.refreshed";
    public const string ConnectionDisconnected = "connection.disconnected";
    public const string ConnectionHandedOver = "connection.handed_over";
    public const string ConnectionApprovalAsked = "connection.approval_requested";

    public const string BookingPageCreated = "booking_page.created";
    public const string BookingPageChanged = "booking_page.changed";
    public const string BookingPageDeleted = "booking_page.deleted";
    public const string BookingCreated = "booking.created";
    public const string BookingRescheduled = "booking.rescheduled";
    public const string BookingChanged = "booking.changed";
    public const string BookingCancelled = "booking.cancelled";
    public const string BookingReassigned = "booking.reassigned";
    public const string MeetingCreated = "meeting.created";
    public const string MeetingChanged = "meeting.changed";
    public const string MeetingCancelled = "meeting.cancelled";
    public const string MeetingReassigned = "meeting.reassigned";
    public const string MeetingStarted = "meeting.started";
    public const string ForeignMeetingChanged = "foreign_meeting.changed";
    public const string ForeignMeetingDeleted = "foreign_meeting.deleted";

    public const string UsageSaved = "usage.settings_saved";
    public const string UsageRunStarted = "usage.run_started";
    public const string UsageRunCancelled = "usage.run_cancelled";
    public const string UsageImported = "usage.imported";

    public const string WebhookCreated = "webhook.created";
    public const string WebhookChanged = "webhook.changed";
    public const string WebhookDeleted = "webhook.deleted";
    public const string WebhookSecretRotated = "webhook.secret_rotated";
    public const string WebhookTested = "webhook.tested";
    public const string WebhookRedelivered = "webhook.redelivered";
    public const string WriteBackCreated = "write_back.created";
    public const string WriteBackChanged = "write_back.changed";
    public const string WriteBackDeleted = "write_back.deleted";
    public const string WriteBackTested = "write_back.tested";
    public const string WriteBackRedelivered = "write_back.redelivered";

    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        [SignedIn] = "Signed in",
        [SignInFailed] = "Failed to sign in",
        [SignedOut] = "Signed out",
        [BrowserSignedOut] = "Signed a browser out",
        [PasswordChanged] = "Changed the password",
        [PasswordReset] = "Set a new password by link",
        [InvitationCreated] = "Made an invitation",
        [InvitationWithdrawn] = "Withdrew an invitation",
        [MemberJoined] = "Joined",
        [MemberChanged] = "Changed name or time zone",
        [MemberRoleChanged] = "Changed a role",
        [MemberDeactivated] = "Deactivated a member",
        [MemberReactivated] = "Reactivated a member",
        [MemberSignedOut] = "Signed a member out everywhere",
        [ApiKeyCreated] = "Made an API key",
        [ApiKeyRevoked] = "Revoked an API key",
        [ProviderAppSaved] = "Saved a provider app",
        [ConnectionStarted] = "Began to connect an account",
        [ConnectionConnected] = "Connected an account",
        [ConnectionRefreshed] = "Refreshed a connection",
        [ConnectionDisconnected] = "Disconnected an account",
        [ConnectionHandedOver] = "Handed a connection over",
        [ConnectionApprovalAsked] = "Asked for approval",
        [BookingPageCreated] = "Made a booking page",
        [BookingPageChanged] = "Changed a booking page",
        [BookingPageDeleted] = "Deleted a booking page",
        [BookingCreated] = "Booked",
        [BookingRescheduled] = "Moved a booking",
        [BookingChanged] = "Changed the record a booking belongs to",
        [BookingCancelled] = "Cancelled a booking",
        [BookingReassigned] = "Gave a booking to another host",
        [MeetingCreated] = "Scheduled a meeting",
        [MeetingChanged] = "Changed a meeting",
        [MeetingCancelled] = "Cancelled a meeting",
        [MeetingReassigned] = "Gave a meeting to another host",
        [MeetingStarted] = "Opened a meeting as its host",
        [ForeignMeetingChanged] = "Changed a meeting made elsewhere",
        [ForeignMeetingDeleted] = "Deleted a meeting made elsewhere",
        [UsageSaved] = "Saved usage settings",
        [UsageRunStarted] = "Started a usage run",
        [UsageRunCancelled] = "Cancelled a usage run",
        [UsageImported] = "Imported an activity report",
        [WebhookCreated] = "Made a webhook endpoint",
        [WebhookChanged] = "Changed a webhook endpoint",
        [WebhookDeleted] = "Deleted a webhook endpoint",
        [WebhookSecretRotated] = "Made a new webhook secret",
        [WebhookTested] = "Tested a webhook endpoint",
        [WebhookRedelivered] = "Sent an event again",
        [WriteBackCreated] = "Made a write-back",
        [WriteBackChanged] = "Changed a write-back",
        [WriteBackDeleted] = "Deleted a write-back",
        [WriteBackTested] = "Tested a write-back",
        [WriteBackRedelivered] = "Wrote back again",
    };

    /// <summary>Code → words.</summary>
    public static readonly FrozenDictionary<string, string> All = Words.ToFrozenDictionary(StringComparer.Ordinal);
}
