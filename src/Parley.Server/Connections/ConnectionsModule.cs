using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Connections;

internal static class ConnectionsModule
{
    public static IServiceCollection AddProviderConnections(this IServiceCollection services) => services;

    public static void MapProviderConnections(this IEndpointRouteBuilder routes) { }
}
