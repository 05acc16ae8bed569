using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access.Views;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

internal static class ApiKeyPages
{
    private const int MostShown = 200;

    public static void MapApiKeyPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/api-keys").RequireMember(Role.Owner, Role.Admin).ExcludeFromDescription();
        pages.MapGet("", (HttpContext context, ApiKeys keys) => PageAsync(context, keys));
        pages.MapPost("", CreateAsync);
        pages.MapPost("/{id}/revoke", RevokeAsync);
    }

    // The secret is in the reply itself, once: a redirect would have to store it somewhere.
    private static async Task<IResult> CreateAsync([FromForm] IFormCollection form, HttpContext context, ApiKeys keys)
    {
        var scopes = form["scopes"].OfType<string>().ToList();
        var answer = await keys.CreateAsync(Caller.Of(context), form["name"], scopes);
        return answer.Succeeded
            ? await PageAsync(context, keys, secret: answer.Value.Secret)
            : await PageAsync(context, keys, answer.Problem, name: form["name"], scopes: scopes);
    }

    private static async Task<IResult> RevokeAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        ApiKeys keys,
        Flash flash
    )
    {
        _ = form; // Bound so that the antiforgery token is demanded.
        if (!await keys.RevokeAsync(Caller.Of(context).WorkspaceId, id))
        {
            return Results.StatusCode(StatusCodes.Status404NotFound);
        }

        flash.Set(context, FlashKind.Ok, "The key is revoked and works nowhere any more.");
        return Pages.SeeOther("/api-keys");
    }

    private static async Task<IResult> PageAsync(
        HttpContext context,
        ApiKeys keys,
        Problem? problem = null,
        string? secret = null,
        string? name = null,
        IReadOnlyList<string>? scopes = null
    )
    {
        var listed = await keys.ListAsync(Caller.Of(context).WorkspaceId, MostShown, Cursor.Start);
        return Pages.Render<ApiKeysPage>(
            context,
            new
            {
                Keys = listed.Items,
                Secret = secret,
                Problem = problem,
                Name = name,
                Scopes = scopes ?? [],
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }
}
