using System.Net;
using Microsoft.AspNetCore.Http;

namespace Parley.Sandbox.Wire;

/// <summary>
/// Refuses requests that name a host other than the sandbox's own: a page of a stranger whose name was rebound to this machine would
/// otherwise be of the same origin as the sandbox, which asks nobody for a password.
/// </summary>
internal sealed class KnownHostOnly(RequestDelegate next, Uri url)
{
    private const int HttpPort = 80;
    private readonly bool loopback = IsLoopback(url);

    /// <summary>Whether only this machine can call what listens there.</summary>
    public static bool IsLoopback(Uri url) =>
        url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));

    public Task InvokeAsync(HttpContext context)
    {
        HostString host = context.Request.Host;
        // The port it really has: 0 may have been asked for.
        if ((host.Port ?? HttpPort) == context.Connection.LocalPort && IsOurs(host.Host))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return context.Response.WriteAsync("This host is not the sandbox's.", context.RequestAborted);
    }

    private bool IsOurs(string name) =>
        name.Equals(url.Host, StringComparison.OrdinalIgnoreCase)
        || (
            loopback && (name is "127.0.0.1" or "[::1]" || name.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        );
}
