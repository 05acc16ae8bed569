using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Usage;

internal static class UsageModule
{
    public static IServiceCollection AddUsage(this IServiceCollection services) =>
        services
            .AddSingleton<PatientCalls>()
            .AddSingleton<UsageExport>()
            .AddSingleton<UsageConnectors>()
            .AddSingleton<UsageRuns>()
            .AddSingleton<UsageReports>()
            .AddSingleton<UsageDesk>()
            .AddSingleton<UsageMonths>()
            .AddSingleton<SharedPool>()
            .AddSingleton<UsageAggregation>()
            .AddSingleton<UsageWorker>()
            .AddHostedService(provider => provider.GetRequiredService<UsageWorker>());

    public static void MapUsage(this IEndpointRouteBuilder routes) => routes.MapUsageApi();
}
