using Microsoft.AspNetCore.Http;
using Parley.Server.Access;
using Parley.Server.Storage;

namespace Parley.Server.Audit;

/// <summary>Says once per request who makes it; every write it causes carries that.</summary>
internal sealed class Originated(RequestDelegate next)
{
    // Where customers act: on a page, with their manage link, on its public interface.
    private static readonly PathString[] Customers = ["/booking", "/book", "/api/v1/public"];

    public Task InvokeAsync(HttpContext context)
    {
        Origin.Current = Of(context);
        return next(context);
    }

    /// <summary>A member who proved who they are by what this very request does.</summary>
    public static Origin As(HttpContext context, Member member) =>
        new(
            "member",
            member.Id,
            member.Name,
            member.Id,
            BrowserSessions.AddressOf(context),
            BrowserSessions.AgentOf(context)
        );

    private static Origin Of(HttpContext context)
    {
        var (address, browser) = (BrowserSessions.AddressOf(context), BrowserSessions.AgentOf(context));
        return Caller.Find(context) switch
        {
            { ApiKeyId: { } key } caller => new Origin("api_key", key, caller.Name, caller.MemberId, address, browser),
            { } caller => new Origin("member", caller.MemberId, caller.Name, caller.MemberId, address, browser),
            _ => new Origin(
                Array.Exists(Customers, path => context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal))
                    ? "customer"
                    : "visitor",
                null,
                null,
                null,
                address,
                browser
            ),
        };
    }
}
