using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Parley.Server.Web;

/// <summary>Pages are Razor components rendered once, on the server, by ordinary endpoints.</summary>
public static class Pages
{
    /// <param name="context">The request: its reply is never stored by caches.</param>
    /// <param name="parameters">An anonymous object or a dictionary; names as the component's <c>[Parameter]</c>s.</param>
    /// <param name="statusCode">400 or 409 when a form comes back with mistakes.</param>
    public static IResult Render<TComponent>(HttpContext context, object? parameters = null, int statusCode = 200)
        where TComponent : IComponent
    {
        // In the words antiforgery uses, which would otherwise warn that it overrides them.
        context.Response.Headers.CacheControl = "no-cache, no-store";
        return new RazorComponentResult(typeof(TComponent), ParametersOf(parameters))
        {
            StatusCode = statusCode,
            PreventStreamingRendering = true,
        };
    }

    /// <summary>
    /// A page whose list takes a moment: the shell leaves at once, the rest follows into its <see cref="StreamedPage.Slot"/>.
    /// </summary>
    /// <param name="rest">What the rest is rendered with; called when the shell has left.</param>
    public static IResult Stream<TShell, TRest>(HttpContext context, object shell, Func<Task<object>> rest)
        where TShell : IComponent
        where TRest : IComponent => new StreamedPage<TRest>(Render<TShell>(context, shell), rest);

    internal static IReadOnlyDictionary<string, object?> ParametersOf(object? parameters) =>
        parameters switch
        {
            null => new Dictionary<string, object?>(StringComparer.Ordinal),
            IReadOnlyDictionary<string, object?> given => given,
            _ => parameters
                .GetType()
                .GetProperties()
                .ToDictionary(
                    property => property.Name,
                    property => property.GetValue(parameters),
                    StringComparer.Ordinal
                ),
        };

    /// <summary>After a form: 303, so that reloading does not send it again.</summary>
    /// <param name="path">A path of ours, beginning with one slash.</param>
    public static IResult SeeOther(string path) => new SeeOtherResult(path);

    /// <summary>303 to a link that opens a room: it is never stored, and where it leads does not learn where people came from.</summary>
    /// <param name="link">A provider's join or host link.</param>
    public static IResult SeeRoom(HttpContext context, string link)
    {
        context.SendNoReferrer();
        context.Response.Headers.CacheControl = "no-store";
        return SeeOther(link);
    }

    /// <summary>For POST endpoints of pages that do not bind the form: the antiforgery token is demanded all the same.</summary>
    public static TBuilder RequireCsrf<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new RequireAntiforgeryTokenAttribute(required: true));

    private sealed class SeeOtherResult(string location) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = location;
            return Task.CompletedTask;
        }
    }
}

/// <summary>Where to go after signing in: only paths of ours. Browsers read \ as / and drop tabs and line breaks, so both are refused.</summary>
public static class LocalPath
{
    public static string Or(string? path, string otherwise) => IsLocal(path) ? path! : otherwise;

    public static bool IsLocal(string? path) =>
        path is ['/', ..]
        && path.Length <= 2000
        && !(path.Length > 1 && path[1] is '/' or '\\')
        && !path.Any(character => char.IsControl(character) || character == '\\')
        && !Uri.UnescapeDataString(path).StartsWith("//", StringComparison.Ordinal)
        && !Uri.UnescapeDataString(path).Contains('\\', StringComparison.Ordinal);
}
