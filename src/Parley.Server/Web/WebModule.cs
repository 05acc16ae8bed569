using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Web;

internal static class WebModule
{
    public static IServiceCollection AddWeb(this IServiceCollection services) => services;

    public static void UseWeb(this WebApplication app) { }

    public static void MapWeb(this IEndpointRouteBuilder routes) { }
}
