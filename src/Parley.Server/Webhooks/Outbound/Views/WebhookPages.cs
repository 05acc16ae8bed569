using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound.Views;

/// <summary>Where events go, for owners and administrators: list, add, change, new secret, test, remove.</summary>
internal static class WebhookPages
{
    /// <summary>Not <c>/webhooks</c>: that is where providers deliver theirs.</summary>
    public const string Path = "/webhook-endpoints";
    private const string NewForm = "page:webhook-endpoint";

    /// <summary>How long a former secret may sign as well.</summary>
    public static readonly IReadOnlyList<(int Hours, string Text)> Overlaps =
    [
        (1, "1 hour"),
        (UsualOverlap, "24 hours"),
        (72, "3 days"),
        (WebhookEndpoints.LongestOverlapHours, "7 days"),
        (0, "Not at all: the present one may be in the wrong hands"),
    ];
    public const int UsualOverlap = 24;

    public static void MapWebhookPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup(Path).RequireMember(Role.Owner, Role.Admin).ExcludeFromDescription();
        pages.MapGet("", ListAsync);
        pages.MapGet("/new", (HttpContext context) => New(context, WebhookForm.Fresh()));
        pages.MapPost("/new", CreateAsync);
        pages.MapGet("/{id}/edit", EditAsync);
        pages.MapPost("/{id}/edit", ChangeAsync);
        pages.MapPost("/{id}/active", SwitchAsync);
        pages.MapPost("/{id}/test", TestAsync);
        pages.MapGet("/{id}/secret", AskSecretAsync);
        pages.MapPost("/{id}/secret", RotateAsync);
        pages.MapGet("/{id}/delete", AskDeleteAsync);
        pages.MapPost("/{id}/delete", DeleteAsync);
        pages.MapWebhookLogPages();
    }

    public static string PathOf(WebhookEndpoint endpoint, string rest = "") => $"{Path}/{endpoint.Id}{rest}";

    public static Task<WebhookEndpoint?> FindAsync(
        HttpContext context,
        WebhookEndpoints endpoints,
        string id,
        CancellationToken cancellationToken
    ) => endpoints.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken);

    private static async Task<IResult> ListAsync(
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        // All there can be: a workspace has at most 50.
        var page = await endpoints.PageAsync(workspaceId, Cursor.Start, ListRequest.LargestLimit, cancellationToken);
        return Pages.Render<WebhookListPage>(
            context,
            new { Endpoints = page.Items, Counts = await log.CountsAsync(workspaceId, cancellationToken) }
        );
    }

    // The secret is in the reply itself, once: a redirect would have to store it somewhere.
    private static async Task<IResult> CreateAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        WebhookEndpoints endpoints,
        FormKeys keys,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var typed = WebhookForm.Read(form, endpoint: null);
        if (typed.Problem is { } chosenNothing)
        {
            return New(context, typed, chosenNothing);
        }

        var key = FormKeys.Read(typed.Key);
        if (key is not null && await MadeAsync() is { } earlier)
        {
            return MadeAlready(context, flash, earlier);
        }

        try
        {
            var made = await endpoints.CreateAsync(
                caller.WorkspaceId,
                typed.ToSettings(),
                key is null
                    ? null
                    : (session, id) => keys.KeepAsync(session, caller.WorkspaceId, caller.MemberId, NewForm, key, id),
                cancellationToken
            );
            return made.Problem is { } problem
                ? New(context, typed, problem)
                : Pages.Render<WebhookSecretPage>(
                    context,
                    new
                    {
                        made.Value.Endpoint,
                        made.Value.Secret,
                        IsNew = true,
                    }
                );
        }
        catch (FormRepeatedException)
        {
            return MadeAlready(context, flash, (await MadeAsync())!);
        }

        Task<string?> MadeAsync() =>
            keys.FindAsync(caller.WorkspaceId, caller.MemberId, NewForm, key!, cancellationToken);
    }

    private static IResult MadeAlready(HttpContext context, Flash flash, string id)
    {
        flash.Set(
            context,
            FlashKind.Warn,
            "This endpoint was added already, and its secret shown then. Make a new secret if nobody kept it."
        );
        return Pages.SeeOther($"{Path}/{id}");
    }

    private static IResult New(HttpContext context, WebhookForm form, Problem? problem = null) =>
        Pages.Render<WebhookFormPage>(
            context,
            new { Form = form, Problem = problem },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );

    private static async Task<IResult> EditAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(context, endpoints, id, cancellationToken) is { } endpoint
            ? Pages.Render<WebhookFormPage>(context, new { Form = WebhookForm.Of(endpoint), Endpoint = endpoint })
            : Results.StatusCode(404);

    private static async Task<IResult> ChangeAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        WebhookEndpoints endpoints,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(context, endpoints, id, cancellationToken) is not { } endpoint)
        {
            return Results.StatusCode(404);
        }

        var typed = WebhookForm.Read(form, endpoint);
        var problem =
            typed.Problem
            ?? (
                await endpoints.ChangeAsync(endpoint, typed.ToSettings(), Precondition.None, cancellationToken)
            ).Problem;
        if (problem is not null)
        {
            return Refused(context, endpoint, typed, problem);
        }

        flash.Set(context, FlashKind.Ok, "The endpoint is changed. What happens from now on goes there.");
        return Pages.SeeOther(PathOf(endpoint));
    }

    private static IResult Refused(HttpContext context, WebhookEndpoint endpoint, WebhookForm form, Problem problem) =>
        Pages.Render<WebhookFormPage>(
            context,
            new
            {
                Form = form,
                Endpoint = endpoint,
                Problem = problem,
            },
            problem.Code.Status
        );

    private static async Task<IResult> SwitchAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        WebhookEndpoints endpoints,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(context, endpoints, id, cancellationToken) is not { } endpoint)
        {
            return Results.StatusCode(404);
        }

        var active = form["active"] == "true";
        var changed = await endpoints.ChangeAsync(
            endpoint,
            WebhookForm.Of(endpoint).ToSettings() with
            {
                Active = active,
            },
            Precondition.None,
            cancellationToken
        );
        if (changed.Problem is { } problem)
        {
            // Its address was allowed once and is no longer: the form says why.
            return Refused(context, endpoint, WebhookForm.Of(endpoint), problem);
        }

        flash.Set(
            context,
            FlashKind.Ok,
            active
                ? "The endpoint is switched on. What happened while it was off is not delivered."
                : "The endpoint is switched off. Nothing goes there until it is switched on again."
        );
        return Pages.SeeOther(PathOf(endpoint));
    }

    private static async Task<IResult> TestAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        if (await FindAsync(context, endpoints, id, cancellationToken) is not { } endpoint)
        {
            return Results.StatusCode(404);
        }

        if (!endpoint.Active)
        {
            flash.Set(context, FlashKind.Warn, "The endpoint is switched off: switch it on, then test it.");
            return Pages.SeeOther(PathOf(endpoint));
        }

        var test = await log.TestAsync(endpoint, cancellationToken);
        var (kind, text) = WebhookWords.Test(await log.TriedAsync(endpoint, test, cancellationToken));
        flash.Set(context, kind, text);
        return Pages.SeeOther(PathOf(endpoint));
    }

    private static async Task<IResult> AskSecretAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        Db db,
        IClock clock,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(context, endpoints, id, cancellationToken) is { } endpoint
            ? Pages.Render<RotateSecretPage>(
                context,
                new
                {
                    Endpoint = endpoint,
                    Zone = await db.ZoneOfAsync(Caller.Of(context), cancellationToken),
                    Now = clock.GetCurrentInstant(),
                }
            )
            : Results.StatusCode(404);

    private static async Task<IResult> RotateAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        WebhookEndpoints endpoints,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(context, endpoints, id, cancellationToken) is not { } endpoint)
        {
            return Results.StatusCode(404);
        }

        var hours = Overlaps
            .Select(one => one.Hours)
            .Where(one => form["overlapHours"] == one.ToString(CultureInfo.InvariantCulture))
            .DefaultIfEmpty(UsualOverlap)
            .First();
        var made = await endpoints.RotateAsync(
            endpoint,
            Duration.FromHours(hours),
            // A form that names none was not ours: it changes nothing.
            long.TryParse(form["generation"], CultureInfo.InvariantCulture, out var seen)
                ? seen
                : -1,
            cancellationToken
        );
        if (made.Problem is { } problem)
        {
            flash.Set(context, FlashKind.Warn, $"{problem.Detail} {problem.Next}");
            return Pages.SeeOther(PathOf(endpoint));
        }

        return Pages.Render<WebhookSecretPage>(
            context,
            new
            {
                made.Value.Endpoint,
                made.Value.Secret,
                OverlapHours = hours,
            }
        );
    }

    private static async Task<IResult> AskDeleteAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(context, endpoints, id, cancellationToken) is { } endpoint
            ? Pages.Render<DeleteWebhookPage>(
                context,
                new
                {
                    Endpoint = endpoint,
                    Pending = (await log.CountsAsync(endpoint.WorkspaceId, cancellationToken))
                        .GetValueOrDefault(endpoint.Id)
                        ?.Pending
                        ?? 0,
                }
            )
            : Results.StatusCode(404);

    private static async Task<IResult> DeleteAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        WebhookEndpoints endpoints,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        if (!await endpoints.RemoveAsync(Caller.Of(context).WorkspaceId, id, cancellationToken))
        {
            return Results.StatusCode(404);
        }

        flash.Set(context, FlashKind.Ok, "The endpoint is removed. Nothing is delivered there any more.");
        return Pages.SeeOther(Path);
    }
}
