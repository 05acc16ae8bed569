using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Provisioning;

internal static class ProvisioningModule
{
    public static IServiceCollection AddProvisioning(this IServiceCollection services) =>
        services.AddSingleton<EffectSignal>().AddSingleton<Leases>().AddSingleton<Arrangements>();

    public static void MapProvisioning(this IEndpointRouteBuilder routes) { }
}
