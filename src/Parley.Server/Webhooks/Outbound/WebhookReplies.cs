using System.Text.Json;
using NodaTime;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>An endpoint. <paramref name="Secret"/> is there in the reply that made it and never again.</summary>
/// <param name="Events">Empty: all.</param>
/// <param name="StoppedBecause">Why Parley switched it off by itself: <c>gone</c>, the receiver answered 410.</param>
/// <param name="FormerSecretUntil">Until when the former secret signs as well.</param>
public sealed record WebhookEndpointReply(
    string Id,
    string Url,
    string? Description,
    IReadOnlyList<string> Events,
    bool Active,
    string? StoppedBecause,
    Instant? FormerSecretUntil,
    Instant CreatedAt,
    [property: System.Text.Json.Serialization.JsonIgnore(
        Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull
    )]
        string? Secret = null
)
{
    public override string ToString() => $"WebhookEndpointReply {{ {Id} }}";
}

public sealed record WebhookEndpointRequest
{
    /// <summary>https, of the public internet unless an operator allowed other networks.</summary>
    public string? Url { get; init; }
    public string? Description { get; init; }
    public IReadOnlyList<string>? Events { get; init; }
    public bool? Active { get; init; }

    internal WebhookSettings ToSettings() =>
        new()
        {
            Url = Url?.Trim() ?? "",
            Description = string.IsNullOrWhiteSpace(Description) ? null : Description.Trim(),
            Events = Events?.Distinct(StringComparer.Ordinal).ToList() ?? [],
            Active = Active ?? true,
        };
}

/// <param name="OverlapHours">How long the former secret signs as well; 24 when left out.</param>
public sealed record RotateSecretRequest(int? OverlapHours = null);

/// <param name="Status">pending, delivered or dead.</param>
/// <param name="HttpStatus">Of the last answer.</param>
/// <param name="NextAttemptAt">While it is pending.</param>
public record WebhookDeliveryReply(
    string Id,
    string EventId,
    string Type,
    string Status,
    int Attempts,
    int? HttpStatus,
    int? DurationMs,
    string? Detail,
    Instant CreatedAt,
    Instant? NextAttemptAt,
    Instant? FinishedAt
);

/// <summary>A delivery with what was told.</summary>
/// <param name="Body">The event, as its receiver gets it.</param>
public sealed record WebhookDeliveryWithBody(
    string Id,
    string EventId,
    string Type,
    string Status,
    int Attempts,
    int? HttpStatus,
    int? DurationMs,
    string? Detail,
    Instant CreatedAt,
    Instant? NextAttemptAt,
    Instant? FinishedAt,
    JsonElement Body
)
    : WebhookDeliveryReply(
        Id,
        EventId,
        Type,
        Status,
        Attempts,
        HttpStatus,
        DurationMs,
        Detail,
        CreatedAt,
        NextAttemptAt,
        FinishedAt
    );
