using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Parley.Conferencing.GoToMeeting;
using Parley.Server.Hosting;

namespace Parley.Server.Connections;

internal static class ConnectionsModule
{
    /// <exception cref="StartupException">A provider's addresses cannot be used.</exception>
    public static IServiceCollection AddProviderConnections(
        this IServiceCollection services,
        IConfiguration configuration,
        ParleyOptions options
    )
    {
        services.AddProviders(configuration, options);
        services
            .AddHttpClient(ConnectionChecks.HttpClientName)
            // Where the provider redirects to is not looked at: that it answers is all that is asked.
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }
            );
        return services
            .AddSingleton<ConnectionDirectory>()
            .AddSingleton<ConnectionObservations>()
            .AddSingleton<ProviderApps>()
            .AddSingleton<IStartupStep, DemoProviderApps>()
            .AddSingleton<Grants>()
            .AddSingleton<TokenRefresh>()
            .AddSingleton<RateBuckets>()
            .AddSingleton<OperationLog>()
            .AddHostedService(provider => provider.GetRequiredService<OperationLog>())
            .AddSingleton<ProviderCalls>()
            .AddSingleton<ConnectLinks>()
            .AddSingleton<ConnectedAccounts>()
            .AddSingleton<ConnectCallback>()
            .AddSingleton<ConnectionLifecycle>()
            .AddSingleton<ConnectionChecks>();
    }

    public static void MapProviderConnections(this IEndpointRouteBuilder routes)
    {
        routes.MapProvidersApi();
        routes.MapConnectionsApi();
        routes.MapConnectPages();
        routes.MapConnectionPages();
    }

    /// <summary>One line per provider.</summary>
    private static void AddProviders(
        this IServiceCollection services,
        IConfiguration configuration,
        ParleyOptions options
    )
    {
        var goTo = new GoToMeetingOptions { HttpTimeout = options.Provisioning.HttpTimeout.ToTimeSpan() };
        try
        {
            services.AddGoToMeeting(configuration.GetSection("Providers:GoToMeeting"), goTo);
        }
        catch (InvalidOperationException exception)
        {
            throw new StartupException($"The configuration is wrong:\n  {exception.Message}", exception);
        }
    }
}
