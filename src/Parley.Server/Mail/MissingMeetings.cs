using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Mail;

/// <summary>
/// Looks once a minute for meetings that start soon and do not exist yet, and plans the alerts. Healthy meetings cost nothing, and
/// because an alert's key is unique several processes may look at once.
/// </summary>
public sealed partial class MissingMeetings(
    Db db,
    IClock clock,
    TimeProvider time,
    MailPlanner planner,
    ILogger<MissingMeetings> logger
) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);
    private static readonly Duration Day = Duration.FromHours(24);
    private static readonly Duration Hour = Duration.FromHours(1);

    /// <summary>A meeting wanted just now is not late yet, however soon it starts; nor one that another account is to host since just now.</summary>
    private static readonly Duration Patience = Duration.FromMinutes(10);

    /// <returns>Meetings alerted about, or known to have been.</returns>
    public async Task<int> LookAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        var missing = await db.ReadAsync(
            session =>
                session.QueryAsync<Arrangement>(
                    $"""
                    SELECT {Arrangements.Columns} FROM arrangement
                    WHERE desired = 'present' AND starts_at > @now AND starts_at <= @until AND created_at <= @patient
                        AND (join_url IS NULL OR provider_meeting_id IS NULL)
                        AND NOT EXISTS (
                            SELECT 1 FROM effect WHERE effect.workspace_id = arrangement.workspace_id AND effect.arrangement_id = arrangement.id
                                AND effect.kind = 'meeting' AND effect.created_at > @patient
                        )
                    ORDER BY starts_at, id LIMIT 500 /* all workspaces: a duty for everyone */
                    """,
                    new
                    {
                        now,
                        until = now + Day,
                        patient = now - Patience,
                    }
                ),
            cancellationToken
        );
        foreach (var arrangement in missing)
        {
            var operation = arrangement.StartsAt - now <= Hour ? MailOperation.NotReadyHour : MailOperation.NotReadyDay;
            await db.WriteAsync(session => planner.AlertAsync(session, arrangement, operation), cancellationToken);
        }

        return missing.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // The database may be away for a while; the next look finds what this one missed.
                    LogLookFailed(exception);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    [LoggerMessage(
        EventId = 501,
        Level = LogLevel.Error,
        Message = "Parley could not look for meetings that are missing; it looks again in a minute"
    )]
    private partial void LogLookFailed(Exception exception);
}
