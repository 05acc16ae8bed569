using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Parley.Conferencing;
using Parley.Server.Hosting;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Inbound;

/// <summary>
/// The secrets providers sign their events with: one per provider app, set with the app; and one of the installation,
/// <c>Providers__{Provider}__WebhookSecretToken</c>, for an operator who runs one app for everyone.
/// </summary>
public sealed partial class WebhookSecrets(
    Db db,
    Vault vault,
    IConfiguration configuration,
    ParleyOptions options,
    ILogger<WebhookSecrets> logger
)
{
    /// <returns>Null: none is configured.</returns>
    public string? Installations(string provider) =>
        configuration[$"Providers:{provider}:WebhookSecretToken"] is { Length: > 0 } secret ? secret.Trim() : null;

    /// <summary>What is registered at the provider.</summary>
    /// <param name="appId">Null: the address of the installation's own app.</param>
    public string Address(string provider, string? appId) =>
        appId is null
            ? $"{options.Origin}{InboundApi.Path}/{provider}"
            : $"{options.Origin}{InboundApi.Path}/{provider}/{appId}";

    /// <returns>The app and its secret (none: null); null: there is no such app of this provider.</returns>
    internal Task<(WebhookSender Sender, string? Secret)?> OfAppAsync(
        string provider,
        string appId,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync<(WebhookSender, string?)?>(
            async session =>
            {
                var row = await session.FirstOrDefaultAsync<AppRow>(
                    "SELECT workspace_id, id, client_id, webhook_secret, generation FROM provider_app WHERE provider = @provider AND id = @appId /* all workspaces: the address names the app, the signature proves the sender */",
                    new { provider, appId }
                );
                return row is null
                    ? null
                    : (
                        new WebhookSender(provider, row.WorkspaceId, row.Id, row.ClientId),
                        row.WebhookSecret is null ? null : await OpenAsync(session, row)
                    );
            },
            cancellationToken
        );

    private async Task<string?> OpenAsync(DbSession session, AppRow row)
    {
        try
        {
            return await vault.DecryptAsync(
                session,
                new SecretCell(row.WorkspaceId, "provider_app", row.Id, "webhook_secret", row.Generation),
                row.WebhookSecret!
            );
        }
        catch (SecretTamperedException exception)
        {
            // As if there were none: every delivery is refused.
            LogTampered(row.Id, exception);
            return null;
        }
    }

    [LoggerMessage(
        EventId = 361,
        Level = LogLevel.Critical,
        Message = "The webhook secret of app {AppId} does not open where it lies; it was moved, altered, or belongs to another key"
    )]
    private partial void LogTampered(string appId, Exception exception);

    private sealed record AppRow
    {
        public required string WorkspaceId { get; init; }
        public required string Id { get; init; }
        public required string ClientId { get; init; }
        public byte[]? WebhookSecret { get; init; }
        public required long Generation { get; init; }
    }
}
