using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections.Diagnosis;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>What a provider is called and can do, and whether its app is set up.</summary>
public sealed record ProviderView(string Id, string Name, ProviderAppBrief App, IReadOnlyList<string> Capabilities);

public sealed record ProviderAppBrief(bool Configured, string? ClientId, string RedirectUri);

public sealed record ProviderList(IReadOnlyList<ProviderView> Items, string? NextCursor);

/// <summary>A provider app without its secrets.</summary>
public sealed record ProviderAppView
{
    public required string Provider { get; init; }
    public required string Purpose { get; init; }
    public required bool Configured { get; init; }

    /// <summary><c>organizer</c> when this purpose has no app of its own and uses that one.</summary>
    public string? InheritedFrom { get; init; }
    public string? Kind { get; init; }
    public string? ClientId { get; init; }

    /// <summary>With serverToServer: the account it speaks for.</summary>
    public string? AccountId { get; init; }

    /// <summary>Whether the secret is stored that the provider signs its events with; it is never shown.</summary>
    public required bool WebhookSecretConfigured { get; init; }

    /// <summary>Must be registered at the provider, byte for byte.</summary>
    public required string RedirectUri { get; init; }
    public Instant? UpdatedAt { get; init; }
}

public sealed record ProviderAppRequest
{
    /// <summary><c>oauth</c> or <c>serverToServer</c>.</summary>
    public string Kind { get; init; } = ProviderAppKind.OAuth;
    public required string ClientId { get; init; }

    /// <summary>May be left out when the client id stays: the stored one is kept.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>With serverToServer: the account the client speaks for.</summary>
    public string? AccountId { get; init; }

    /// <summary>What the provider signs its events with. Left out: the stored one is kept; empty: it is forgotten.</summary>
    public string? WebhookSecretToken { get; init; }

    public override string ToString() => $"ProviderAppRequest {{ {Kind}, {ClientId} }}";
}

internal static class ProvidersApi
{
    public static void MapProvidersApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/providers").WithTags("Providers");
        group
            .MapGet("/", ListAsync)
            .RequireScope("connections:read")
            .WithName("listProviders")
            .WithSummary("The providers this server speaks to, and whether their apps are set up.")
            .Produces<ProviderList>();
        Map(group, "/{provider}/apps/{purpose}", "");
        Map(group, "/{provider}/app", "Organizer");
    }

    private static void Map(RouteGroupBuilder group, string path, string suffix)
    {
        group
            .MapGet(path, GetAsync)
            .RequireScope("connections:read")
            .WithName($"get{suffix}ProviderApp")
            .WithSummary("A provider app, without its secrets.")
            .Produces<ProviderAppView>()
            .ProducesProblem(404);
        group
            .MapPut(path, PutAsync)
            .RequireScope("connections:write")
            .RequireAdministratorsKey()
            .HonoursIfMatch()
            .WithName($"put{suffix}ProviderApp")
            .WithSummary("Sets the OAuth client registered with a provider; secrets are never shown again.")
            .Accepts<ProviderAppRequest>("application/json")
            .Produces<ProviderAppView>()
            .ProducesProblem(400)
            .ProducesProblem(404);
        group
            .MapPost(path + "/test", TestAsync)
            .RequireScope("connections:write")
            .RequireAdministratorsKey()
            .WithIdempotency(IdempotencyRules.ReplyKept)
            .WithName($"test{suffix}ProviderApp")
            .WithSummary("Tries what can be tried of a provider app without a person.")
            .Produces<CheckReport>()
            .ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(
        HttpContext context,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var items = new List<ProviderView>();
        foreach (var registration in catalogue.All)
        {
            var app = await apps.FindAsync(
                caller.WorkspaceId,
                registration.Id,
                ConnectionPurpose.Organizer,
                cancellationToken
            );
            var descriptor = registration.Provider.Descriptor;
            items.Add(
                new ProviderView(
                    descriptor.Id,
                    descriptor.Name,
                    new ProviderAppBrief(app is not null, app?.ClientId, apps.RedirectUri(descriptor.Id)),
                    descriptor.Capabilities
                )
            );
        }

        return Results.Json(new ProviderList(items, null), Json.Api);
    }

    private static async Task<IResult> GetAsync(
        HttpContext context,
        string provider,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        CancellationToken cancellationToken
    )
    {
        var purpose = PurposeOf(context);
        if (catalogue.Find(provider) is null || !ConnectionPurpose.IsKnown(purpose))
        {
            return NotFound().ToResult();
        }

        var app = await apps.FindAsync(Caller.Of(context).WorkspaceId, provider, purpose, cancellationToken);
        return Show(context, View(apps, provider, purpose, app), app, purpose);
    }

    private static async Task<IResult> PutAsync(
        HttpContext context,
        string provider,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        CancellationToken cancellationToken
    )
    {
        var purpose = PurposeOf(context);
        if (catalogue.Find(provider) is null || !ConnectionPurpose.IsKnown(purpose))
        {
            return NotFound().ToResult();
        }

        var body = await RequestBody.ReadAsync<ProviderAppRequest>(context);
        if (body.Problem is { } malformed)
        {
            return malformed.ToResult();
        }

        var request = body.Value;
        var answer = await apps.PutAsync(
            Caller.Of(context).WorkspaceId,
            provider,
            purpose,
            new ProviderAppSettings
            {
                Kind = request.Kind,
                ClientId = request.ClientId,
                ClientSecret = request.ClientSecret,
                AccountId = request.AccountId,
                WebhookSecretToken = request.WebhookSecretToken,
            },
            cancellationToken,
            Precondition.Of(context)
        );
        return answer.Problem is { } problem
            ? problem.ToResult()
            : Show(context, View(apps, provider, purpose, answer.Value), answer.Value, purpose);
    }

    private static async Task<IResult> TestAsync(
        HttpContext context,
        string provider,
        ProviderCatalogue catalogue,
        AppChecks checks,
        CancellationToken cancellationToken
    )
    {
        var purpose = PurposeOf(context);
        if (catalogue.Find(provider) is not { } registration || !ConnectionPurpose.IsKnown(purpose))
        {
            return NotFound().ToResult();
        }

        var report = await checks.TestAsync(Caller.Of(context).WorkspaceId, registration, purpose, cancellationToken);
        return report.Problem is { } problem ? problem.ToResult() : Results.Json(report.Value, Json.Api);
    }

    private static string PurposeOf(HttpContext context) =>
        context.GetRouteValue("purpose") as string ?? ConnectionPurpose.Organizer;

    private static ProviderAppView View(ProviderApps apps, string provider, string purpose, ProviderApp? app) =>
        new()
        {
            Provider = provider,
            Purpose = purpose,
            Configured = app is not null,
            InheritedFrom = app is not null && app.Purpose != purpose ? app.Purpose : null,
            Kind = app?.Kind,
            ClientId = app?.ClientId,
            AccountId = app?.AccountId,
            WebhookSecretConfigured = app?.HasWebhookSecret ?? false,
            RedirectUri = apps.RedirectUri(provider),
            UpdatedAt = app?.UpdatedAt,
        };

    private static IResult Show(HttpContext context, ProviderAppView view, ProviderApp? app, string purpose)
    {
        EntityTags.Show(context, ProviderApp.StateOf(app, purpose));
        return Results.Json(view, Json.Api);
    }

    private static Problem NotFound() => new(ProblemCodes.NotFound, "There is no such provider app.");
}
