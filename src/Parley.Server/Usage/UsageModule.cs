using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Usage.Views;

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
            .AddSingleton<UsageImport>()
            .AddSingleton<UsageAggregation>()
            .AddSingleton<UsageWorker>()
            .AddHostedService(provider => provider.GetRequiredService<UsageWorker>());

    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        routes.MapUsageApi();
        routes.MapUsageInsightApi();
        routes.MapUsagePages();
    }
}
