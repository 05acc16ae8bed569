using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Audit;

/// <summary>Who did what.</summary>
internal static class AuditModule
{
    public static IServiceCollection AddAudit(this IServiceCollection services) =>
        services.AddSingleton<AuditDirectory>();

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapAuditApi();
        routes.MapAuditPages();
    }
}
