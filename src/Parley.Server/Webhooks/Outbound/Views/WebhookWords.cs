using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound.Views;

/// <summary>What the pages call things.</summary>
internal static class WebhookWords
{
    /// <summary>When an event is told: one sentence. Null for a name this page has no words for.</summary>
    public static string? Event(string type) =>
        type switch
        {
            WebhookEventTypes.BookingCreated => "A customer booked a time.",
            WebhookEventTypes.BookingRescheduled => "A booking was moved to another time.",
            WebhookEventTypes.BookingCancelled => "A booking was cancelled.",
            WebhookEventTypes.BookingReassigned => "A booking has another host; its time stays.",
            WebhookEventTypes.MeetingReady => "A meeting exists at the provider and its join link is known.",
            WebhookEventTypes.MeetingUpdated => "A meeting was changed at the provider.",
            WebhookEventTypes.MeetingRemoved => "A cancelled meeting is gone at the provider.",
            WebhookEventTypes.MeetingAttention => "A person must look at a meeting; the event says why.",
            Connections.ConnectionEvents.Connected => "An account was connected.",
            Connections.ConnectionEvents.Expiring => "An account's permission ends soon.",
            Connections.ConnectionEvents.Broken => "An account no longer works and must be refreshed.",
            Connections.ConnectionEvents.Restored => "An account that did not work works again.",
            Usage.UsageMonths.Completed => "A usage run has completed: the report of its account is up to date.",
            "meeting.ended" =>
                "A meeting was held and is over: how long, and who was there where the provider tells it.",
            WebhookEventTypes.Test => "Sent by the test button.",
            _ => null,
        };

    /// <summary>Badge of an endpoint: kind and text.</summary>
    public static (string Kind, string Text) Standing(WebhookEndpoint endpoint) =>
        endpoint switch
        {
            { Active: true } => ("ok", "Active"),
            { StoppedBecause: not null } => ("danger", "Stopped by Parley"),
            _ => ("neutral", "Switched off"),
        };

    /// <summary>Why Parley stopped, and how it goes on: a sentence each.</summary>
    public static (string Cause, string Cure) Stopped(string because) =>
        because switch
        {
            "gone" => (
                "The receiver answered 410 (Gone): it says that nothing is taken there any more, for good. Parley stopped at once. What still waits is given up when its next attempt is due, unless you start again before.",
                "If the receiver moved, change the URL first. If it answered so by mistake, start again."
            ),
            _ => ($"Parley stopped delivering ({because}).", "See the log, then start again."),
        };

    public static string Events(WebhookEndpoint endpoint) =>
        endpoint.EventList.Count == 0 ? "All" : string.Join(", ", endpoint.EventList);

    /// <summary>Badge of a delivery: kind and text.</summary>
    public static (string Kind, string Text) Status(WebhookDelivery delivery) =>
        delivery switch
        {
            { Status: "delivered" } => ("ok", "Delivered"),
            { Status: "dead" } => ("danger", "Not delivered"),
            { State: EffectState.Sending } => ("info", "Being sent"),
            { Attempt: > 0 } => ("warn", "Tried again later"),
            _ => ("info", "Waiting"),
        };

    public static string StatusFilter(string status) =>
        status switch
        {
            "pending" => "Waiting or tried again",
            "delivered" => "Delivered",
            _ => "Not delivered (dead letters)",
        };

    /// <summary>One step of the history: kind and text.</summary>
    public static (string Kind, string Text) Step(DeliveryStep step) =>
        step.ToState switch
        {
            EffectState.Sending => ("neutral", FormattableString.Invariant($"Attempt {step.Attempt}")),
            EffectState.Applied => ("ok", "The receiver took it"),
            EffectState.Rejected or EffectState.Expired => ("danger", "Given up"),
            EffectState.Superseded => ("neutral", "Dropped"),
            EffectState.Planned when step.Code is null => ("neutral", "To be delivered"),
            EffectState.Planned when step.Code == DeliveryTurns.AfterEarlier => ("neutral", "Waits its turn"),
            EffectState.Planned => ("warn", "Not taken; to be tried again"),
            _ => ("warn", "The answer was lost"),
        };

    /// <summary>
    /// Passed or not, and a reason in words: what a host answers is not shown by the button (it may be one only this server reaches).
    /// </summary>
    public static (FlashKind Kind, string Text) Test(WebhookDelivery test) =>
        test switch
        {
            { Status: "delivered" } => (FlashKind.Ok, "The test passed: the receiver took the event."),
            { HttpStatus: not null } => (
                FlashKind.Error,
                "The test failed: the receiver answered, but did not take the event (anything but 2xx). Its own log says why; often the secret is not the one it holds."
            ),
            { Attempt: > 0, OutcomeDetail: { } detail } => (FlashKind.Error, $"The test failed. {detail}"),
            _ => (
                FlashKind.Warn,
                "The test is on its way, but there is no answer yet. It stands in the log below; load this page again in a moment."
            ),
        };
}
