using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Web;

/// <summary>
/// What an operator's monitoring reads at /metrics (Prometheus text format 0.0.4): requests, memory, and the effects that wait.
/// Labels are status classes and states, never paths, ids or names.
/// </summary>
public sealed class Metrics(Db db, TimeProvider time)
{
    private readonly long[] _byClass = new long[6];
    private readonly long _startedAt = time.GetTimestamp();
    private long _requests;
    private long _microseconds;

    internal void Count(int status, TimeSpan took)
    {
        Interlocked.Increment(ref _byClass[Math.Clamp(status / 100, 0, 5)]);
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _microseconds, (long)took.TotalMicroseconds);
    }

    public async Task<string> WriteAsync(CancellationToken cancellationToken)
    {
        var waiting = await db.ReadAsync(
            session =>
                session.QueryAsync<StateCount>(
                    "SELECT kind, state, COUNT(*) AS number FROM effect WHERE finished_at IS NULL GROUP BY kind, state ORDER BY kind, state /* all workspaces: one number for the operator */"
                ),
            cancellationToken
        );
        var text = new StringBuilder();
        Head(text, "parley_http_requests_total", "counter", "Requests answered, by class of status.");
        for (var status = 1; status < _byClass.Length; status++)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"parley_http_requests_total{{code=\"{status}xx\"}} {Interlocked.Read(ref _byClass[status])}\n"
            );
        }

        Head(text, "parley_http_request_duration_seconds", "summary", "Time to answer.");
        text.Append(
            CultureInfo.InvariantCulture,
            $"parley_http_request_duration_seconds_sum {Interlocked.Read(ref _microseconds) / 1e6}\n"
        );
        text.Append(
            CultureInfo.InvariantCulture,
            $"parley_http_request_duration_seconds_count {Interlocked.Read(ref _requests)}\n"
        );
        Head(text, "parley_effects_waiting", "gauge", "Changes outside the database that are not final yet.");
        foreach (var count in waiting)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"parley_effects_waiting{{kind=\"{count.Kind}\",state=\"{count.State}\"}} {count.Number}\n"
            );
        }

        Head(text, "process_resident_memory_bytes", "gauge", "Memory of the process.");
        text.Append(CultureInfo.InvariantCulture, $"process_resident_memory_bytes {Environment.WorkingSet}\n");
        Head(text, "parley_uptime_seconds", "gauge", "Time since the start.");
        text.Append(
            CultureInfo.InvariantCulture,
            $"parley_uptime_seconds {time.GetElapsedTime(_startedAt).TotalSeconds}\n"
        );
        return text.ToString();
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private sealed record StateCount
    {
        public required string Kind { get; init; }
        public required string State { get; init; }
        public required long Number { get; init; }
    }
}

internal sealed class CountRequests(RequestDelegate next, Metrics metrics, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        await next(context);
        metrics.Count(context.Response.StatusCode, time.GetElapsedTime(started));
    }
}

internal static class MetricsEndpoint
{
    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet(
                "/metrics",
                async (Metrics metrics, CancellationToken cancellationToken) =>
                    Results.Text(
                        await metrics.WriteAsync(cancellationToken),
                        "text/plain; version=0.0.4; charset=utf-8"
                    )
            )
            .AllowAnonymous()
            .ExcludeFromDescription();
}
