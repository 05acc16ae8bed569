using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Web;

namespace Parley.Server.Embed;

/// <summary>
/// Before every endpoint of <c>/embed/api/{key}</c>: the key exists, and the page that asks is of one of its origins. What browsers need to hear
/// (CORS) is said to those origins alone.
/// </summary>
internal static class EmbedDoor
{
    private const string PreflightKept = "600";

    public static ApiKeyRow Key(HttpContext context) => context.Features.GetRequiredFeature<ApiKeyRow>();

    public static async ValueTask<object?> OpenAsync(
        EndpointFilterInvocationContext invocation,
        EndpointFilterDelegate next
    )
    {
        var context = invocation.HttpContext;
        var services = context.RequestServices;
        var headers = context.Request.Headers;
        var origin = headers.Origin.Count == 1 ? headers.Origin.ToString() : null;
        var key = await services
            .GetRequiredService<PublishableKeys>()
            .FindAsync(context.GetRouteValue("key") as string ?? "", context.RequestAborted);
        var named = key is not null && origin is not null && key.OriginList.Contains(origin, StringComparer.Ordinal);
        // Set when the reply starts: what an error clears is set again.
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
            if (named)
            {
                Tell(context, origin!);
            }

            return Task.CompletedTask;
        });

        if (services.GetRequiredService<EmbedLimits>().Calls(context.Connection.RemoteIpAddress) is { } tooMany)
        {
            return tooMany.ToResult();
        }

        if (key is null)
        {
            return new Problem(ProblemCodes.Unauthenticated, "This publishable key is unknown or was revoked.")
            {
                Next = "Take the snippet anew from the page API keys.",
            }.ToResult();
        }

        // Browsers leave Origin out of what a page asks of its own origin; no other page can make them say "same-origin".
        if (!named && headers["Sec-Fetch-Site"] != "same-origin")
        {
            return new Problem(
                ProblemCodes.Forbidden,
                origin is null
                    ? "A publishable key works in browsers alone, on the pages it was made for."
                    : "This page's origin is not among those the key was made for."
            )
            {
                Next =
                    "An administrator makes a key for this origin on the page API keys: scheme, host and port exactly as the browser shows them.",
            }.ToResult();
        }

        services.GetRequiredService<ApiKeyUse>().Note(key.WorkspaceId, key.Id);
        context.Features.Set(key);
        return await next(invocation);
    }

    private static void Tell(HttpContext context, string origin)
    {
        var headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlExposeHeaders = "Location, Retry-After";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            headers.AccessControlAllowMethods = "GET, POST";
            headers.AccessControlAllowHeaders = "Content-Type, Idempotency-Key";
            headers.AccessControlMaxAge = PreflightKept;
        }
    }
}

/// <summary>What one network may ask of the embeds, in this process's memory. Off with <c>RateLimits__Enabled=false</c>.</summary>
internal sealed class EmbedLimits(AttemptLimit attempts)
{
    public const int CallsPerMinute = 240;
    public const int SchedulesPerMinute = 20;
    private static readonly Duration Window = Duration.FromMinutes(1);

    public Problem? Calls(IPAddress? address) => Count("embed", address, CallsPerMinute);

    public Problem? Schedules(IPAddress? address) => Count("embed-schedule", address, SchedulesPerMinute);

    private Problem? Count(string what, IPAddress? address, int most)
    {
        if (address is null)
        {
            return null;
        }

        var key = $"{what}/{ClientNetwork.Of(address)}";
        if (attempts.WaitFor(key, most) is { } wait)
        {
            return EmbedMeetings.TooMany("Too many requests from your network.", (int)Math.Ceiling(wait.TotalSeconds));
        }

        attempts.Count(key, Window);
        return null;
    }
}
