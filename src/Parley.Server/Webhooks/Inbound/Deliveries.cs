using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Inbound;

/// <summary>
/// From the request to its answer. Providers wait three seconds and repeat what failed on our side only. So two things are bounded, and who
/// does not get a place in a moment is told to come again: bodies held at once, which anybody can send, and those whose secret is looked up or
/// whose event is written down at once.
/// </summary>
public sealed partial class Deliveries(
    ProviderCatalogue catalogue,
    WebhookSecrets secrets,
    Inbox inbox,
    IClock clock,
    TimeProvider time,
    ILogger<Deliveries> logger
) : IDisposable
{
    /// <summary>With <see cref="DeliveryBody.Largest"/>: 64 MiB at the very most, however many send slowly.</summary>
    private const int BodiesAtOnce = 256;

    /// <summary>As many as one commit of the embedded database takes in comfortably, and half of what a pool of PostgreSQL has.</summary>
    private const int WorkAtOnce = 48;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);
    private static readonly Duration Quiet = Duration.FromMinutes(1);
    private readonly SemaphoreSlim _bodies = new(BodiesAtOnce);
    private readonly SemaphoreSlim _work = new(WorkAtOnce);
    private long _silentUntil;
    private long _untold;

    /// <param name="appId">Null: the installation's secret.</param>
    internal async Task<IResult> TakeAsync(HttpContext context, string provider, string? appId)
    {
        if (catalogue.Find(provider)?.Provider.Events is not { } events)
        {
            return NotFound().ToResult();
        }

        if (context.Request.ContentLength > DeliveryBody.Largest)
        {
            return TooLarge().ToResult();
        }

        if (!await _bodies.WaitAsync(LongestWait, context.RequestAborted))
        {
            return Busy().ToResult();
        }

        try
        {
            return await DeliveryBody.ReadAsync(context, time) is not { } body ? TooLarge().ToResult()
                : !await _work.WaitAsync(LongestWait, context.RequestAborted) ? Busy().ToResult()
                : await WorkAsync(context, events, provider, appId, body);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The body did not come in time: nobody waits for an answer to half a request.
            context.Abort();
            return Results.Empty;
        }
        finally
        {
            _bodies.Release();
        }
    }

    private async Task<IResult> WorkAsync(
        HttpContext context,
        IProviderEvents events,
        string provider,
        string? appId,
        ReadOnlyMemory<byte> body
    )
    {
        try
        {
            return await TakeAsync(context, events, provider, appId, body);
        }
        finally
        {
            _work.Release();
        }
    }

    private async Task<IResult> TakeAsync(
        HttpContext context,
        IProviderEvents events,
        string provider,
        string? appId,
        ReadOnlyMemory<byte> body
    )
    {
        var (sender, secret) = (new WebhookSender(provider, null, null, null), secrets.Installations(provider));
        if (appId is not null)
        {
            if (await secrets.OfAppAsync(provider, appId, context.RequestAborted) is not { } app)
            {
                return NotFound().ToResult();
            }

            (sender, secret) = app;
        }

        var delivery = events.Read(
            body,
            name => context.Request.Headers[name] is [{ } one] ? one : null,
            secret is null ? [] : [secret],
            clock.GetCurrentInstant()
        );
        switch (delivery)
        {
            case EventDelivery.Refused refused:
                Complain(sender, refused.Code);
                return new Problem(ProblemCodes.WebhookRefused, "The delivery is not believed.")
                {
                    Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["reason"] = refused.Code },
                }.ToResult();
            case EventDelivery.Challenge challenge:
                await inbox.CheckedAsync(sender, context.RequestAborted);
                return Results.Text(challenge.ReplyJson, "application/json", System.Text.Encoding.UTF8);
            case EventDelivery.Accepted accepted:
                // Whoever gave up waiting sends it again; once begun it is finished.
                await inbox.TakeAsync(sender, accepted.Event, CancellationToken.None);
                return Results.NoContent();
            default:
                throw new InvalidOperationException($"{delivery.GetType().Name} is no outcome of a delivery.");
        }
    }

    // Anybody can have deliveries refused: once a minute is enough to find out why none arrive.
    private void Complain(WebhookSender sender, string code)
    {
        var now = clock.GetCurrentInstant().ToUnixTimeTicks();
        var silentUntil = Interlocked.Read(ref _silentUntil);
        if (
            now < silentUntil
            || Interlocked.CompareExchange(ref _silentUntil, now + Quiet.BclCompatibleTicks, silentUntil) != silentUntil
        )
        {
            Interlocked.Increment(ref _untold);
            return;
        }

        LogRefused(sender.Provider, sender.AppId ?? "the installation", code, Interlocked.Exchange(ref _untold, 0));
    }

    private static Problem NotFound() =>
        new(ProblemCodes.NotFound, "There is no such provider or app, or it delivers no events.");

    private static Problem Busy() =>
        new(ProblemCodes.Busy, "More deliveries came at once than can be taken.") { RetryAfterSeconds = 30 };

    private static Problem TooLarge() =>
        new(ProblemCodes.TooLarge, $"A delivery has at most {DeliveryBody.Largest / 1024} KiB.");

    public void Dispose()
    {
        _bodies.Dispose();
        _work.Dispose();
    }

    [LoggerMessage(
        EventId = 363,
        Level = LogLevel.Warning,
        Message = "A delivery of {Provider} for {App} was refused: {Code} ({Untold} more since this was last said)"
    )]
    private partial void LogRefused(string provider, string app, string code, long untold);
}
