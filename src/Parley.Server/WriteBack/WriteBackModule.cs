using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Provisioning;
using Parley.Server.Webhooks.Outbound;
using Parley.Server.WriteBack.Views;

namespace Parley.Server.WriteBack;

internal static class WriteBackModule
{
    public static IServiceCollection AddWriteBacks(this IServiceCollection services) =>
        services
            .AddSingleton<WriteBacks>()
            .AddSingleton<WriteBackRequests>()
            .AddSingleton<WriteBackLog>()
            .AddSingleton<IEventListener, WriteBackEvents>()
            .AddSingleton<IEffectHandler, WriteBackDeliveries>();

    public static void MapWriteBacks(this IEndpointRouteBuilder routes)
    {
        routes.MapWriteBacksApi();
        routes.MapWriteBackPages();
    }
}
