using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Sandbox.Zoom;

/// <summary>Everything under <c>/zoom</c>.</summary>
internal static class ZoomTwin
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        ZoomApi api = routes.ServiceProvider.GetRequiredService<ZoomApi>();
        _ = api;
        routes.MapFallback("/zoom/{**path}", ZoomErrors.UnknownEndpoint);
    }
}
