using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections.Approval;

/// <summary>
/// For people whom a provider stops before its consent page: what to do, at their connection; and the page for the administrator they
/// ask, who need not be a member here. Its address is hard to guess and shows nothing that the provider's own page would not.
/// </summary>
internal static class ApprovalPages
{
    public static void MapApprovalPages(this IEndpointRouteBuilder routes)
    {
        var own = routes.MapGroup("/connections/{id}/approval").RequireMember().ExcludeFromDescription();
        own.MapGet("", ShowAsync);
        own.MapPost("", AskedAsync);
        routes.MapGet("/approval/{appId}", AdministratorAsync).AllowAnonymous().ExcludeFromDescription();
    }

    public static string PathOf(string connectionId) => $"/connections/{connectionId}/approval";

    private static async Task<IResult> ShowAsync(
        string id,
        HttpContext context,
        ConnectionDirectory directory,
        ProviderApps apps,
        ProviderCatalogue catalogue,
        Db db,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        return await ConnectionPages.OwnAsync(directory, caller, id, cancellationToken) is { } entry
            ? await RenderAsync(context, entry, null, apps, catalogue, db, options, cancellationToken)
            : Results.StatusCode(404);
    }

    private static async Task<IResult> AskedAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        ConnectionDirectory directory,
        ConnectionLifecycle lifecycle,
        ProviderApps apps,
        ProviderCatalogue catalogue,
        Db db,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var caller = Caller.Of(context);
        if (await ConnectionPages.OwnAsync(directory, caller, id, cancellationToken) is not { } entry)
        {
            return Results.StatusCode(404);
        }

        var answer = await lifecycle.ApprovalRequestedAsync(caller.WorkspaceId, entry.Id, cancellationToken);
        return answer.Problem is { } problem
            ? await RenderAsync(context, entry, problem, apps, catalogue, db, options, cancellationToken)
            : Pages.SeeOther(PathOf(entry.Id));
    }

    private static async Task<IResult> RenderAsync(
        HttpContext context,
        ConnectionEntry entry,
        Problem? problem,
        ProviderApps apps,
        ProviderCatalogue catalogue,
        Db db,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        var connection = entry.Connection;
        var request = await db.ReadAsync(
            async session =>
                ApprovalRequest.Of(
                    entry.Provider,
                    await apps.FindAsync(session, connection.WorkspaceId, connection.Provider, connection.Purpose),
                    await WorkspaceAsync(session, connection.WorkspaceId),
                    options.Origin
                ),
            cancellationToken
        );
        if (request is null)
        {
            return Results.StatusCode(404);
        }

        // "Connect again" ends at the provider.
        AuthorizeOrigin.Allow(context, catalogue.Find(connection.Provider)!);
        return Pages.Render<ApprovalPage>(
            context,
            new
            {
                Entry = entry,
                Request = request,
                Problem = problem,
            },
            problem?.Code.Status ?? 200
        );
    }

    private static async Task<IResult> AdministratorAsync(
        string appId,
        HttpContext context,
        ProviderCatalogue catalogue,
        Db db,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        context.SendNoReferrer();
        var request = await db.ReadAsync(
            async session =>
                await session.FirstOrDefaultAsync<ProviderApp>(
                    $"SELECT {ProviderApp.Columns} FROM provider_app WHERE id = @appId /* all workspaces: the id itself is the right to it */",
                    new { appId }
                )
                    is { } app
                && catalogue.Find(app.Provider)?.Provider.Descriptor is { } descriptor
                    ? ApprovalRequest.Of(
                        descriptor,
                        app,
                        await WorkspaceAsync(session, app.WorkspaceId),
                        options.Origin
                    )
                    : null,
            cancellationToken
        );
        return request is null
            ? Results.StatusCode(404)
            : Pages.Render<AdministratorPage>(context, new { Request = request });
    }

    private static Task<string> WorkspaceAsync(DbSession session, string workspaceId) =>
        session.FirstAsync<string>(
            "SELECT name FROM workspace WHERE id = @workspaceId /* all workspaces: id is the workspace_id */",
            new { workspaceId }
        );
}
