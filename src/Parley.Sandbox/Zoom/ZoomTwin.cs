using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Sandbox.Zoom.Control;
using Parley.Sandbox.Zoom.Marketplace;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.OAuth;
using Parley.Sandbox.Zoom.Users;
using Parley.Sandbox.Zoom.Webhooks;

namespace Parley.Sandbox.Zoom;

/// <summary>Everything under <c>/zoom</c>.</summary>
internal static class ZoomTwin
{
    public static void Add(IServiceCollection services)
    {
        services
            .AddSingleton<ZoomApi>()
            .AddSingleton<ZoomPeopleControl>()
            .AddSingleton<ZoomAppControl>()
            .AddSingleton<ZoomHookPost>()
            .AddHostedService<ZoomHookSender>();
        MeetingTwin.Add(services);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        T Make<T>() => ActivatorUtilities.CreateInstance<T>(routes.ServiceProvider);
        ZoomAuthorizeEndpoints.Map(routes, Make<ZoomAuthorizeEndpoints>());
        ZoomTokenEndpoints.Map(routes, Make<ZoomTokenEndpoints>());
        ZoomUserEndpoints.Map(routes, Make<ZoomUserEndpoints>());
        ZoomPlanEndpoints.Map(routes, Make<ZoomPlanEndpoints>());
        ZoomMarketplaceEndpoints.Map(routes, Make<ZoomMarketplaceEndpoints>());
        ZoomMarketplacePages.Map(routes, Make<ZoomMarketplacePages>());
        ZoomAppControl.Map(routes, routes.ServiceProvider.GetRequiredService<ZoomAppControl>());
        MeetingTwin.Map(routes);
        ZoomHookControl.Map(routes, Make<ZoomHookControl>());
        routes.MapFallback("/zoom/{**path}", context => ZoomErrors.UnknownEndpoint().ExecuteAsync(context));
    }
}
