using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NodaTime;
using Parley.Sandbox.GoTo;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Wire;

/// <summary>Stands before the twins: names each call, lets a fault have its way with it, and logs what went over the wire.</summary>
internal sealed class WireMiddleware
{
    private const int LargestBody = 1024 * 1024;
    private const int LargestLogged = 16 * 1024;
    private const int LargestRead = 32 * 1024;
    private const int DefaultDelayMs = 30_000;
    private const int DefaultLateMs = 120_000;

    private readonly RequestDelegate next;
    private readonly World world;
    private readonly WireLog log;
    private readonly FaultDraw faults;
    private readonly RateGate rates;
    private readonly LateCalls lateCalls;
    private readonly TimeProvider timeProvider;
    private readonly IHostApplicationLifetime lifetime;
    private readonly IServiceScopeFactory scopes;

    public WireMiddleware(
        RequestDelegate next,
        World world,
        WireLog log,
        FaultDraw faults,
        RateGate rates,
        LateCalls lateCalls,
        TimeProvider timeProvider,
        IHostApplicationLifetime lifetime,
        IServiceScopeFactory scopes
    )
    {
        this.next = next;
        this.world = world;
        this.log = log;
        this.faults = faults;
        this.rates = rates;
        this.lateCalls = lateCalls;
        this.timeProvider = timeProvider;
        this.lifetime = lifetime;
        this.scopes = scopes;
        // Calls that an earlier run of the sandbox promised to apply late are waiting since then.
        lateCalls.Start(ReplayAsync);
    }

    public async Task InvokeAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if (WireProvider.Of(path) is not { } provider)
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
        string operation = WireProvider.Operation(provider, context.Request.Method, path, query, text);
        (Instant now, int latency) = world.Read(state => (state.Now, state.Settings.LatencyMs));
        // By the sandbox's own clock, as a real service would: a client can tell when its own is wrong. Long answers start early.
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.Date = now.ToDateTimeOffset().ToString("r", CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
        WireCall call = new()
        {
            Provider = provider,
            Operation = operation,
            ReceivedAt = now,
            Body = text,
        };
        IResult? tooMany = rates.Refuse(context);
        Fault? fault = tooMany is null ? faults.Next(call.Provider, operation, $"{path}{query}\n{text}") : null;
        if (latency > 0 && operation != Operations.Page)
        {
            await DelayAsync(latency);
        }

        Outcome outcome = tooMany is null
            ? await AnswerAsync(context, call, fault, body)
            : await HoldAsync(context, mayPass: false, () => tooMany.ExecuteAsync(context));
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
                    operation == Operations.Page ? "" : Shorten(Redaction.OfBeginning(outcome.Body, LargestRead)),
                DurationMs = timeProvider.GetElapsedTime(started).TotalMilliseconds,
            }
        );
        await SendAsync(context, outcome);
    }

    private async Task<Outcome> AnswerAsync(HttpContext context, WireCall call, Fault? fault, byte[] body)
    {
        switch (fault?.Kind)
        {
            case null:
                return await ApplyAsync(context, call, body, mayPass: true);
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
                return await ApplyAsync(context, call, body, mayPass: true);
            case FaultKinds.ListLag:
                Duration lag = Duration.FromMilliseconds(fault.DelayMs ?? DefaultDelayMs);
                return await ApplyAsync(context, call with { ListLag = lag }, body, mayPass: true);
            case FaultKinds.ApplyLate:
                lateCalls.Add(
                    Later(
                        context.Request,
                        body,
                        call,
                        call.ReceivedAt + Duration.FromMilliseconds(fault.DelayMs ?? DefaultLateMs)
                    )
                );
                return Error(context, fault, StatusCodes.Status504GatewayTimeout);
            case FaultKinds.RotateAndDrop:
                await ApplyAsync(context, call with { Rotate = true }, body);
                return Outcome.Cut;
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

    private async Task<Outcome> ApplyAsync(HttpContext context, WireCall call, byte[] body, bool mayPass = false)
    {
        call.Attach(context);
        context.Request.Body = new MemoryStream(body);
        return await HoldAsync(context, mayPass, () => next(context));
    }

    private static async Task<Outcome> HoldAsync(HttpContext context, bool mayPass, Func<Task> answer)
    {
        Stream wire = context.Response.Body;
        await using ReplyStream reply = new(wire, mayPass);
        context.Response.Body = reply;
        try
        {
            await answer();
        }
        finally
        {
            context.Response.Body = wire;
        }

        return new Outcome(context.Response.StatusCode, reply.Held) { Sent = reply.Passing };
    }

    private static LateCall Later(HttpRequest request, byte[] body, WireCall call, Instant dueAt)
    {
        string authorization = request.Headers.Authorization.ToString();
        bool client = authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);
        return new LateCall
        {
            Id = Secrets.Text(9),
            DueAt = dueAt,
            ReceivedAt = call.ReceivedAt,
            Provider = call.Provider,
            Operation = call.Operation,
            Method = request.Method,
            Scheme = request.Scheme,
            Host = request.Host.Value ?? "",
            Path = request.Path.Value ?? "",
            Query = request.QueryString.Value ?? "",
            ContentType = request.ContentType,
            ClientAuthorization = client ? authorization : null,
            TokenId = client ? null : Bearer.TokenId(authorization),
            Body = body,
        };
    }

    /// <summary>Runs a call again that nobody waits for. Its authorization is judged by when it came in.</summary>
    private async Task ReplayAsync(LateCall late)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        DefaultHttpContext context = new() { RequestServices = scope.ServiceProvider };
        context.Request.Method = late.Method;
        context.Request.Scheme = late.Scheme;
        context.Request.Host = new HostString(late.Host);
        context.Request.Path = late.Path;
        context.Request.QueryString = new QueryString(late.Query);
        context.Request.ContentType = late.ContentType;
        context.Request.Headers.Authorization = late.ClientAuthorization;
        context.Request.ContentLength = late.Body.Length;
        string text = Encoding.UTF8.GetString(late.Body);
        WireCall call = new()
        {
            Provider = late.Provider,
            Operation = late.Operation,
            ReceivedAt = late.ReceivedAt,
            Body = text,
            TokenId = late.TokenId,
        };
        Outcome outcome = await ApplyAsync(context, call, late.Body);
        log.Add(
            new WireEntry
            {
                Id = 0,
                At = world.Read(state => state.Now),
                Provider = late.Provider,
                Operation = late.Operation,
                Method = late.Method,
                Path = Redaction.Of(late.Path + late.Query),
                Status = outcome.Status,
                Fault = "appliedLate",
                RequestBody = Shorten(Redaction.OfBody(text, late.ContentType)),
                ResponseBody = Shorten(Redaction.OfBeginning(outcome.Body, LargestRead)),
                DurationMs = 0,
            }
        );
    }

    private static Outcome Error(HttpContext context, Fault fault, int usualStatus)
    {
        int status = fault.Status ?? usualStatus;
        string body = fault.Body ?? WireProvider.ErrorBody(fault, status);
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

        if (outcome.Sent)
        {
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

        /// <summary>It went out as it came; <see cref="Body"/> is its beginning.</summary>
        public bool Sent { get; init; }
    }
}
