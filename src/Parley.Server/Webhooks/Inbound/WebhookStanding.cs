using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Inbound;

/// <summary>How one address for events stands, for the pages.</summary>
/// <param name="Address">What is to be registered at the provider.</param>
/// <param name="HasSecret">Without one every delivery is refused.</param>
public sealed record WebhookStanding(string Address, bool HasSecret)
{
    /// <summary>The provider's name of the last event taken; null: none is remembered.</summary>
    public string? LastName { get; init; }
    public Instant? LastAt { get; init; }

    /// <summary>When the provider last had us prove that we hold the secret.</summary>
    public Instant? CheckedAt { get; init; }

    /// <param name="appId">Null: the installation's own address.</param>
    internal static async Task<WebhookStanding> ReadAsync(
        DbSession session,
        WebhookSecrets secrets,
        string workspaceId,
        string provider,
        string? appId
    )
    {
        var hasSecret = appId is null
            ? secrets.Installations(provider) is not null
            : await session.ScalarAsync<long>(
                "SELECT COUNT(*) FROM provider_app WHERE workspace_id = @workspaceId AND id = @appId AND webhook_secret IS NOT NULL",
                new { workspaceId, appId }
            ) > 0;
        var parameters = new
        {
            workspaceId,
            provider,
            appId = appId ?? "",
            Inbox.AddressChecked,
        };
        const string rows =
            "SELECT name, received_at FROM inbox WHERE workspace_id = @workspaceId AND provider = @provider AND app_id = @appId";
        var last = await session.FirstOrDefaultAsync<Line>(
            $"{rows} AND name <> @AddressChecked ORDER BY received_at DESC LIMIT 1",
            parameters
        );
        var proved = await session.FirstOrDefaultAsync<Line>($"{rows} AND event_key = @AddressChecked", parameters);
        return new WebhookStanding(secrets.Address(provider, appId), hasSecret)
        {
            LastName = last?.Name,
            LastAt = last?.ReceivedAt,
            CheckedAt = proved?.ReceivedAt,
        };
    }

    private sealed record Line
    {
        public required string Name { get; init; }
        public required Instant ReceivedAt { get; init; }
    }
}
