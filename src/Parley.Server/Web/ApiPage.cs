using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace Parley.Server.Web;

/// <summary>
/// The interactive reference at /docs, over the API document: for everyone, as the document itself is. A key entered there is sent to
/// this server only and forgotten with the page. No script of it is inline, so the strict policy of all pages holds here as well.
/// </summary>
internal static class ApiPage
{
    public const string Path = "/docs";

    public static void UseApiPage(this IApplicationBuilder app)
    {
        var html = Encoding.UTF8.GetBytes(Html(app.ApplicationServices.GetRequiredService<SiteAssets>()));
        app.UseSwaggerUI(options =>
        {
            options.RoutePrefix = Path.TrimStart('/');
            options.SwaggerEndpoint("/openapi/v1.json", "Parley v1");
            options.IndexStream = () => new MemoryStream(html, writable: false);
            options.DocExpansion(DocExpansion.List);
            options.DefaultModelsExpandDepth(-1);
            options.DisplayRequestDuration();
            options.EnableFilter();
            options.EnableDeepLinking();
            options.EnableTryItOutByDefault();
        });
    }

    private static string Html(SiteAssets assets) =>
        $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>API reference – Parley</title>
            <link rel="icon" href="{assets.Url("favicon.svg")}" type="image/svg+xml">
            <link rel="stylesheet" href="./swagger-ui.css">
            <link rel="stylesheet" href="{assets.Url("docs.css")}">
            </head>
            <body>
            <header class="docs-head"><a href="/">Parley</a><nav aria-label="API"><a href="/api-keys">API keys</a> <a href="/openapi/v1.json">OpenAPI document</a></nav></header>
            <noscript><p class="docs-head">This page needs script. Without it, read the <a href="/openapi/v1.json">OpenAPI document</a>.</p></noscript>
            <main id="swagger-ui"></main>
            <script src="{assets.Url("docs.js")}"></script>
            <script src="./swagger-ui-bundle.js" charset="utf-8"></script>
            <script src="./swagger-ui-standalone-preset.js" charset="utf-8"></script>
            <script src="./index.js" charset="utf-8"></script>
            </body>
            </html>
            """;
}
