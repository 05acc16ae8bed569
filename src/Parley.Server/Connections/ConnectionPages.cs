using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Budget;
using Parley.Server.Connections.Diagnosis;
using Parley.Server.Hosting;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>One provider on the page: its app and the workspace's connections with it.</summary>
public sealed record ProviderCard
{
    public required ProviderDescriptor Provider { get; init; }
    public required ProviderApp? App { get; init; }
    public required ProviderApp? AccountApp { get; init; }
    public required string RedirectUri { get; init; }

    /// <summary>The provider delivers events, signed with a secret of the app.</summary>
    public bool TakesEvents { get; init; }
    public required IReadOnlyList<ConnectionEntry> Connections { get; init; }

    /// <summary>By connection; those of providers that count nothing are not in it.</summary>
    public required IReadOnlyDictionary<string, BudgetView> Budgets { get; init; }
}

/// <summary>What was tested, where its result is shown.</summary>
/// <param name="Subject"><c>provider/purpose</c> of an app.</param>
public sealed record TestedSubject(string Subject, CheckReport Report);

/// <summary>The page "Video conferencing".</summary>
internal static class ConnectionPages
{
    public const string Path = "/connections";

    public static void MapConnectionPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Path).ExcludeFromDescription();
        group.MapGet("/", ShowAsync).RequireMember();
        group.MapPost("/start", StartAsync).RequireMember();
        group.MapPost("/{id}/reconnect", ReconnectAsync).RequireMember();
        group.MapGet("/{id}/disconnect", ConfirmAsync).RequireMember();
        group.MapPost("/{id}/disconnect", DisconnectAsync).RequireMember();
        group.MapPost("/apps/{provider}/{purpose}", SaveAppAsync).RequireMember(Role.Owner, Role.Admin);
        group.MapPost("/apps/{provider}/{purpose}/test", TestAppAsync).RequireMember(Role.Owner, Role.Admin);
    }

    /// <summary>Members look after their own connections, administrators after all.</summary>
    public static bool MayChange(Caller caller, ConnectionEntry entry) =>
        caller.IsAdministrator || entry.MemberId == caller.MemberId;

    private static Task<IResult> ShowAsync(HttpContext context, CancellationToken cancellationToken) =>
        RenderAsync(context, 200, cancellationToken);

    private static async Task<IResult> StartAsync(
        HttpContext context,
        [FromForm] IFormCollection form,
        ConnectLinks links,
        ServerToServerConnect direct,
        ParleyOptions options,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var provider = form["provider"].ToString();
        var purpose = form["purpose"].ToString() is { Length: > 0 } named ? named : ConnectionPurpose.Organizer;
        return await direct.StartAsync(caller, provider, purpose, null, cancellationToken) is { } atOnce
            ? Told(context, flash, atOnce)
            : Go(
                context,
                options,
                flash,
                await links.StartInAppAsync(caller, provider, purpose, null, cancellationToken)
            );
    }

    private static async Task<IResult> ReconnectAsync(
        HttpContext context,
        string id,
        [FromForm] IFormCollection form,
        ConnectLinks links,
        ServerToServerConnect direct,
        ConnectionDirectory directory,
        ParleyOptions options,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var caller = Caller.Of(context);
        if (await OwnAsync(directory, caller, id, cancellationToken) is not { } entry)
        {
            return Results.StatusCode(404);
        }

        return await direct.AgainAsync(entry, cancellationToken) is { } atOnce
            ? Told(context, flash, atOnce)
            : Go(context, options, flash, await links.StartInAppAsync(caller, null, null, entry.Id, cancellationToken));
    }

    private static async Task<IResult> ConfirmAsync(
        HttpContext context,
        string id,
        ConnectionDirectory directory,
        ConnectionLifecycle lifecycle,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await OwnAsync(directory, caller, id, cancellationToken) is not { } entry)
        {
            return Results.StatusCode(404);
        }

        return Pages.Render<DisconnectPage>(
            context,
            new
            {
                Entry = entry,
                Dependents = await lifecycle.DependentsAsync(caller.WorkspaceId, entry.Id, cancellationToken),
            }
        );
    }

    private static async Task<IResult> DisconnectAsync(
        HttpContext context,
        string id,
        [FromForm] IFormCollection form,
        ConnectionDirectory directory,
        ConnectionLifecycle lifecycle,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await OwnAsync(directory, caller, id, cancellationToken) is not { } entry)
        {
            return Results.StatusCode(404);
        }

        var answer = await lifecycle.DisconnectAsync(
            caller.WorkspaceId,
            entry.Id,
            form["force"] == "true",
            cancellationToken
        );
        if (!answer.Succeeded)
        {
            // A meeting was booked between the question and the answer: ask again, with the new count.
            return Pages.Render<DisconnectPage>(
                context,
                new
                {
                    Entry = entry,
                    Dependents = await lifecycle.DependentsAsync(caller.WorkspaceId, entry.Id, cancellationToken),
                },
                409
            );
        }

        var who = entry.Connection.AccountText is { } account ? $" ({account})" : "";
        if (entry.Connection.ConnectedAt is null)
        {
            flash.Set(context, FlashKind.Ok, $"The unfinished {entry.Provider.Name} connection is removed.");
            return Pages.SeeOther(Path);
        }

        var unrevoked = answer.Value.Connection.ProblemDetail;
        flash.Set(
            context,
            unrevoked is null ? FlashKind.Ok : FlashKind.Warn,
            unrevoked is null
                ? $"Disconnected from {entry.Provider.Name}{who}."
                : $"Disconnected from {entry.Provider.Name}{who}. {unrevoked} {answer.Value.Connection.ProblemNext}"
        );
        return Pages.SeeOther(Path);
    }

    private static async Task<IResult> SaveAppAsync(
        HttpContext context,
        string provider,
        string purpose,
        [FromForm] IFormCollection form,
        ProviderCatalogue catalogue,
        ProviderApps apps,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (catalogue.Find(provider) is not { } registration || !ConnectionPurpose.IsKnown(purpose))
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
            return await RenderAsync(
                context,
                problem.Code.Status,
                cancellationToken,
                problem,
                $"{provider}/{purpose}",
                EnteredApp.Of(settings)
            );
        }

        flash.Set(context, FlashKind.Ok, $"The {registration.Provider.Descriptor.Name} app is saved.");
        return Pages.SeeOther(Path);
    }

    private static async Task<IResult> TestAppAsync(
        HttpContext context,
        string provider,
        string purpose,
        [FromForm] IFormCollection form,
        ProviderCatalogue catalogue,
        AppChecks checks,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        if (catalogue.Find(provider) is not { } registration || !ConnectionPurpose.IsKnown(purpose))
        {
            return Results.StatusCode(404);
        }

        var report = await checks.TestAsync(Caller.Of(context).WorkspaceId, registration, purpose, cancellationToken);
        return await RenderAsync(
            context,
            200,
            cancellationToken,
            tested: new TestedSubject($"{provider}/{purpose}", report.Value)
        );
    }

    /// <summary>Nobody had to consent: connected already, or it says why not.</summary>
    private static IResult Told(HttpContext context, Flash flash, Answer<LinkedAccount> answer)
    {
        if (answer.Problem is { } problem)
        {
            flash.Set(context, FlashKind.Error, $"{problem.Detail} {problem.Next}".Trim());
        }
        else if (answer.Value.Missing.Count > 0)
        {
            flash.Set(
                context,
                FlashKind.Warn,
                $"Connected as {answer.Value.Account}. {ScopeWords.MissingAtConnect("the provider", answer.Value.Missing)}"
            );
        }
        else
        {
            flash.Set(context, FlashKind.Ok, $"Connected as {answer.Value.Account}.");
        }

        return Pages.SeeOther(Path);
    }

    private static IResult Go(HttpContext context, ParleyOptions options, Flash flash, Answer<Continuation> answer)
    {
        if (answer.Problem is { } problem)
        {
            flash.Set(context, FlashKind.Error, $"{problem.Detail} {problem.Next}".Trim());
            return Pages.SeeOther(Path);
        }

        return ConnectPages.Leave(context, options, answer.Value);
    }

    /// <returns>Null: no such connection, or not for this member.</returns>
    public static async Task<ConnectionEntry?> OwnAsync(
        ConnectionDirectory directory,
        Caller caller,
        string id,
        CancellationToken cancellationToken
    ) =>
        await directory.FindAsync(caller.WorkspaceId, id, cancellationToken) is { } entry && MayChange(caller, entry)
            ? entry
            : null;

    private static async Task<IResult> RenderAsync(
        HttpContext context,
        int status,
        CancellationToken cancellationToken,
        Problem? problem = null,
        string? problemSubject = null,
        EnteredApp? entered = null,
        TestedSubject? tested = null
    )
    {
        var caller = Caller.Of(context);
        var services = context.RequestServices;
        var catalogue = (ProviderCatalogue)services.GetService(typeof(ProviderCatalogue))!;
        var apps = (ProviderApps)services.GetService(typeof(ProviderApps))!;
        var directory = (ConnectionDirectory)services.GetService(typeof(ConnectionDirectory))!;
        var budgets = (ConnectionBudgets)services.GetService(typeof(ConnectionBudgets))!;
        var connections = await directory.AllAsync(caller.WorkspaceId, cancellationToken);
        var spent = await budgets.OfAsync(connections, cancellationToken);
        var cards = new List<ProviderCard>();
        foreach (var registration in catalogue.All)
        {
            // The Connect buttons of this page end at the provider.
            AuthorizeOrigin.Allow(context, registration);
            var account = await apps.FindAsync(
                caller.WorkspaceId,
                registration.Id,
                ConnectionPurpose.Account,
                cancellationToken
            );
            cards.Add(
                new ProviderCard
                {
                    Provider = registration.Provider.Descriptor,
                    App = await apps.FindAsync(
                        caller.WorkspaceId,
                        registration.Id,
                        ConnectionPurpose.Organizer,
                        cancellationToken
                    ),
                    AccountApp = account?.Purpose == ConnectionPurpose.Account ? account : null,
                    RedirectUri = apps.RedirectUri(registration.Id),
                    TakesEvents = registration.Provider.Events is not null,
                    Budgets = spent,
                    Connections = connections
                        .Where(entry =>
                            entry.Connection.Provider == registration.Id
                            // One that the provider ended is shown until someone has seen why.
                            && (
                                entry.Connection.DisconnectedAt is null
                                || entry.Connection.ProblemCode == Deauthorization.Code
                            )
                        )
                        .ToList(),
                }
            );
        }

        return Pages.Render<VideoConferencingPage>(
            context,
            new
            {
                Caller = caller,
                Cards = cards,
                Problem = problem,
                ProblemSubject = problemSubject,
                Entered = entered,
                Tested = tested,
            },
            status
        );
    }
}
