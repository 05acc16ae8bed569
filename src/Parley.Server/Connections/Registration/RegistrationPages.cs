using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections.Diagnosis;
using Parley.Server.Web;

namespace Parley.Server.Connections.Registration;

/// <summary>What the page that walks through registering an OAuth client shows.</summary>
public sealed record RegistrationView
{
    public required ProviderDescriptor Provider { get; init; }
    public required string Purpose { get; init; }
    public required string RedirectUri { get; init; }

    /// <summary>The one in use for this purpose, perhaps the organizers'.</summary>
    public required ProviderApp? App { get; init; }

    /// <summary>The provider delivers events, signed with a secret of the app.</summary>
    public bool TakesEvents { get; init; }

    /// <summary>What was entered, when the form came back.</summary>
    public EnteredApp? Entered { get; init; }
    public Problem? Problem { get; init; }
    public CheckReport? Report { get; init; }

    public RegistrationGuide? Guide =>
        Provider.RegistrationByPurpose.GetValueOrDefault(Purpose) ?? Provider.Registration;

    public bool IsInherited => App is not null && App.Purpose != Purpose;
}

/// <summary>Registering an OAuth client with a provider, step by step: <c>/connections/apps/{provider}/{purpose}/register</c>.</summary>
internal static class RegistrationPages
{
    public static void MapRegistrationPages(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/connections/apps/{provider}/{purpose}/register")
            .RequireMember(Role.Owner, Role.Admin)
            .ExcludeFromDescription();
        group.MapGet("", ShowAsync);
        group.MapPost("", SaveAsync);
        group.MapPost("/test", TestAsync);
    }

    public static string PathOf(string provider, string purpose) => $"/connections/apps/{provider}/{purpose}/register";

    private static async Task<IResult> ShowAsync(
        string provider,
        string purpose,
        HttpContext context,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        CancellationToken cancellationToken
    ) =>
        await ViewAsync(context, provider, purpose, catalogue, apps, cancellationToken) is { } view
            ? Render(context, view)
            : Results.StatusCode(404);

    private static async Task<IResult> SaveAsync(
        string provider,
        string purpose,
        [FromForm] IFormCollection form,
        HttpContext context,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (await ViewAsync(context, provider, purpose, catalogue, apps, cancellationToken) is not { } view)
        {
            return Results.StatusCode(404);
        }

        var settings = ProviderAppSettings.Of(form);
        var answer = await apps.PutAsync(
            Caller.Of(context).WorkspaceId,
            provider,
            purpose,
            settings,
            cancellationToken
        );
        if (answer.Problem is { } problem)
        {
            return Render(
                context,
                view with
                {
                    Problem = problem,
                    Entered = EnteredApp.Of(settings),
                },
                problem.Code.Status
            );
        }

        flash.Set(context, FlashKind.Ok, $"The {view.Provider.Name} app is saved. Test it, then connect an account.");
        return Pages.SeeOther(PathOf(provider, purpose) + "#test");
    }

    private static async Task<IResult> TestAsync(
        string provider,
        string purpose,
        [FromForm] IFormCollection form,
        HttpContext context,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        AppChecks checks,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        if (await ViewAsync(context, provider, purpose, catalogue, apps, cancellationToken) is not { } view)
        {
            return Results.StatusCode(404);
        }

        var report = await checks.TestAsync(
            Caller.Of(context).WorkspaceId,
            catalogue.Find(provider)!,
            purpose,
            cancellationToken
        );
        return Render(context, view with { Report = report.Value });
    }

    private static async Task<RegistrationView?> ViewAsync(
        HttpContext context,
        string provider,
        string purpose,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        CancellationToken cancellationToken
    )
    {
        if (catalogue.Find(provider) is not { } registration || !ConnectionPurpose.IsKnown(purpose))
        {
            return null;
        }

        // "Connect" on this page ends at the provider.
        AuthorizeOrigin.Allow(context, registration);
        return new RegistrationView
        {
            Provider = registration.Provider.Descriptor,
            Purpose = purpose,
            TakesEvents = registration.Provider.Events is not null,
            RedirectUri = apps.RedirectUri(provider),
            App = await apps.FindAsync(Caller.Of(context).WorkspaceId, provider, purpose, cancellationToken),
        };
    }

    private static IResult Render(HttpContext context, RegistrationView view, int status = 200) =>
        Pages.Render<RegistrationPage>(context, new { View = view }, status);
}
