using NodaTime;

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

    /// <summary>One of <see cref="Provisioning.EffectState"/>.</summary>
    public required string State { get; init; }
    public required int Attempt { get; init; }
    public required Instant NotBefore { get; init; }
    public string? OutcomeDetail { get; init; }
    public Instant? FinishedAt { get; init; }
}
