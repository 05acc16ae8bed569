using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Sandbox.Zoom.Limits;
using Parley.Sandbox.Zoom.Past;
using Parley.Sandbox.Zoom.Reports;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Meetings, the past, reports, limits and the pretend room of the Zoom twin.</summary>
internal static class MeetingTwin
{
    public static void Add(IServiceCollection services) =>
        services.AddSingleton<IZoomGate, LimitGate>().AddSingleton<ZoomHeldControl>();

    public static void Map(IEndpointRouteBuilder routes)
    {
        T Make<T>() => ActivatorUtilities.CreateInstance<T>(routes.ServiceProvider);
        ZoomApi api = routes.ServiceProvider.GetRequiredService<ZoomApi>();
        MeetingEndpoints.Map(routes, api, Make<MeetingEndpoints>());
        ListEndpoints.Map(routes, api, Make<ListEndpoints>());
        PastEndpoints.Map(routes, api);
        MeetingReports.Map(routes, api);
        AccountReports.Map(routes, api);
        ZoomRoomEndpoints.Map(routes, Make<ZoomRoomEndpoints>());
        PortalEndpoints.Map(routes, Make<PortalEndpoints>());
        ZoomMeetingPages.Map(routes, Make<ZoomMeetingPages>());
    }
}
