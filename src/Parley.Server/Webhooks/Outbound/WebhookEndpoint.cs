using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>Where events go: a row of table <c>webhook_endpoint</c> without its secrets.</summary>
public sealed record WebhookEndpoint : IListed
{
    internal const string Columns =
        "workspace_id, id, url, description, events, former_until, generation, active, stopped_because, created_at, updated_at";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Url { get; init; }
    public string? Description { get; init; }

    /// <summary>Names by blanks; empty: all.</summary>
    public required string Events { get; init; }

    /// <summary>Until when the former secret signs as well; null: there is none.</summary>
    public Instant? FormerUntil { get; init; }
    public required long Generation { get; init; }
    public required bool Active { get; init; }

    /// <summary>Why Parley stopped delivering by itself; null: a person did, or it is active.</summary>
    public string? StoppedBecause { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }

    public IReadOnlyList<string> EventList => Events.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What a change could overwrite, as ETags tell it.</summary>
    public string State =>
        EntityTags.StateOf(
            new
            {
                Id,
                Url,
                Description,
                Events,
                Active,
                StoppedBecause,
            }
        );

    public bool Wants(string type) => Events.Length == 0 || EventList.Contains(type, StringComparer.Ordinal);
}
