using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;

namespace Parley.Conferencing.Wire;

/// <summary>The socket side of a provider's named client.</summary>
internal static class ProviderHttpClient
{
    /// <summary>
    /// No redirects (a token must not travel on), no cookies (accounts must not mix), no proxy from the environment, small
    /// headers, time-outs of our own. The client is used by name through IHttpClientFactory.
    /// </summary>
    public static void AddProviderClient(
        this IServiceCollection services,
        string name,
        Func<IServiceProvider, TimeSpan> timeout
    )
    {
        services
            .AddHttpClient(name)
            // The factory's own loggers write the URL; a query may carry what must not be logged.
            .RemoveAllLoggers()
            .ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
                ConnectTimeout = timeout(provider) / 2,
                MaxResponseHeadersLength = 64,
                MaxResponseDrainSize = 64 * 1024,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<NodaTime.IClock>(NodaTime.SystemClock.Instance);
    }
}
