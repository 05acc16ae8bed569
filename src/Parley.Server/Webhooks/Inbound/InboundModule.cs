using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Webhooks.Inbound;

/// <summary>Events that providers deliver: proof of the sender, once each, and what follows.</summary>
internal static class InboundModule
{
    public static IServiceCollection AddInboundWebhooks(this IServiceCollection services) =>
        services.AddSingleton<WebhookSecrets>().AddSingleton<Inbox>().AddSingleton<Deliveries>();

    public static void MapInboundWebhooks(this IEndpointRouteBuilder routes) => routes.MapInboundApi();
}
