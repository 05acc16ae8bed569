using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;
using Parley.Conferencing.OAuth;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>One line makes Zoom one of the providers.</summary>
public static class ZoomRegistration
{
    /// <param name="section">The section <c>Providers:Zoom</c>; it overrides <paramref name="defaults"/>.</param>
    /// <param name="defaults">What holds where the section is silent: the real service when null, else e.g. the sandbox's twin.</param>
    public static IServiceCollection AddZoom(
        this IServiceCollection services,
        IConfiguration section,
        ZoomOptions? defaults = null
    ) => services.AddZoom((defaults ?? new ZoomOptions()).With(section));

    /// <exception cref="InvalidOperationException">The options cannot be used; the message names each setting.</exception>
    public static IServiceCollection AddZoom(this IServiceCollection services, ZoomOptions options)
    {
        if (options.Problems() is { Count: > 0 } problems)
            throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
        return services.AddZoom(_ => options);
    }

    /// <summary>For hosts that learn the addresses late; <paramref name="options"/> is asked once.</summary>
    public static IServiceCollection AddZoom(
        this IServiceCollection services,
        Func<IServiceProvider, ZoomOptions> options
    )
    {
        services.TryAddSingleton(options);
        services.AddProviderClient(
            ZoomDescriptor.Id,
            provider => provider.GetRequiredService<ZoomOptions>().HttpTimeout
        );
        services.AddSingleton(provider =>
            Create(
                provider.GetRequiredService<ZoomOptions>(),
                provider.GetRequiredService<IHttpClientFactory>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IClock>()
            )
        );
        services.TryAddSingleton<ProviderCatalogue>();
        return services;
    }

    private static ProviderRegistration Create(
        ZoomOptions options,
        IHttpClientFactory clients,
        TimeProvider time,
        IClock clock
    )
    {
        var http = new ProviderHttp(clients, ZoomDescriptor.Id, ZoomDescriptor.Name, options.HttpTimeout, time);
        var reads = new ReadRetry(options.HttpTimeout * 2, options.ReadRetryDelay, time);
        var oauth = new OAuthSettings
        {
            ProviderName = ZoomDescriptor.Name,
            Endpoints = options.OAuthEndpoints,
            RequestedScopes = ZoomDescriptor.Value.RequestedScopes,
            Refusals = ZoomOAuthRefusals.Judge,
        };
        var calls = new ZoomHttp(options, http, reads, new PacedReads(time), clock);
        return new ProviderRegistration(
            new ZoomProvider(options, calls, new ZoomRecords(calls, clock), new ZoomDirectory(calls, clock), clock),
            new OAuthClient(oauth, http, clock)
        );
    }
}
