using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;
using Parley.Conferencing.OAuth;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>One line makes GoTo Meeting one of the providers.</summary>
public static class GoToMeetingRegistration
{
    /// <param name="section">The section <c>Providers:GoToMeeting</c>; it overrides <paramref name="defaults"/>.</param>
    /// <param name="defaults">What holds where the section is silent: the real service when null, else e.g. the sandbox's twin.</param>
    public static IServiceCollection AddGoToMeeting(
        this IServiceCollection services,
        IConfiguration section,
        GoToMeetingOptions? defaults = null
    ) => services.AddGoToMeeting((defaults ?? new GoToMeetingOptions()).With(section));

    /// <exception cref="InvalidOperationException">The options cannot be used; the message names each setting.</exception>
    public static IServiceCollection AddGoToMeeting(this IServiceCollection services, GoToMeetingOptions options)
    {
        if (options.Problems() is { Count: > 0 } problems)
            throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
        return services.AddGoToMeeting(_ => options);
    }

    /// <summary>For hosts that learn the addresses late; <paramref name="options"/> is asked once.</summary>
    public static IServiceCollection AddGoToMeeting(
        this IServiceCollection services,
        Func<IServiceProvider, GoToMeetingOptions> options
    )
    {
        services.TryAddSingleton(options);
        services.AddProviderClient(
            GoToMeetingDescriptor.Id,
            provider => provider.GetRequiredService<GoToMeetingOptions>().HttpTimeout
        );
        services.AddSingleton(provider =>
            Create(
                provider.GetRequiredService<GoToMeetingOptions>(),
                provider.GetRequiredService<IHttpClientFactory>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<IClock>()
            )
        );
        services.TryAddSingleton<ProviderCatalogue>();
        return services;
    }

    private static ProviderRegistration Create(
        GoToMeetingOptions options,
        IHttpClientFactory clients,
        TimeProvider time,
        IClock clock
    )
    {
        var http = new ProviderHttp(
            clients,
            GoToMeetingDescriptor.Id,
            GoToMeetingDescriptor.Name,
            options.HttpTimeout,
            time
        );
        var reads = new ReadRetry(options.HttpTimeout * 2, options.ReadRetryDelay, time);
        var oauth = new OAuthSettings
        {
            ProviderName = GoToMeetingDescriptor.Name,
            Endpoints = options.OAuthEndpoints,
            RequestedScopes = GoToMeetingDescriptor.Value.RequestedScopes,
        };
        var calls = new GoToMeetingHttp(http, reads, clock);
        var paced = new PacedReads(time);
        return new ProviderRegistration(
            new GoToMeetingProvider(
                options,
                new GoToMeetingClient(options, calls),
                new GoToMeetingRecords(options, calls, paced, clock),
                new GoToMeetingDirectory(options, calls, paced)
            ),
            new OAuthClient(oauth, http, clock)
        );
    }
}
