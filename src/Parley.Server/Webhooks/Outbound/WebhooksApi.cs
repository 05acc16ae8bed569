using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound;

/// <summary><c>/api/v1/webhooks</c>: where events are delivered to.</summary>
internal static class WebhooksApi
{
    public static void MapWebhooksApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/webhooks").RequireAdministratorsKey().WithTags("Webhooks");
        api.MapGet("", ListAsync)
            .RequireScope("webhooks:read")
            .WithName("listWebhooks")
            .WithSummary("Endpoints events are delivered to, oldest first; without their secrets")
            .Produces<Page<WebhookEndpointReply>>()
            .ProducesProblem(400);
        api.MapPost("", CreateAsync)
            .RequireScope("webhooks:write")
            .WithName("createWebhook")
            .WithSummary("Makes an endpoint; the secret its deliveries are signed with is in this reply only")
            .Accepts<WebhookEndpointRequest>("application/json")
            .Produces<WebhookEndpointReply>(201)
            .ProducesProblem(400)
            .ProducesProblem(409)
            .WithIdempotency(OfEndpoint);
        api.MapGet("/{id}", GetAsync)
            .RequireScope("webhooks:read")
            .WithName("getWebhook")
            .WithSummary("One endpoint, without its secret")
            .Produces<WebhookEndpointReply>()
            .ProducesProblem(404);
        api.MapPatch("/{id}", PatchAsync)
            .RequireScope("webhooks:write")
            .WithName("updateWebhook")
            .WithSummary("Changes what is named in the body (JSON merge patch)")
            .HonoursIfMatch()
            .Accepts<WebhookEndpointRequest>("application/merge-patch+json", "application/json")
            .Produces<WebhookEndpointReply>()
            .ProducesProblem(400)
            .ProducesProblem(404);
        api.MapDelete("/{id}", DeleteAsync)
            .RequireScope("webhooks:write")
            .WithName("deleteWebhook")
            .WithSummary("Removes an endpoint; what was not delivered to it yet is dropped")
            .Produces(204)
            .ProducesProblem(404);
        api.MapPost("/{id}/test", TestAsync)
            .RequireScope("webhooks:write")
            .WithName("testWebhook")
            .WithSummary("Delivers one webhook.test event; look for it among the deliveries")
            .WithIdempotency(OfDelivery)
            .Produces<WebhookDeliveryReply>(202)
            .ProducesProblem(404);
        api.MapPost("/{id}/rotate-secret", RotateAsync)
            .RequireScope("webhooks:write")
            .WithName("rotateWebhookSecret")
            .WithSummary("A new secret, in this reply only; the former one signs as well for a while")
            .WithIdempotency(OfEndpoint)
            .Accepts<RotateSecretRequest>("application/json")
            .Produces<WebhookEndpointReply>()
            .ProducesProblem(400)
            .ProducesProblem(404);
        api.MapWebhookDeliveriesApi();
    }

    // The secret is in the first reply only.
    private static IdempotencyRules OfEndpoint =>
        new()
        {
            Rebuild = async (context, id) =>
                await Endpoints(context).FindAsync(Caller.Of(context).WorkspaceId, id, context.RequestAborted)
                    is { } endpoint
                    ? ToReply(endpoint)
                    : null,
            IdOf = body => ((WebhookEndpointReply)body).Id,
        };

    internal static IdempotencyRules OfDelivery =>
        new()
        {
            Rebuild = async (context, id) =>
                await context
                    .RequestServices.GetRequiredService<WebhookLog>()
                    .FindAsync(
                        Caller.Of(context).WorkspaceId,
                        (string)context.GetRouteValue("id")!,
                        id,
                        context.RequestAborted
                    )
                    is { } delivery
                    ? WebhookDeliveriesApi.ToReply(delivery)
                    : null,
            IdOf = body => ((WebhookDeliveryReply)body).Id,
        };

    public static Problem NotFound() => new(ProblemCodes.NotFound, "There is nothing here, or not for this key.");

    public static WebhookEndpointReply ToReply(WebhookEndpoint endpoint, string? secret = null) =>
        new(
            endpoint.Id,
            endpoint.Url,
            endpoint.Description,
            endpoint.EventList,
            endpoint.Active,
            endpoint.StoppedBecause,
            endpoint.FormerUntil,
            endpoint.CreatedAt,
            secret
        );

    private static Task<IResult> ListAsync(
        HttpContext context,
        WebhookEndpoints endpoints,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        return list.AnswerAsync(async () =>
            (
                await endpoints.PageAsync(Caller.Of(context).WorkspaceId, list.After, list.Limit, cancellationToken)
            ).Select(one => ToReply(one))
        );
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context,
        WebhookEndpoints endpoints,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadAsync<WebhookEndpointRequest>(context);
        if (body.Problem is { } malformed)
        {
            return malformed.ToResult();
        }

        var claim = IdempotencyClaim.Of(context);
        var made = await endpoints.CreateAsync(
            Caller.Of(context).WorkspaceId,
            body.Value.ToSettings(),
            claim is null ? null : (session, id) => claim.CommitAsync(session, 201, id, Location(id)),
            cancellationToken
        );
        if (made.Problem is { } problem)
        {
            return problem.ToResult();
        }

        context.Response.Headers.Location = Location(made.Value.Endpoint.Id);
        EntityTags.Show(context, made.Value.Endpoint.State);
        return Results.Json(ToReply(made.Value.Endpoint, made.Value.Secret), Json.Api, statusCode: 201);
    }

    private static async Task<IResult> GetAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        CancellationToken cancellationToken
    ) =>
        await endpoints.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is { } endpoint
            ? Show(context, endpoint)
            : NotFound().ToResult();

    private static async Task<IResult> PatchAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        CancellationToken cancellationToken
    )
    {
        if (await endpoints.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is not { } endpoint)
        {
            return NotFound().ToResult();
        }

        var body = await RequestBody.ReadPatchAsync(
            context,
            new WebhookEndpointRequest
            {
                Url = endpoint.Url,
                Description = endpoint.Description,
                Events = endpoint.EventList,
                Active = endpoint.Active,
            }
        );
        if (body.Problem is { } malformed)
        {
            return malformed.ToResult();
        }

        var changed = await endpoints.ChangeAsync(
            endpoint,
            body.Value.ToSettings(),
            Precondition.Of(context),
            cancellationToken
        );
        return changed.Problem?.ToResult() ?? Show(context, changed.Value);
    }

    private static async Task<IResult> DeleteAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        CancellationToken cancellationToken
    ) =>
        await endpoints.RemoveAsync(Caller.Of(context).WorkspaceId, id, cancellationToken)
            ? Results.NoContent()
            : NotFound().ToResult();

    private static async Task<IResult> TestAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        CancellationToken cancellationToken
    ) =>
        await endpoints.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is { } endpoint
            ? Results.Json(
                WebhookDeliveriesApi.ToReply(await log.TestAsync(endpoint, cancellationToken)),
                Json.Api,
                statusCode: 202
            )
            : NotFound().ToResult();

    private static async Task<IResult> RotateAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        CancellationToken cancellationToken
    )
    {
        if (await endpoints.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is not { } endpoint)
        {
            return NotFound().ToResult();
        }

        var hours = (int?)null;
        if (context.Request.ContentLength is > 0)
        {
            var body = await RequestBody.ReadAsync<RotateSecretRequest>(context);
            if (body.Problem is { } malformed)
            {
                return malformed.ToResult();
            }

            hours = body.Value.OverlapHours;
        }

        if (hours is < 0 or > WebhookEndpoints.LongestOverlapHours)
        {
            var errors = new FieldErrors();
            errors.Add("overlapHours", $"must be between 0 and {WebhookEndpoints.LongestOverlapHours}");
            return errors.ToProblem().ToResult();
        }

        var made = await endpoints.RotateAsync(
            endpoint,
            hours is { } given ? Duration.FromHours(given) : WebhookEndpoints.UsualOverlap,
            expected: null,
            cancellationToken
        );
        return made.Problem?.ToResult() ?? Results.Json(ToReply(made.Value.Endpoint, made.Value.Secret), Json.Api);
    }

    private static IResult Show(HttpContext context, WebhookEndpoint endpoint)
    {
        EntityTags.Show(context, endpoint.State);
        return Results.Json(ToReply(endpoint), Json.Api);
    }

    private static string Location(string id) => $"/api/v1/webhooks/{id}";

    private static WebhookEndpoints Endpoints(HttpContext context) =>
        (WebhookEndpoints)context.RequestServices.GetService(typeof(WebhookEndpoints))!;
}
