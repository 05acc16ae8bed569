using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound.Views;

/// <summary>One endpoint and the log of its deliveries.</summary>
public sealed record WebhookLogView
{
    public required WebhookEndpoint Endpoint { get; init; }
    public required Page<WebhookDelivery> Deliveries { get; init; }
    public required DeliveryFilter Filter { get; init; }

    /// <summary>Given up in the last 30 days and not delivered again.</summary>
    public required int Dead { get; init; }

    /// <summary>Not the first page of the log.</summary>
    public required bool IsLater { get; init; }
    public required DateTimeZone Zone { get; init; }
    public required Instant Now { get; init; }
}

/// <summary>Pages of one endpoint's deliveries: the log, one delivery, deliver again.</summary>
internal static class WebhookLogPages
{
    private const int PageSize = 25;

    public static void MapWebhookLogPages(this RouteGroupBuilder pages)
    {
        pages.MapGet("/{id}", ShowAsync);
        pages.MapGet("/{id}/deliveries/{deliveryId}", DeliveryAsync);
        pages.MapPost("/{id}/deliveries/{deliveryId}/redeliver", RedeliverAsync);
    }

    public static string PathOf(WebhookDelivery delivery) =>
        $"{WebhookPages.Path}/{delivery.EndpointId}/deliveries/{delivery.Id}";

    private static async Task<IResult> ShowAsync(
        string id,
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        Db db,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        if (await WebhookPages.FindAsync(context, endpoints, id, cancellationToken) is not { } endpoint)
        {
            return Results.StatusCode(404);
        }

        var query = context.Request.Query;
        // What is not one of the choices narrows nothing; a cursor somebody broke shows the first page.
        var filter = new DeliveryFilter(
            Array.Find(DeliveryFilter.Statuses, one => one == query["status"]),
            WebhookEventTypes.All.Append(WebhookEventTypes.Test).FirstOrDefault(one => one == query["type"])
        );
        var after = Cursor.TryDecode(query["cursor"], out var decoded) ? decoded : Cursor.Start;
        var counts = await log.CountsAsync(endpoint.WorkspaceId, cancellationToken);
        return Pages.Render<WebhookPage>(
            context,
            new
            {
                View = new WebhookLogView
                {
                    Endpoint = endpoint,
                    Filter = filter,
                    Deliveries = await log.PageAsync(
                        endpoint.WorkspaceId,
                        endpoint.Id,
                        filter,
                        after,
                        PageSize,
                        cancellationToken
                    ),
                    Dead = counts.GetValueOrDefault(endpoint.Id)?.Dead ?? 0,
                    IsLater = after != Cursor.Start,
                    Zone = await db.ZoneOfAsync(Caller.Of(context), cancellationToken),
                    Now = clock.GetCurrentInstant(),
                },
            }
        );
    }

    private static async Task<IResult> DeliveryAsync(
        string id,
        string deliveryId,
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        Db db,
        CancellationToken cancellationToken
    ) =>
        await WebhookPages.FindAsync(context, endpoints, id, cancellationToken) is { } endpoint
        && await log.ReadAsync(endpoint, deliveryId, cancellationToken) is { } story
            ? Pages.Render<WebhookDeliveryPage>(
                context,
                new
                {
                    Endpoint = endpoint,
                    Story = story,
                    Zone = await db.ZoneOfAsync(Caller.Of(context), cancellationToken),
                }
            )
            : Results.StatusCode(404);

    private static async Task<IResult> RedeliverAsync(
        string id,
        string deliveryId,
        [FromForm] IFormCollection form,
        HttpContext context,
        WebhookEndpoints endpoints,
        WebhookLog log,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        if (await WebhookPages.FindAsync(context, endpoints, id, cancellationToken) is not { } endpoint)
        {
            return Results.StatusCode(404);
        }

        if (!endpoint.Active)
        {
            flash.Set(context, FlashKind.Warn, "The endpoint is switched off: switch it on, then deliver again.");
            return Pages.SeeOther(WebhookPages.PathOf(endpoint));
        }

        if (await log.RedeliverAsync(endpoint, deliveryId, cancellationToken) is not { } delivery)
        {
            return Results.StatusCode(404);
        }

        delivery = await log.TriedAsync(endpoint, delivery, cancellationToken);
        flash.Set(
            context,
            delivery.Status == "delivered" ? FlashKind.Ok : FlashKind.Warn,
            delivery.Status == "delivered"
                ? "The receiver took it, under the same webhook-id as before."
                : "It is not delivered yet. Below is what became of it so far; load this page again to see more."
        );
        return Pages.SeeOther(PathOf(delivery));
    }
}
