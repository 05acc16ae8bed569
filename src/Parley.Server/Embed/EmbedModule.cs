using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Web;

namespace Parley.Server.Embed;

/// <summary>Parley in other people's pages: the Schedule Meeting button, framed booking pages, the keys and the API behind them.</summary>
internal static class EmbedModule
{
    public static IServiceCollection AddEmbed(this IServiceCollection services) =>
        services
            .AddSingleton<PublishableKeys>()
            .AddSingleton<EmbedLimits>()
            .AddSingleton<EmbedMeetings>()
            .AddSingleton<CrmDemo>();

    public static void MapEmbed(this IEndpointRouteBuilder routes)
    {
        routes.MapEmbedApi();
        routes.MapButtonPages();
        routes.MapScript(EmbedScript.Button);
        routes.MapScript(EmbedScript.Booking);
    }

    private static void MapScript(this IEndpointRouteBuilder routes, EmbedScript script) =>
        routes
            .MapGet(
                script.Path,
                (HttpContext context, SiteAssets assets) => assets.ServeElsewhere(context, script.Asset)
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
}

/// <summary>A script for other people's pages, at an address that stays.</summary>
internal sealed record EmbedScript(string Path, string Asset)
{
    public static readonly EmbedScript Button = new("/embed/schedule-meeting.js", "schedule-meeting.js");
    public static readonly EmbedScript Booking = new("/embed/booking.js", "booking-embed.js");
}
