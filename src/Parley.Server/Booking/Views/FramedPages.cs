using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Parley.Server.Booking.Views;

/// <summary>What is different about pages in a frame of another site, where browsers withhold our cookies.</summary>
internal static class FramedPages
{
    /// <summary>Whether the browser says that this is for a frame (Fetch Metadata). One that says nothing gets the whole page, which it may not frame.</summary>
    public static bool IsFramed(HttpContext context) => context.Request.Headers["Sec-Fetch-Dest"] == "iframe";

    /// <summary>
    /// The form is anybody's: it acts with nothing but what it holds, so that a forged one does no more than its forger could do alone. It takes no
    /// antiforgery cookie, which would not come along in a frame; a browser that says another site sent it is refused all the same.
    /// </summary>
    public static RouteHandlerBuilder TakesStrangersForms(this RouteHandlerBuilder builder) =>
        builder
            .WithMetadata(new StrangersForm())
            .DisableAntiforgery()
            .AddEndpointFilter(
                async (invocation, next) =>
                    invocation.HttpContext.Request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
                        ? Results.StatusCode(StatusCodes.Status403Forbidden)
                        : await next(invocation)
            );
}

/// <summary>On the few forms without an antiforgery token. Read by the house rules.</summary>
internal sealed record StrangersForm;
