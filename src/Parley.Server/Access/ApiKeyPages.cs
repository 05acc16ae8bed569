using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access.Views;
using Parley.Server.Connections;
using Parley.Server.Embed;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>The form for a publishable key as it was sent.</summary>
public sealed record PublishingForm(string? Name, string? Origins, string? ConnectionId);

internal static class ApiKeyPages
{
    private const int MostShown = 200;

    public static void MapApiKeyPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/api-keys").RequireMember(Role.Owner, Role.Admin).ExcludeFromDescription();
        pages.MapGet("", (HttpContext context, ApiKeys keys) => PageAsync(context, keys));
        pages.MapPost("", CreateAsync);
        pages.MapPost("/publishable", PublishAsync);
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

    private static async Task<IResult> PublishAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        ApiKeys keys,
        PublishableKeys publishable,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var answer = await publishable.CreateAsync(
            Caller.Of(context),
            form["publishableName"],
            WebOrigin.Lines(form["origins"]),
            form["connectionId"].ToString() is { Length: > 0 } chosen ? chosen : null,
            cancellationToken
        );
        if (answer.Succeeded)
        {
            flash.Set(context, FlashKind.Ok, "The key is made. Copy the lines below into the page.");
            return Pages.SeeOther($"/api-keys/{answer.Value.Id}/button");
        }

        return await PageAsync(
            context,
            keys,
            answer.Problem! with
            {
                Errors = ForForm(answer.Problem!),
            },
            publishing: new PublishingForm(form["publishableName"], form["origins"], form["connectionId"])
        );
    }

    // Two forms share a page: their fields differ by name, and the list of origins is one box.
    private static Dictionary<string, string[]> ForForm(Problem problem) =>
        (problem.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal))
            .GroupBy(
                error =>
                    error.Key.StartsWith("origins", StringComparison.Ordinal) ? "origins"
                    : error.Key == "name" ? "publishableName"
                    : error.Key,
                error => error.Value,
                StringComparer.Ordinal
            )
            .ToDictionary(
                field => field.Key,
                field => field.SelectMany(messages => messages).Distinct(StringComparer.Ordinal).ToArray(),
                StringComparer.Ordinal
            );

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
        IReadOnlyList<string>? scopes = null,
        PublishingForm? publishing = null
    )
    {
        var connections = await context
            .RequestServices.GetRequiredService<ConnectionDirectory>()
            .AllAsync(Caller.Of(context).WorkspaceId, context.RequestAborted);
        var listed = await keys.ListAsync(Caller.Of(context).WorkspaceId, MostShown, Cursor.Start);
        return Pages.Render<ApiKeysPage>(
            context,
            new
            {
                Keys = listed.Items,
                Zone = await context
                    .RequestServices.GetRequiredService<Db>()
                    .ZoneOfAsync(Caller.Of(context), context.RequestAborted),
                Secret = secret,
                Problem = problem,
                Name = name,
                Scopes = scopes ?? [],
                Publishing = publishing ?? new PublishingForm(null, null, null),
                Hosts = connections
                    .Where(one => one.Connection.Purpose == ConnectionPurpose.Organizer)
                    .Select(one => new Web.Parts.SelectOption(
                        one.Id,
                        $"{one.Provider.Name}: {one.Connection.AccountText ?? one.Id}"
                    ))
                    .ToList(),
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }
}
