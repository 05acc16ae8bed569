using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Connections.Diagnosis;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage.Views;

/// <summary>What the page shows that walks through setting a connector up.</summary>
public sealed record UsageSetupView
{
    public required IReadOnlyList<ProviderDescriptor> Providers { get; init; }

    /// <summary>Null: not chosen yet.</summary>
    public required ProviderDescriptor? Provider { get; init; }
    public required string RedirectUri { get; init; }

    /// <summary>The OAuth client reports use, perhaps the organizers'.</summary>
    public required ProviderApp? App { get; init; }
    public UsageEntry? Entry { get; init; }
    public UsageForm? Form { get; init; }
    public Problem? Problem { get; init; }

    /// <summary>What the form of the client came back with.</summary>
    public Problem? AppProblem { get; init; }
    public string? ClientId { get; init; }
    public CheckReport? Test { get; init; }

    /// <summary>Licences of the last run, for the price list.</summary>
    public IReadOnlyList<string> Licences { get; init; } = [];

    /// <summary><c>now</c> after Get token, <c>before</c> when the account was connected already.</summary>
    public string? Connected { get; init; }

    /// <summary>The language reports are in when none is chosen.</summary>
    public ReportLanguage? AccountLanguage { get; init; }
}

/// <summary>Setting a connector up: its OAuth client, its token, a test, and what is reported when.</summary>
internal static class UsageSetupPages
{
    public static void MapUsageSetupPages(this IEndpointRouteBuilder group)
    {
        group.MapGet("/new", NewAsync);
        group.MapPost("/apps/{provider}", SaveAppAsync);
        group.MapPost("/connect", ConnectAsync);
        group.MapGet("/{id}/setup", SetupAsync);
        group.MapPost("/{id}/setup", SaveAsync);
        group.MapPost("/{id}/test", TestAsync);
        group.MapPost("/{id}/reconnect", ReconnectAsync);
    }

    private static async Task<IResult> NewAsync(
        HttpContext context,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        CancellationToken cancellationToken
    ) =>
        Render(
            context,
            await BlankAsync(context, catalogue, apps, context.Request.Query["provider"], cancellationToken)
        );

    private static async Task<IResult> SaveAppAsync(
        string provider,
        [FromForm] IFormCollection form,
        HttpContext context,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        UsageDesk desk,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (catalogue.Find(provider) is not { } registration)
        {
            return Results.StatusCode(404);
        }

        var caller = Caller.Of(context);
        var answer = await apps.PutAsync(
            caller.WorkspaceId,
            provider,
            ConnectionPurpose.Account,
            ProviderAppSettings.Of(form),
            cancellationToken
        );
        var connection = form["connection"].ToString();
        if (answer.Problem is { } problem)
        {
            var found = await desk.FindAsync(caller, connection, cancellationToken);
            var view = found.Succeeded
                ? await ViewAsync(context, found.Value, cancellationToken)
                : await BlankAsync(context, catalogue, apps, provider, cancellationToken);
            return Render(
                context,
                view with
                {
                    AppProblem = problem,
                    ClientId = form["clientId"],
                },
                problem.Code.Status
            );
        }

        flash.Set(context, FlashKind.Ok, $"The {registration.Provider.Descriptor.Name} client is saved.");
        return Pages.SeeOther(
            connection.Length > 0 && (await desk.FindAsync(caller, connection, cancellationToken)).Succeeded
                ? UsagePages.PathOf(connection, "/setup#token")
                : $"{UsagePages.Path}/new?provider={provider}#token"
        );
    }

