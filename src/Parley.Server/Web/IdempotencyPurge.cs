using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Web;

/// <summary>Removes keys nobody may repeat any longer, hourly.</summary>
internal sealed partial class IdempotencyPurge(Db db, IClock clock, TimeProvider time, ILogger<IdempotencyPurge> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await db.WriteAsync(
                    session =>
                        session.ExecuteAsync(
                            "DELETE FROM idempotency WHERE expires_at <= @now /* all workspaces: housekeeping */",
                            new { now = clock.GetCurrentInstant() }
                        ),
                    stoppingToken
                );
            }
            catch (System.Data.Common.DbException exception)
            {
                LogNotNow(logger, exception); // The next hour will do.
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old idempotency keys could not be removed")]
    private static partial void LogNotNow(ILogger logger, Exception exception);
}
