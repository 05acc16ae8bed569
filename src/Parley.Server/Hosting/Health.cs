using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Hosting;

/// <summary>Live: the process answers. Ready: it can do its work (database, key, migrations; the latter two are checked at start).</summary>
internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Ok(new { status = "live" })).ExcludeFromDescription();
        routes
            .MapGet(
                "/health/ready",
                async (Db db, CancellationToken cancellationToken) =>
                    await db.ProbeAsync(cancellationToken) is { } fault
                        ? Results.Json(new { status = "unavailable", database = fault }, statusCode: 503)
                        : Results.Ok(new { status = "ready", database = db.Dialect.Name })
            )
            .ExcludeFromDescription();
    }
}
