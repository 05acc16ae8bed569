using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>The OAuth client registered with a provider, without its secrets: a row of table <c>provider_app</c>.</summary>
public sealed record ProviderApp
{
    public const string Columns =
        "workspace_id, id, provider, purpose, kind, client_id, account_id, generation, created_at, updated_at, CASE WHEN webhook_secret IS NULL THEN 0 ELSE 1 END AS has_webhook_secret";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required string Purpose { get; init; }

    /// <summary>One of <see cref="ProviderAppKind"/>.</summary>
    public required string Kind { get; init; }
    public required string ClientId { get; init; }

    /// <summary>The account a server-to-server client speaks for; null with OAuth.</summary>
    public string? AccountId { get; init; }
    public bool HasWebhookSecret { get; init; }
    public required long Generation { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }

    /// <summary>Nobody is sent anywhere: the client's own credentials are asked for tokens of <see cref="AccountId"/>.</summary>
    public bool IsServerToServer => Kind == ProviderAppKind.ServerToServer;

    /// <summary>What setting a purpose's app could overwrite, as ETags tell it: an app of its own, or none.</summary>
    public static string StateOf(ProviderApp? app, string purpose) =>
        app is not null && app.Purpose == purpose ? EntityTags.StateOf(app.Id, app.Generation) : "none";
}

/// <summary>What is set for a provider app. <see cref="ToString"/> hides the secrets.</summary>
public sealed record ProviderAppSettings
{
    public required string Kind { get; init; }
    public required string ClientId { get; init; }

    /// <summary>Null keeps the one that is stored.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>With a server-to-server client.</summary>
    public string? AccountId { get; init; }

    /// <summary>What the provider signs its events with. Null keeps the one that is stored, empty forgets it.</summary>
    public string? WebhookSecretToken { get; init; }

    /// <summary>As the pages' forms send it: a secret left empty is kept.</summary>
    public static ProviderAppSettings Of(IFormCollection form)
    {
        var kind = Entered("kind") ?? ProviderAppKind.OAuth;
        return new ProviderAppSettings
        {
            Kind = kind,
            ClientId = form["clientId"].ToString(),
            ClientSecret = Entered("clientSecret"),
            // One form serves both kinds: what was typed for the other one is not meant.
            AccountId = kind == ProviderAppKind.ServerToServer ? form["accountId"].ToString() : null,
            WebhookSecretToken = Entered("webhookSecretToken"),
        };

        string? Entered(string field) => form[field].ToString() is { Length: > 0 } text ? text : null;
    }

    public override string ToString() => $"ProviderAppSettings {{ {Kind}, {ClientId} }}";
}

/// <summary>What was entered in an app's form that came back, without its secrets.</summary>
public sealed record EnteredApp(string Kind, string ClientId, string? AccountId)
{
    public static EnteredApp Of(ProviderAppSettings settings) =>
        new(settings.Kind, settings.ClientId, settings.AccountId);
}
