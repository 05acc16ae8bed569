using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;

namespace Parley.Server.Web;

/// <summary>The shell around every capability: faults, headers, assets, antiforgery, layouts.</summary>
internal static class WebModule
{
    private const long LargestRequest = 1024 * 1024;

    public static IServiceCollection AddWeb(this IServiceCollection services)
    {
        services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = LargestRequest);
        services.AddRazorComponents();
        services.ConfigureHttpJsonOptions(json =>
            Json.Configure(json.SerializerOptions, System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow)
        );
        services.AddApiDocument();
        services.AddHttpContextAccessor();
        services.AddDataProtection();
        services.AddSingleton<SiteAssets>();
        services.AddSingleton<Flash>();
        services.AddSingleton<Idempotency>();
        services.AddSingleton<FormKeys>();
        services.AddSingleton<Metrics>();
        services
            .AddOptions<Microsoft.AspNetCore.Antiforgery.AntiforgeryOptions>()
            .Configure<ParleyOptions>(
                (antiforgery, options) =>
                {
                    antiforgery.FormFieldName = CsrfFieldName;
                    antiforgery.SuppressXFrameOptionsHeader = true;
                    antiforgery.Cookie.Name = Cookies.Name(options, "csrf");
                    antiforgery.Cookie.HttpOnly = true;
                    antiforgery.Cookie.Path = "/";
                    antiforgery.Cookie.SameSite = SameSiteMode.Lax;
                    antiforgery.Cookie.SecurePolicy = Cookies.Secure(options);
                }
            );
        services.AddAntiforgery();
        return services;
    }

    /// <summary>The hidden field of every form.</summary>
    public const string CsrfFieldName = "_csrf";

    // The order matters: headers are set on every reply, also on the error pages made further in.
    public static void UseWeb(this WebApplication app)
    {
        // Believed from a proxy on this machine only (the framework's default): rates are limited by client address.
        app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor });
        var scheme = Cookies.IsHttps(app.Services.GetRequiredService<ParleyOptions>()) ? "https" : "http";
        app.Use(
            (context, next) =>
            {
                // Behind a proxy that ends TLS the request looks like http; what the browser sees decides.
                context.Request.Scheme = scheme;
                return next(context);
            }
        );
        app.UseMiddleware<CountRequests>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<Faults>();
        app.UseMiddleware<NoNulInAddress>();
        app.UseApiPage();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UseMiddleware<StaleForm>();
        app.UseMiddleware<NoNulInForm>();
        app.UseMiddleware<RepeatableBody>();
        app.UseMiddleware<Audit.Originated>();
    }

    public static void MapWeb(this IEndpointRouteBuilder routes)
    {
        routes.ServiceProvider.GetRequiredService<SiteAssets>().Map(routes);
        routes.MapApiDocument();
        routes.MapMetrics();
    }
}

/// <summary>Names and flags of our cookies: <c>__Host-</c> and Secure as soon as the world reaches us by https.</summary>
internal static class Cookies
{
    public static bool IsHttps(ParleyOptions options) =>
        options.PublicUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    public static string Name(ParleyOptions options, string purpose) =>
        (IsHttps(options) ? "__Host-parley-" : "parley-") + purpose;

    public static CookieSecurePolicy Secure(ParleyOptions options) =>
        IsHttps(options) ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
}
