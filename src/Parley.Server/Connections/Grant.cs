using NodaTime;
using Parley.Conferencing;

namespace Parley.Server.Connections;

/// <summary>States of a grant.</summary>
public static class GrantState
{
    public const string Live = "live";

    /// <summary>The provider no longer accepts it.</summary>
    public const string Dead = "dead";

    /// <summary>The reply that carried the next single-use refresh token never arrived, and the old one is spent.</summary>
    public const string RotationLost = "rotation_lost";

    /// <summary>Given back by us; nothing of it is kept.</summary>
    public const string Revoked = "revoked";
}

/// <summary>Codes of the failures only Parley itself can tell.</summary>
public static class GrantFailures
{
    public const string NotConnected = "not_connected";
    public const string Disconnected = "disconnected";
    public const string RotationLost = "rotation_lost";
    public const string NoRefreshToken = "no_refresh_token";
    public const string AppChanged = "provider_app_changed";
    public const string AppMissing = "provider_app_missing";
    public const string SecretUnreadable = "secret_unreadable";
    public const string Busy = "refresh_in_progress";

    /// <summary>The app was approved and is no longer: everything waits for an administrator.</summary>
    public const string ApprovalWithdrawn = FailureCodes.ApprovalWithdrawn;

    private const string Again = "Press \"Refresh your connection\" on the page Video conferencing.";

    internal static ProviderFailure Dead(string code, string message, string? next = null) =>
        new()
        {
            Kind = FailureKind.GrantDead,
            Code = code,
            Message = message,
            Next = next ?? Again,
        };

    internal static ProviderFailure OfState(string state) =>
        state switch
        {
            GrantState.RotationLost => Dead(
                RotationLost,
                "The provider's answer to the last renewal was lost on the way, and with it the only valid token. It cannot be asked for again."
            ),
            GrantState.Revoked => Dead(Disconnected, "The connection was disconnected."),
            _ => Dead(
                FailureCodes.InvalidGrant,
                "The provider no longer accepts this permission: it expired, was used up or was revoked.",
                "Connect the account again: press \"Refresh your connection\" on the page Video conferencing."
            ),
        };

    /// <summary>The provider refuses what worked because an administrator took the approval back. Others' failures stay as they are.</summary>
    internal static ProviderFailure Explained(ProviderFailure failure, ProviderDescriptor provider) =>
        failure.Kind != FailureKind.Unapproved
            ? failure
            : failure with
            {
                Code = ApprovalWithdrawn,
                Message =
                    $"The approval was withdrawn: an administrator of the {provider.Name} account no longer lets Parley's app be used.",
                Next =
                    $"Ask an administrator to approve the app again{(provider.Approval is { } guide ? $" in {guide.PlaceName}" : "")}. Parley notices by itself if the permission works again; else press \"Refresh your connection\".",
            };

    internal static ProviderFailure Unreadable() =>
        Dead(
            SecretUnreadable,
            "The stored tokens do not open where they lie: the database or the key was changed.",
            "Restore the database and key that belong together, or refresh the connection. An operator finds details in the log."
        );
}

/// <summary>An access token and what it belongs to. <see cref="ToString"/> hides it.</summary>
public sealed record LiveToken
{
    public required string WorkspaceId { get; init; }
    public required string ConnectionId { get; init; }
    public required string Provider { get; init; }
    public required string GrantId { get; init; }
    public required string AppId { get; init; }

    /// <summary>Of the OAuth client it was issued to.</summary>
    public required string ClientId { get; init; }
    public required string AccessToken { get; init; }
    public required Instant AccessExpiresAt { get; init; }
    public required long Generation { get; init; }

    /// <summary>When the provider issued it.</summary>
    public required Instant IssuedAt { get; init; }
    public string? OrganizerKey { get; init; }

    /// <summary>As the token reply told it; the adapter judges it.</summary>
    public string? ApiBaseUrl { get; init; }

    /// <summary>Set when the client's own credentials are asked for tokens of this account: nobody is behind it.</summary>
    public string? ServerAccount { get; init; }

    /// <summary>As stored; one of <see cref="ConnectionStatus"/>.</summary>
    public required string ConnectionStatus { get; init; }

    public ProviderAccess Access =>
        new(AccessToken, OrganizerKey == ServerAccount ? null : OrganizerKey)
        {
            ApiBaseUrl = ApiBaseUrl,
            ServerToServerAccount = ServerAccount,
        };

    public override string ToString() => $"LiveToken {{ {ConnectionId}, generation {Generation} }}";
}

/// <summary>A row of table <c>oauth_grant</c>, tokens still encrypted.</summary>
internal sealed record GrantRow
{
    public const string Columns =
        "g.workspace_id, g.id, g.provider_app_id, g.provider, g.client_id, g.account_subject, g.access_token, g.refresh_token, g.access_expires_at, g.scopes, g.generation, g.state, g.refresh_sent_at, g.refreshed_at, g.api_base_url, g.server_account";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string ProviderAppId { get; init; }
    public required string Provider { get; init; }
    public required string ClientId { get; init; }
    public required string AccountSubject { get; init; }
    public byte[]? AccessToken { get; init; }
    public byte[]? RefreshToken { get; init; }
    public Instant? AccessExpiresAt { get; init; }
    public required string Scopes { get; init; }
    public required long Generation { get; init; }
    public required string State { get; init; }
    public Instant? RefreshSentAt { get; init; }
    public Instant? RefreshedAt { get; init; }
    public string? ApiBaseUrl { get; init; }
    public string? ServerAccount { get; init; }
}
