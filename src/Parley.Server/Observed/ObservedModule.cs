using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Observed;

internal static class ObservedModule
{
    public static IServiceCollection AddObserved(this IServiceCollection services) =>
        services
            .AddSingleton<Listings>()
            .AddSingleton<Sightings>()
            .AddSingleton<OrphanRadar>()
            .AddSingleton<ProviderNews>()
            .AddSingleton<ListingPoll>()
            .AddHostedService(provider => provider.GetRequiredService<ListingPoll>())
            .AddSingleton<AccountPoll>()
            .AddHostedService(provider => provider.GetRequiredService<AccountPoll>());

    public static void MapObserved(this IEndpointRouteBuilder routes) => routes.MapRadarApi();
}
