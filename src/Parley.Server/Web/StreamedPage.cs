using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Parley.Server.Web;

internal static class StreamedPage
{
    // Nothing people write reaches a page with an opening bracket in it.
    internal const string Mark = "<!--rest-->";

    /// <summary>For the shell: here the rest goes.</summary>
    public static readonly MarkupString Slot = new(Mark);
}

/// <summary>
/// A page in two parts: the shell with what it takes no time to know leaves at once, the rest stands where the shell has a
/// <see cref="StreamedPage.Slot"/> as soon as it is known. One ordinary document, read from top to bottom: no script puts anything in place. The style
/// sheet hides the shell's <c>.arriving</c> once <c>.arrived</c> stands behind it.
/// </summary>
internal sealed class StreamedPage<TRest>(IResult shell, Func<Task<object>> rest) : IResult
    where TRest : IComponent
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var html = await ShellAsync(httpContext);
        var cut = html.IndexOf(StreamedPage.Mark, StringComparison.Ordinal);
        // A proxy that collects a reply before it passes it on would undo this.
        httpContext.Response.Headers["X-Accel-Buffering"] = "no";
        await WriteAsync(httpContext, cut < 0 ? html : html[..cut]);
        if (cut < 0)
        {
            return;
        }

        try
        {
            await WriteAsync(httpContext, await RestAsync(httpContext, await rest()));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Too late for an error page: said where the rest would be. The fault goes on to whoever logs it.
            await WriteAsync(
                httpContext,
                "<div class=\"arrived\"><div class=\"banner danger\" role=\"alert\"><span class=\"shape\" aria-hidden=\"true\"></span><div>This could not be read just now. Reload the page; if it stays, tell whoever runs this server.</div></div></div>"
            );
            throw;
        }

        await WriteAsync(httpContext, html[(cut + StreamedPage.Mark.Length)..]);
    }

    // Rendered whole before the first byte leaves: cookies and headers it sets are still in time.
    private async Task<string> ShellAsync(HttpContext context)
    {
        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        try
        {
            await shell.ExecuteAsync(context);
        }
        finally
        {
            context.Features.Set(body);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static async Task<string> RestAsync(HttpContext context, object parameters)
    {
        var services = context.RequestServices;
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync<InRequest>(
                ParameterView.FromDictionary(
                    new Dictionary<string, object?>(StringComparer.Ordinal)
                    {
                        [nameof(InRequest.Context)] = context,
                        [nameof(InRequest.Parameters)] = Pages.ParametersOf(parameters),
                    }
                )
            );
            return root.ToHtmlString();
        });
    }

    private static async Task WriteAsync(HttpContext context, string html)
    {
        await context.Response.WriteAsync(html, Encoding.UTF8, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>The component with what every page is given from around it.</summary>
    private sealed class InRequest : ComponentBase
    {
        [Parameter]
        public required HttpContext Context { get; set; }

        [Parameter]
        public required IReadOnlyDictionary<string, object?> Parameters { get; set; }

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenComponent<CascadingValue<HttpContext>>(0);
            builder.AddComponentParameter(1, "Value", Context);
            builder.AddComponentParameter(2, "IsFixed", true);
            builder.AddComponentParameter(
                3,
                "ChildContent",
                (RenderFragment)(
                    inner =>
                    {
                        inner.OpenComponent<TRest>(0);
                        foreach (var (name, value) in Parameters)
                        {
                            inner.AddComponentParameter(1, name, value);
                        }

                        inner.CloseComponent();
                    }
                )
            );
            builder.CloseComponent();
        }
    }
}
