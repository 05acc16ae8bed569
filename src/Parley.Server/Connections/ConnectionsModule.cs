using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Connections.Approval;
using Parley.Server.Connections.Console;
using Parley.Server.Connections.Diagnosis;
using Parley.Server.Connections.Registration;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;

namespace Parley.Server.Connections;

internal static class ConnectionsModule
{
    public static IServiceCollection AddProviderConnections(this IServiceCollection services)
    {
        services
            .AddHttpClient(AppChecks.HttpClientName)
            // Where the provider redirects to is not looked at: that it answers is all that is asked.
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }
            );
        return services
            .AddSingleton<ConnectionDirectory>()
            .AddSingleton<ConnectionEvents>()
            .AddSingleton<ConnectionObservations>()
            .AddSingleton<ProviderAppChanges>()
            .AddSingleton<ProviderApps>()
            .AddSingleton<IStartupStep, DemoProviderApps>()
            .AddSingleton<Grants>()
            .AddSingleton<TokenRefresh>()
            .AddSingleton<RateBuckets>()
            .AddSingleton<OperationLog>()
            .AddHostedService(provider => provider.GetRequiredService<OperationLog>())
            .AddSingleton<ProviderCalls>()
            .AddSingleton<ConnectAttempts>()
            .AddSingleton<ServerToServerConnect>()
            .AddSingleton<ConnectLinks>()
            .AddSingleton<ConnectedAccounts>()
            .AddSingleton<ConnectCallback>()
            .AddSingleton<ConnectionLifecycle>()
            .AddSingleton<Retirements>()
            .AddSingleton<IEffectHandler>(provider => provider.GetRequiredService<Retirements>())
            .AddSingleton<Deauthorization>()
            .AddSingleton<AppChecks>()
            .AddSingleton<LicenceCheck>()
            .AddSingleton<ConnectionChecks>()
            .AddSingleton<OwnApi>()
            .AddHostedService<ProviderAppRetry>()
            .AddSingleton<ApprovalWatch>()
            .AddHostedService(provider => provider.GetRequiredService<ApprovalWatch>())
            .AddSingleton<ConnectionCare>()
            .AddHostedService(provider => provider.GetRequiredService<ConnectionCare>());
    }

    public static void MapProviderConnections(this IEndpointRouteBuilder routes)
    {
        routes.MapProvidersApi();
        routes.MapConnectionsApi();
        routes.MapConnectPages();
        routes.MapConnectionPages();
        routes.MapDiagnosisPages();
        routes.MapConsolePages();
        routes.MapRegistrationPages();
        routes.MapApprovalPages();
    }
}