    private static async Task<IResult> ConnectAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        ConnectLinks links,
        ParleyOptions options,
        Flash flash,
        CancellationToken cancellationToken
    ) =>
        Go(
            context,
            options,
            flash,
            await links.StartInAppAsync(
                Caller.Of(context),
                form["provider"],
                ConnectionPurpose.Account,
                null,
                cancellationToken
            ),
            $"{UsagePages.Path}/new"
        );

    private static async Task<IResult> ReconnectAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        UsageDesk desk,
        ConnectLinks links,
        ParleyOptions options,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var caller = Caller.Of(context);
        return (await desk.FindAsync(caller, id, cancellationToken)) is { Succeeded: true } found
            ? Go(
                context,
                options,
                flash,
                await links.StartInAppAsync(caller, null, null, found.Value.Connection.Id, cancellationToken),
                UsagePages.PathOf(id, "/setup")
            )
            : Results.StatusCode(404);
    }

    private static IResult Go(
        HttpContext context,
        ParleyOptions options,
        Flash flash,
        Answer<Continuation> answer,
        string back
    )
    {
        if (answer.Problem is { } problem)
        {
            flash.Set(context, FlashKind.Error, $"{problem.Detail} {problem.Next}".Trim());
            return Pages.SeeOther(back);
        }

        return ConnectPages.Leave(context, options, answer.Value);
    }

    private static async Task<IResult> SetupAsync(
        string id,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var found = await desk.FindAsync(Caller.Of(context), id, cancellationToken);
        if (!found.Succeeded)
        {
            return Results.StatusCode(404);
        }

        var view = await ViewAsync(context, found.Value, cancellationToken);
        var query = context.Request.Query;
        // A licence without a price leads here with its name.
        var licence = query["price"].ToString();
        return Render(
            context,
            view with
            {
                Connected = query["connected"].ToString() is "now" or "before" ? query["connected"] : (string?)null,
                Form = licence.Length is > 0 and <= 200
                    ? view.Form!.Tidy().WithRow(new PriceRow { Match = licence })
                    : view.Form,
            }
        );
    }

    private static async Task<IResult> SaveAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        UsageDesk desk,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var found = await desk.FindAsync(caller, id, cancellationToken);
        if (!found.Succeeded)
        {
            return Results.StatusCode(404);
        }

        var typed = UsageForm.Of(form);
        var view = await ViewAsync(context, found.Value, cancellationToken);
        var intent = form["intent"].ToString();
        if (intent == "addPrice")
        {
            return Render(context, view with { Form = typed.WithRow(new PriceRow()) });
        }

        if (
            intent.StartsWith("removePrice:", StringComparison.Ordinal)
            && int.TryParse(intent["removePrice:".Length..], out var index)
        )
        {
            return Render(context, view with { Form = typed.WithoutRow(index) });
        }

        typed = typed.Tidy();
        var saved = await desk.PutAsync(caller, id, typed.ToBody(), cancellationToken);
        if (saved.Problem is { } problem)
        {
            return Render(
                context,
                view with
                {
                    Form = typed,
                    Problem = UsageForm.AtFields(problem),
                },
                problem.Code.Status
            );
        }

        flash.Set(
            context,
            FlashKind.Ok,
            Saved(saved.Value, await desk.LanguageAsync(saved.Value.Connector, cancellationToken))
        );
        if (intent != "saveAndRun")
        {
            return Pages.SeeOther(UsagePages.PathOf(id, "/setup"));
        }

        var run = await desk.RunAsync(caller, id, cancellationToken);
        if (run.Problem is { } refused)
        {
            flash.Set(context, FlashKind.Warn, $"The settings are saved. {refused.Detail} {refused.Next}");
            return Pages.SeeOther(UsagePages.PathOf(id, "/setup"));
        }

        return Pages.SeeOther(UsagePages.PathOf(id, $"/runs/{run.Value.Id}"));
    }

    private static string Saved(UsageEntry entry, ReportLanguage language) =>
        entry.Connector.NextDue is { } next
            ? $"Saved. It is active and runs {UsageTiming.Of(entry.Connector.Cron).Words}, next {UsageWords.Moment(next, entry.Connector.Zone, language)} ({entry.Connector.Zone.Id})."
            : "Saved. It is not active: it runs only when you start it.";

    private static async Task<IResult> TestAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        UsageDesk desk,
        ConnectionChecks checks,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var caller = Caller.Of(context);
        if ((await desk.FindAsync(caller, id, cancellationToken)) is not { Succeeded: true } found)
        {
            return Results.StatusCode(404);
        }

        var report = await checks.TestAsync(caller.WorkspaceId, found.Value.Connection.Id, cancellationToken);
        // What the checks found out shows in the connection's own state.
        found = await desk.FindAsync(caller, id, cancellationToken);
        return Render(context, await ViewAsync(context, found.Value, cancellationToken) with { Test = report.Value });
    }

    private static async Task<UsageSetupView> BlankAsync(
        HttpContext context,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        string? provider,
        CancellationToken cancellationToken
    )
    {
        var chosen = catalogue.Find(provider ?? "") ?? (catalogue.All.Count == 1 ? catalogue.All.First() : null);
        if (chosen is not null)
        {
            // "Get token" ends at the provider.
            AuthorizeOrigin.Allow(context, chosen);
        }

        return new UsageSetupView
        {
            Providers = [.. catalogue.All.Select(known => known.Provider.Descriptor)],
            Provider = chosen?.Provider.Descriptor,
            RedirectUri = chosen is null ? "" : apps.RedirectUri(chosen.Id),
            App = chosen is null
                ? null
                : await apps.FindAsync(
                    Caller.Of(context).WorkspaceId,
                    chosen.Id,
                    ConnectionPurpose.Account,
                    cancellationToken
                ),
        };
    }

    private static async Task<UsageSetupView> ViewAsync(
        HttpContext context,
        UsageEntry entry,
        CancellationToken cancellationToken
    )
    {
        var services = context.RequestServices;
        var desk = (UsageDesk)services.GetService(typeof(UsageDesk))!;
        var blank = await BlankAsync(
            context,
            (ProviderCatalogue)services.GetService(typeof(ProviderCatalogue))!,
            (ProviderApps)services.GetService(typeof(ProviderApps))!,
            entry.Connection.Provider.Id,
            cancellationToken
        );
        var report = await desk.ReportAsync(Caller.Of(context), entry.Connection.Id, null, cancellationToken);
        var form = UsageForm.Of(entry.Connector, entry.Connection.Connection.TimeZone);
        return blank with
        {
            Entry = entry,
            // An empty price list shows what a price looks like.
            Form = form.Prices.Count == 0 ? form.WithRow(new PriceRow()) : form,
            Licences = report.Succeeded
                ? [.. report.Value.Licences.Select(licence => licence.Name).Distinct(StringComparer.Ordinal)]
                : [],
            AccountLanguage = await desk.LanguageAsync(entry.Connector with { Locale = null }, cancellationToken),
        };
    }

    private static IResult Render(HttpContext context, UsageSetupView view, int status = 200) =>
        Pages.Render<UsageSetupPage>(context, new { View = view }, status);
}
