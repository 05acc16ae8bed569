using Microsoft.AspNetCore.Http;

namespace Parley.Server.Web;

/// <summary>What one reply asks to differ in from the strict defaults. Set it before the reply starts.</summary>
public sealed class PageSecurity
{
    internal List<string> FormActions { get; } = [];
    internal IReadOnlyList<string> FrameAncestors { get; set; } = [];
    internal bool NoReferrer { get; set; }

    internal static PageSecurity Of(HttpContext context)
    {
        var security = context.Features.Get<PageSecurity>();
        if (security is null)
        {
            security = new PageSecurity();
            context.Features.Set(security);
        }

        return security;
    }
}

public static class PageSecurityConventions
{
    /// <summary>A form of this page may end, also by redirect, at another origin: browsers check the whole chain (CSP3 §6.4.1.1).</summary>
    /// <param name="origin">Scheme, host and port, or any URL at that origin.</param>
    public static void AllowFormActionTo(this HttpContext context, string origin) =>
        PageSecurity.Of(context).FormActions.Add(new Uri(origin).GetLeftPart(UriPartial.Authority));

    /// <summary>As <see cref="AllowFormActionTo"/>, for host sources such as <c>https://*.goto.com</c>.</summary>
    /// <exception cref="ArgumentException">Something that would end the directive: a mistake in a provider's settings.</exception>
    public static void AllowFormActionToSources(this HttpContext context, IEnumerable<string> sources)
    {
        foreach (var source in sources)
        {
            if (source.Any(character => character is <= ' ' or ';' or ',' or '\'' or >= '\x7f'))
            {
                throw new ArgumentException($"Not a host source: {source}", nameof(sources));
            }

            PageSecurity.Of(context).FormActions.Add(source);
        }
    }

    /// <summary>
    /// Pages of these origins may show this one in a frame. Only for pages on which a click that was not meant does no harm: nothing of a
    /// signed-in member, nothing that is cancelled or changed.
    /// </summary>
    /// <param name="origins">As <see cref="WebOrigin"/> takes them; empty: nobody, as usual.</param>
    public static void AllowFramingBy(this HttpContext context, IReadOnlyList<string> origins) =>
        PageSecurity.Of(context).FrameAncestors = [.. origins.Where(origin => WebOrigin.Objection(origin) is null)];

    /// <summary>The page's own address is a secret (manage, setup, reset and connect links): nobody hears of it.</summary>
    public static void SendNoReferrer(this HttpContext context) => PageSecurity.Of(context).NoReferrer = true;
}

/// <summary>The headers every reply carries. An endpoint that set one of them itself keeps its value.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string Permissions =
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        + "microphone=(), midi=(), payment=(), usb=()";

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(Apply, context);
        return next(context);
    }

    private static Task Apply(object state)
    {
        var context = (HttpContext)state;
        var security = PageSecurity.Of(context);
        var headers = context.Response.Headers;
        var framed = security.FrameAncestors.Count > 0;
        headers.TryAdd(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
                + "connect-src 'self'; form-action "
                + string.Join(' ', security.FormActions.Distinct(StringComparer.Ordinal).Prepend("'self'"))
                + $"; frame-ancestors {(framed ? string.Join(' ', security.FrameAncestors) : "'none'")}; base-uri 'none'"
        );
        headers.TryAdd("X-Content-Type-Options", "nosniff");
        if (!framed)
        {
            // It knows no list of origins; where there is one, the policy alone decides.
            headers.TryAdd("X-Frame-Options", "DENY");
        }

        headers.TryAdd("Referrer-Policy", security.NoReferrer ? "no-referrer" : "same-origin");
        headers.TryAdd("Cross-Origin-Opener-Policy", "same-origin");
        headers.TryAdd("Permissions-Policy", Permissions);

        // Whatever does not say otherwise is somebody's own.
        if (headers.CacheControl.Count == 0 || context.Response.StatusCode >= StatusCodes.Status400BadRequest)
        {
            headers.CacheControl = "no-store";
        }

        return Task.CompletedTask;
    }
}
