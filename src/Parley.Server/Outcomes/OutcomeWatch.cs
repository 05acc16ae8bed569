using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Outcomes;

/// <summary>Notices that a meeting's planned end passed. Not every provider tells when meetings end, and those that do may lose it.</summary>
/// <remarks>Every process does it; the same look planned twice is one. Off where nothing is polled.</remarks>
internal sealed partial class OutcomeWatch(
    Db db,
    TimeProvider time,
    ParleyOptions options,
    OutcomePlans plans,
    ILogger<OutcomeWatch> logger
) : BackgroundService
{
    private const int Batch = 200;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Provisioning.ListInterval == Duration.Zero)
        {
            return;
        }

        using var timer = new PeriodicTimer(Pace, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (System.Data.Common.DbException exception)
                {
                    LogNotNow(exception);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the next process goes on.
        }
    }

    /// <summary>Plans a look at every meeting that is over.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        while (await db.WriteAsync(session => plans.AfterEndsAsync(session, Batch), cancellationToken) >= Batch)
        {
            await Task.Yield();
        }
    }

    [LoggerMessage(
        EventId = 381,
        Level = LogLevel.Warning,
        Message = "No look for meetings that are over; again shortly"
    )]
    private partial void LogNotNow(Exception exception);
}
