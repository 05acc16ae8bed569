namespace Parley.Server.Webhooks.Inbound;

/// <summary>Whose secret signed a delivery.</summary>
/// <param name="WorkspaceId">Null: the installation's secret; its events may concern any workspace whose app has none of its own.</param>
/// <param name="AppId">The provider app; null with the installation's secret.</param>
public sealed record WebhookSender(string Provider, string? WorkspaceId, string? AppId, string? ClientId)
{
    /// <summary>As the inbox keeps it.</summary>
    public string AppKey => AppId ?? "";
}
