using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Embed.Views;
using Parley.Server.Hosting;
using Parley.Server.Web;

namespace Parley.Server.Embed;

/// <summary>The organizer's page of one publishable key: what to paste, what to allow, and the button itself to try.</summary>
internal static class ButtonPages
{
    public static void MapButtonPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/api-keys").RequireMember(Role.Owner, Role.Admin).ExcludeFromDescription();
        pages.MapGet("/{id}/button", ShowAsync);
        pages.MapPost("/crm-demo", ConnectDemoAsync);
    }

    private static async Task<IResult> ShowAsync(
        string id,
        HttpContext context,
        ApiKeys keys,
        ConnectionDirectory connections,
        ParleyOptions options,
        SiteAssets assets,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        if (await keys.FindAsync(workspaceId, id) is not { IsPublishable: true } key)
        {
            return Results.StatusCode(StatusCodes.Status404NotFound);
        }

        var connection = await connections.FindAsync(workspaceId, key.ConnectionId!, cancellationToken);
        return Pages.Render<ButtonPage>(
            context,
            new
            {
                Key = key,
                Host = connection is null
                    ? null
                    : $"{connection.Provider.Name}, {connection.Connection.AccountText ?? connection.Id}",
                options.Origin,
                Integrity = assets.IntegrityOf(EmbedScript.Button.Asset),
            }
        );
    }

    private static async Task<IResult> ConnectDemoAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        CrmDemo demo,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form; // Bound so that the antiforgery token is demanded.
        if (!demo.IsThere)
        {
            return Results.StatusCode(StatusCodes.Status404NotFound);
        }

        var connected = await demo.ConnectAsync(Caller.Of(context), cancellationToken);
        flash.Set(
            context,
            connected is null ? FlashKind.Ok : FlashKind.Error,
            connected is null
                ? "The CRM demo is connected: open it and schedule a meeting with one of its contacts."
                : $"{connected.Detail} {connected.Next}"
        );
        return Pages.SeeOther("/api-keys");
    }
}
