using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Parley.Conferencing.GoToMeeting;
using Parley.Conferencing.Zoom;

namespace Parley.Server.Hosting;

/// <summary>The providers this server carries: one line each.</summary>
internal static class Providers
{
    /// <exception cref="StartupException">An address or another setting of a provider cannot be used.</exception>
    public static void AddProviders(
        this IServiceCollection services,
        IConfiguration configuration,
        ParleyOptions options
    )
    {
        var timeout = options.Provisioning.HttpTimeout.ToTimeSpan();
        try
        {
            services.AddGoToMeeting(
                configuration.GetSection("Providers:GoToMeeting"),
                new GoToMeetingOptions { HttpTimeout = timeout }
            );
            services.AddZoom(configuration.GetSection("Providers:Zoom"), new ZoomOptions { HttpTimeout = timeout });
        }
        catch (InvalidOperationException exception)
        {
            throw new StartupException($"The configuration is wrong:\n  {exception.Message}", exception);
        }
    }
}
