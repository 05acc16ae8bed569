using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Wire;

/// <summary>Stands before the twins: names each call, lets a fault have its way with it, and logs what went over the wire.</summary>
internal sealed class WireMiddleware(
    RequestDelegate next,
    World world,
    WireLog log,
    FaultDraw faults,
    LateCalls lateCalls,
    TimeProvider timeProvider,
    IHostApplicationLifetime lifetime
)
{
    private const int LargestBody = 1024 * 1024;
    private const int LargestLogged = 16 * 1024;
    private const int DefaultDelayMs = 30_000;
    private const int DefaultLateMs = 120_000;

    public async Task InvokeAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if (!path.StartsWith("/goto/", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        long started = timeProvider.GetTimestamp();
        byte[]? body = await ReadBodyAsync(context.Request);
        if (body is null)
        {
            context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        string query = context.Request.QueryString.Value ?? "";
        string text = Encoding.UTF8.GetString(body);
        string operation = Operations.Name(context.Request.Method, path, query, text);
        (Instant now, int latency) = world.Read(state => (state.Now, state.Settings.LatencyMs));
        WireCall call = new()
        {
            Provider = "gotomeeting",
            Operation = operation,
            ReceivedAt = now,
            Body = text,
        };
        Fault? fault = faults.Next(call.Provider, operation, $"{path}{query}\n{text}");
        if (latency > 0 && operation != Operations.Page)
        {
            await DelayAsync(latency);
        }

        Outcome outcome = await AnswerAsync(context, call, fault, body);
        log.Add(
            new WireEntry
            {
                Id = 0,
                At = now,
                Provider = call.Provider,
                Operation = operation,
                Method = context.Request.Method,
                Path = Redaction.Of(path + query),
                Status = outcome.Status,
                Fault = fault?.Kind,
                RequestBody = Shorten(Redaction.OfBody(text, context.Request.ContentType)),
                // Sign-in pages are for people; their forms carry keys.
                ResponseBody =
                    operation == Operations.Page ? "" : Shorten(Redaction.Of(Encoding.UTF8.GetString(outcome.Body))),
                DurationMs = timeProvider.GetElapsedTime(started).TotalMilliseconds,
            }
        );
        // By the sandbox's own clock, as a real service would: a client can tell when its own is wrong.
        context.Response.Headers.Date = now.ToDateTimeOffset().ToString("r", CultureInfo.InvariantCulture);
        await SendAsync(context, outcome);
    }

    private async Task<Outcome> AnswerAsync(HttpContext context, WireCall call, Fault? fault, byte[] body)
    {
        switch (fault?.Kind)
        {
            case null:
                return await ApplyAsync(context, call, body);
            case FaultKinds.Refuse:
                return Outcome.Cut;
            case FaultKinds.FailBefore:
                return Error(context, fault, StatusCodes.Status500InternalServerError);
            case FaultKinds.RateLimit:
                if (fault.RetryAfterSeconds is { } seconds)
                {
                    context.Response.Headers.RetryAfter = $"{seconds}";
                }

                return Error(context, fault, StatusCodes.Status429TooManyRequests);
            case FaultKinds.DelayBefore:
                await DelayAsync(fault.DelayMs ?? DefaultDelayMs);
                return await ApplyAsync(context, call, body);
            case FaultKinds.ListLag:
                Duration lag = Duration.FromMilliseconds(fault.DelayMs ?? DefaultDelayMs);
                return await ApplyAsync(context, call with { ListLag = lag }, body);
            case FaultKinds.ApplyLate:
                Copy later = new(context.Request, body, call);
                lateCalls.Add(
                    call.ReceivedAt + Duration.FromMilliseconds(fault.DelayMs ?? DefaultLateMs),
                    call.Operation,
                    () => ReplayAsync(later)
                );
                return Error(context, fault, StatusCodes.Status504GatewayTimeout);
            case FaultKinds.ApplyThenDrop:
                await ApplyAsync(context, call, body);
                return Outcome.Cut;
            case FaultKinds.ApplyThenFail:
                await ApplyAsync(context, call, body);
                Forget(context);
                return Error(context, fault, StatusCodes.Status500InternalServerError);
            case FaultKinds.ApplyThenDelay:
                Outcome delayed = await ApplyAsync(context, call, body);
                await DelayAsync(fault.DelayMs ?? DefaultDelayMs);
                return delayed;
            case FaultKinds.Truncate:
                Outcome whole = await ApplyAsync(context, call, body);
                // Half of an answer without a body is half a header: nothing a client could take for an answer.
                return whole.Body.Length == 0 ? Outcome.Cut : whole with { SendOnly = whole.Body.Length / 2 };
            case FaultKinds.Html:
                await ApplyAsync(context, call, body);
                Forget(context);
                return Error(
                    context,
                    fault with
                    {
                        Body =
                            fault.Body
                            ?? "<!doctype html><html><head><title>Service</title></head><body><h1>Please wait</h1></body></html>",
                    },
                    StatusCodes.Status200OK
                );
            default:
                throw new InvalidOperationException($"Fault kind {fault.Kind} was accepted but is not built.");
        }
    }

    private async Task<Outcome> ApplyAsync(HttpContext context, WireCall call, byte[] body)
    {
        call.Attach(context);
        context.Request.Body = new MemoryStream(body);
        Stream wire = context.Response.Body;
        using MemoryStream reply = new();
        context.Response.Body = reply;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = wire;
        }

        return new Outcome(context.Response.StatusCode, reply.ToArray());
    }

    /// <summary>Runs a call again that nobody waits for. Its authorization is judged by when it came in.</summary>
    private async Task ReplayAsync(Copy copy)
    {
        await using AsyncServiceScope scope = copy.Services.CreateAsyncScope();
        DefaultHttpContext context = new() { RequestServices = scope.ServiceProvider };
        context.Request.Method = copy.Method;
        context.Request.Scheme = copy.Scheme;
        context.Request.Host = copy.Host;
        context.Request.Path = copy.Path;
        context.Request.QueryString = copy.Query;
        context.Request.ContentType = copy.ContentType;
        context.Request.Headers.Authorization = copy.Authorization;
        context.Request.ContentLength = copy.Body.Length;
        Outcome outcome = await ApplyAsync(context, copy.Call, copy.Body);
        log.Add(
            new WireEntry
            {
                Id = 0,
                At = world.Read(state => state.Now),
                Provider = copy.Call.Provider,
                Operation = copy.Call.Operation,
                Method = copy.Method,
                Path = Redaction.Of(copy.Path + copy.Query),
                Status = outcome.Status,
                Fault = "appliedLate",
                RequestBody = Shorten(Redaction.OfBody(copy.Call.Body, copy.ContentType)),
                ResponseBody = Shorten(Redaction.Of(Encoding.UTF8.GetString(outcome.Body))),
                DurationMs = 0,
            }
        );
    }

    private static Outcome Error(HttpContext context, Fault fault, int usualStatus)
    {
        int status = fault.Status ?? usualStatus;
        string body = fault.Body ?? $$"""{"errorCode":"SANDBOX_FAULT","message":"{{fault.Kind}}"}""";
        context.Response.StatusCode = status;
        if (body.Length == 0 || status is 204 or 205 or 304)
        {
            // HTTP has no body for these three.
            context.Response.ContentType = null;
            return new Outcome(status, []);
        }

        context.Response.ContentType = body.StartsWith('<')
            ? "text/html; charset=utf-8"
            : "application/json; charset=utf-8";
        return new Outcome(status, Encoding.UTF8.GetBytes(body));
    }

    private static void Forget(HttpContext context)
    {
        context.Response.Headers.ContentLength = null;
        context.Response.Headers.Location = default;
    }

    private static async Task SendAsync(HttpContext context, Outcome outcome)
    {
        if (outcome.Status == 0)
        {
            context.Abort();
            return;
        }

        if (outcome.Body.Length > 0)
        {
            context.Response.ContentLength = outcome.Body.Length;
            await context.Response.Body.WriteAsync(outcome.Body.AsMemory(0, outcome.SendOnly ?? outcome.Body.Length));
        }

        if (outcome.SendOnly is not null)
        {
            await context.Response.Body.FlushAsync();
            context.Abort();
        }
    }

    private Task DelayAsync(int milliseconds) =>
        Task.Delay(TimeSpan.FromMilliseconds(milliseconds), timeProvider, lifetime.ApplicationStopping);

    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request)
    {
        using MemoryStream body = new();
        byte[] buffer = new byte[8192];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            if (body.Length + read > LargestBody)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static string Shorten(string text) => text.Length <= LargestLogged ? text : text[..LargestLogged] + "…";

    /// <summary>What goes out: status 0 = the connection is cut; <see cref="SendOnly"/> bytes before cutting it.</summary>
    private sealed record Outcome(int Status, byte[] Body)
    {
        public static readonly Outcome Cut = new(0, []);

        public int? SendOnly { get; init; }
    }

    private sealed class Copy(HttpRequest request, byte[] body, WireCall call)
    {
        public IServiceScopeFactory Services { get; } =
            request.HttpContext.RequestServices.GetRequiredService<IServiceScopeFactory>();
        public string Method { get; } = request.Method;
        public string Scheme { get; } = request.Scheme;
        public HostString Host { get; } = request.Host;
        public PathString Path { get; } = request.Path;
        public QueryString Query { get; } = request.QueryString;
        public string? ContentType { get; } = request.ContentType;
        public string? Authorization { get; } = request.Headers.Authorization;
        public byte[] Body { get; } = body;
        public WireCall Call { get; } = call;
    }
}
