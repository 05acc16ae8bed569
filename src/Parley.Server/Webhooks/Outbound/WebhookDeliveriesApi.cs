using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound;

/// <summary><c>/api/v1/webhooks/{id}/deliveries</c>: what became of what was to be delivered.</summary>
internal static class WebhookDeliveriesApi
{
    public static void MapWebhookDeliveriesApi(this RouteGroupBuilder api)
    {
        api.MapGet("/{id}/deliveries", ListAsync)
            .RequireScope("webhooks:read")
            .WithName("listWebhookDeliveries")
            .WithSummary("Deliveries, newest first")
            .WithMetadata(new QueryParameter("status", "pending, delivered or dead."))
            .WithMetadata(new QueryParameter("type", "Name of an event."))
            .Produces<Page<WebhookDeliveryReply>>()
            .ProducesProblem(404);
        api.MapGet("/{id}/deliveries/{deliveryId}", GetAsync)
            .RequireScope("webhooks:read")
            .WithName("getWebhookDelivery")
            .WithSummary("One delivery with the event it carries")
            .Produces<WebhookDeliveryWithBody>()
            .ProducesProblem(404);
        api.MapPost("/{id}/deliveries/{deliveryId}/redeliver", RedeliverAsync)
            .RequireScope("webhooks:write")
            .WithName("redeliverWebhook")
            .WithSummary("Delivers the same event once more, under the same webhook-id")
            .WithIdempotency(WebhooksApi.OfDelivery)
            .Produces<WebhookDeliveryReply>(202)
            .ProducesProblem(404);
    }

    public static WebhookDeliveryReply ToReply(WebhookDelivery delivery) =>
        new(
            delivery.Id,
            delivery.EventId,
            delivery.Type,
            delivery.Status,
            delivery.Attempt,
            delivery.HttpStatus,
            delivery.DurationMs,
            delivery.OutcomeDetail,
            delivery.CreatedAt,
            delivery.FinishedAt is null ? delivery.NotBefore : null,
            delivery.FinishedAt
        );

    private static WebhookDeliveryWithBody ToReply(WebhookDelivery delivery, string body)
    {
        var reply = ToReply(delivery);
        return new WebhookDeliveryWithBody(
            reply.Id,
            reply.EventId,
            reply.Type,
            reply.Status,
            reply.Attempts,
            reply.HttpStatus,
            reply.DurationMs,
            reply.Detail,
            reply.CreatedAt,
            reply.NextAttemptAt,
            reply.FinishedAt,
            JsonSerializer.Deserialize<JsonElement>(body, Json.Stored)
        );
    }

    /// <summary>The list of what was to be delivered to an endpoint or a write-back.</summary>
    /// <param name="find">Reads the recipient, by workspace and id; null: there is none.</param>
    public static async Task<IResult> OfRecipientAsync<T>(
        string id,
        HttpContext context,
        Func<string, string, Task<T?>> find,
        WebhookLog log,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        var list = ListRequest.Read(context);
        var filter = DeliveryFilter.Read(list);
        return !list.Errors.Any && await find(workspaceId, id) is null
            ? WebhooksApi.NotFound().ToResult()
            : await list.AnswerAsync(async () =>
                (await log.PageAsync(workspaceId, id, filter, list.After, list.Limit, cancellationToken)).Select(
                    ToReply
                )
            );
    }

    private static Task<IResult> ListAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        CancellationToken cancellationToken
    ) =>
        OfRecipientAsync(
            id,
            context,
            (workspaceId, endpointId) => endpoints.FindAsync(workspaceId, endpointId, cancellationToken),
            log,
            cancellationToken
        );

    private static async Task<IResult> GetAsync(
        string id,
        string deliveryId,
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        CancellationToken cancellationToken
    ) =>
        await endpoints.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is { } endpoint
        && await log.ReadAsync(endpoint, deliveryId, cancellationToken) is { } story
            ? Results.Json(ToReply(story.Delivery, story.Body), Json.Api)
            : WebhooksApi.NotFound().ToResult();

    private static async Task<IResult> RedeliverAsync(
        string id,
        string deliveryId,
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        CancellationToken cancellationToken
    ) =>
        await endpoints.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is { } endpoint
        && await log.RedeliverAsync(endpoint, deliveryId, cancellationToken) is { } delivery
            ? Results.Json(ToReply(delivery), Json.Api, statusCode: 202)
            : WebhooksApi.NotFound().ToResult();
}
