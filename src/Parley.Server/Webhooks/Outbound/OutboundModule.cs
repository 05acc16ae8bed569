using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;

namespace Parley.Server.Webhooks.Outbound;

internal static class OutboundModule
{
    public static IServiceCollection AddWebhooksOut(this IServiceCollection services) =>
        services
            .AddSingleton(provider => new WebhookTarget(
                provider.GetRequiredService<ParleyOptions>().Webhooks.AllowedNetworks
            ))
            .AddSingleton<WebhookPost>()
            .AddSingleton<OutboundQueue>()
            .AddSingleton<DeliveryTurns>()
            .AddSingleton<WebhookEvents>()
            .AddSingleton<WebhookEndpoints>()
            .AddSingleton<WebhookLog>()
            .AddSingleton<IEffectHandler, WebhookDeliveries>();

    public static void MapWebhooksOut(this IEndpointRouteBuilder routes) => routes.MapWebhooksApi();
}
