using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Parley.Server;

namespace Parley;

/// <summary>
/// Answers one address of this machine (RFC 8252, section 7.3). What a provider sends a browser back with, code and state, goes on in the
/// same browser to Parley, whose cookie it carries; nothing is read, kept or logged here.
/// </summary>
internal sealed class LoopbackListener : IAsyncDisposable
{
    private readonly WebApplication _app;
    private volatile Uri? _target;

    private LoopbackListener(WebApplication app) => _app = app;

    /// <exception cref="StartupException">It is no loopback address, or somebody else listens there.</exception>
    public static async Task<LoopbackListener> StartAsync(string address, CancellationToken cancellationToken)
    {
        if (
            !Uri.TryCreate(address, UriKind.Absolute, out var uri)
            || uri.Scheme != Uri.UriSchemeHttp
            || !uri.IsLoopback
        )
        {
            throw new StartupException($"{address} is no address of this machine such as http://localhost:8080.");
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            if (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip))
            {
                kestrel.Listen(ip, uri.Port);
            }
            else
            {
                kestrel.ListenLocalhost(uri.Port);
            }
        });
        var app = builder.Build();
        var listener = new LoopbackListener(app);
        app.MapGet(uri.AbsolutePath, listener.HandOn);
        try
        {
            await app.StartAsync(cancellationToken);
            return listener;
        }
        catch (IOException exception)
        {
            await app.DisposeAsync();
            throw new StartupException($"{address} is taken by another program: {exception.Message}", exception);
        }
    }

    /// <param name="callback">Where Parley takes providers' answers.</param>
    public void HandOnTo(Uri callback) => _target = callback;

    private IResult HandOn(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        // Without a state it is no answer of a provider's: somebody looks whether anyone is here.
        if (_target is not { } target || !context.Request.Query.ContainsKey("state"))
        {
            return Results.Text(
                "Parley waits here for a provider's answer.",
                statusCode: StatusCodes.Status404NotFound
            );
        }

        context.Response.Headers.Location = target.AbsoluteUri + context.Request.QueryString.Value;
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }
}
