using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>One event to one endpoint, with what became of it.</summary>
public sealed record WebhookDelivery
{
    internal const string Columns =
        "d.workspace_id, d.id, d.endpoint_id, d.event_id, d.subject, d.place, d.http_status, d.duration_ms, d.created_at, e.operation AS type, e.state, e.attempt, e.not_before, e.outcome_detail, e.finished_at";

    internal const string From = "webhook_delivery d JOIN effect e ON e.workspace_id = d.workspace_id AND e.id = d.id";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string EndpointId { get; init; }
    public required string EventId { get; init; }
    public required string Subject { get; init; }
    public required long Place { get; init; }
    public int? HttpStatus { get; init; }
    public int? DurationMs { get; init; }
    public required Instant CreatedAt { get; init; }
    public required string Type { get; init; }

    /// <summary>One of <see cref="EffectState"/>.</summary>
    public required string State { get; init; }
    public required int Attempt { get; init; }
    public required Instant NotBefore { get; init; }
    public string? OutcomeDetail { get; init; }
    public Instant? FinishedAt { get; init; }

    /// <summary>One of <see cref="DeliveryFilter.Statuses"/>.</summary>
    public string Status =>
        FinishedAt is null ? "pending"
        : State == EffectState.Applied ? "delivered"
        : "dead";
}

/// <summary>What the log is narrowed to.</summary>
/// <param name="Status">One of <see cref="Statuses"/>; null: any.</param>
/// <param name="Type">An event's name; null: any.</param>
public sealed record DeliveryFilter(string? Status, string? Type)
{
    public static readonly string[] Statuses = ["pending", "delivered", "dead"];

    /// <summary>From the query; what is wrong is among the list's errors.</summary>
    internal static DeliveryFilter Read(ListRequest list)
    {
        var filter = new DeliveryFilter(list.Text("status"), list.Text("type"));
        if (filter.Status is { } status && !Statuses.Contains(status, StringComparer.Ordinal))
        {
            list.Errors.Add("status", "must be pending, delivered or dead");
        }

        return filter;
    }
}

/// <summary>One line of a delivery's history.</summary>
/// <param name="Attempt">The first is 1.</param>
public sealed record DeliveryStep
{
    public required Instant At { get; init; }
    public required string ToState { get; init; }
    public required int Attempt { get; init; }
    public string? Code { get; init; }
    public string? Detail { get; init; }
}

/// <summary>A delivery with the event it carries, byte for byte as signed, and what was done, newest first.</summary>
public sealed record DeliveryStory(WebhookDelivery Delivery, string Body, IReadOnlyList<DeliveryStep> Steps);

/// <summary>How an endpoint stands.</summary>
public sealed record DeliveryCounts
{
    public required string EndpointId { get; init; }

    /// <summary>Not delivered yet; Parley goes on.</summary>
    public required int Pending { get; init; }

    /// <summary>Given up in the last 30 days and not delivered again since.</summary>
    public required int Dead { get; init; }
}
