using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Usage;

/// <summary>
/// Puts runs in the queue when their time has come and works on open ones, each under a lease: of several processes one does, and when
/// that one dies another goes on. Times that passed while nobody ran are caught up once.
/// </summary>
internal sealed partial class UsageWorker(
    Db db,
    Leases leases,
    UsageRuns runs,
    UsageAggregation aggregation,
    IClock clock,
    TimeProvider time,
    ILogger<UsageWorker> logger
) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>How long the runs of a process that died wait for another; a living one prolongs its leases well before.</summary>
    private static readonly Duration Term = Duration.FromSeconds(30);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            await InheritAsync(stoppingToken);
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
            // Stopping: open runs are gone on with when someone is there again.
        }

        await Task.WhenAll(_running.Values);
    }

    /// <summary>One look: queues what is due, starts what is open and nobody works on.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        await QueueDueAsync(cancellationToken);
        var open = await db.ReadAsync(
            session =>
                session.QueryAsync<UsageRun>(
                    $"SELECT {UsageRun.Columns} FROM usage_run WHERE state IN ('{UsageRunState.Queued}', '{UsageRunState.Running}') ORDER BY queued_at, id LIMIT 100 /* all workspaces: the worker serves everyone */"
                ),
            cancellationToken
        );
        foreach (var run in open.Where(run => !_running.ContainsKey(run.Id)))
        {
            if (await leases.TryTakeAsync(run.WorkspaceId, $"usage/{run.Id}", Term, cancellationToken) is { } lease)
            {
                var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _running[run.Id] = finished.Task;
                _ = Task.Run(
                    () => WorkAsync(run.WorkspaceId, run.Id, lease, finished, cancellationToken),
                    CancellationToken.None
                );
            }
        }
    }

    /// <summary>The end of everything under way.</summary>
    internal Task IdleAsync() => Task.WhenAll(_running.Values);

    /// <summary>Where no other process can be there, those of an earlier one are dead: nobody need wait for their leases.</summary>
    private async Task InheritAsync(CancellationToken cancellationToken)
    {
        if (!db.Dialect.IsShared)
        {
            await db.WriteAsync(
                session =>
                    session.ExecuteAsync(
                        "UPDATE lease SET until = 0 WHERE resource LIKE 'usage/%' AND owner <> @Owner /* all workspaces: this process is the only one */",
                        new { leases.Owner }
                    ),
                cancellationToken
            );
        }
    }

    private async Task QueueDueAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        const string due =
            $"SELECT {UsageConnectors.Columns} FROM usage_connector WHERE next_due <= @now ORDER BY next_due LIMIT 100 /* all workspaces: the worker serves everyone */";
        if (
            (
                await db.ReadAsync(
                    session => session.QueryAsync<UsageConnectors.Row>(due, new { now }),
                    cancellationToken
                )
            ).Count == 0
        )
        {
            return;
        }

        await db.WriteAsync(
            async session =>
            {
                foreach (var row in await session.QueryAsync<UsageConnectors.Row>(due, new { now }))
                {
                    var connector = row.ToConnector();
                    // Whoever moves the time on queues the run: another process finds nothing due.
                    var mine = await session.ExecuteAsync(
                        "UPDATE usage_connector SET next_due = @next WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND next_due = @NextDue",
                        new
                        {
                            row.WorkspaceId,
                            row.ConnectionId,
                            row.NextDue,
                            next = UsageSchedule.Next(connector.Cron, connector.Zone, now),
                        }
                    );
                    if (mine > 0)
                    {
                        await runs.QueueAsync(session, row.WorkspaceId, row.ConnectionId, "schedule");
                    }
                }
            },
            cancellationToken
        );
    }

    private async Task WorkAsync(
        string workspaceId,
        string runId,
        Lease lease,
        TaskCompletionSource finished,
        CancellationToken cancellationToken
    )
    {
        try
        {
            // As it is now that the lease is ours.
            var run = await db.ReadAsync(
                session => UsageRuns.ReadAsync(session, workspaceId, runId),
                cancellationToken
            );
            if (run.IsOpen)
            {
                using var ours = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var progress = new UsageProgress(db, leases, clock, run, lease, Term);
                var keeping = KeepAsync(progress, ours);
                try
                {
                    await aggregation.RunAsync(progress, ours.Token);
                }
                finally
                {
                    await ours.CancelAsync();
                    await keeping;
                }
            }

            await leases.ReleaseAsync(lease, CancellationToken.None);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping: given back, so that the next process need not wait for the lease to lapse.
            await leases.ReleaseAsync(lease, CancellationToken.None);
        }
        catch (Exception exception) when (exception is RunLostException or OperationCanceledException)
        {
            LogLost(runId);
        }
        catch (Exception exception)
        {
            // A fault of ours: the run stays open and is tried again when the lease lapses.
            LogFailed(exception, runId);
        }
        finally
        {
            _running.TryRemove(runId, out _);
            finished.SetResult();
        }
    }

    /// <summary>Prolongs the lease while calls to the provider take their time; ends the work on a run that was lost.</summary>
    private async Task KeepAsync(UsageProgress progress, CancellationTokenSource ours)
    {
        using var timer = new PeriodicTimer(Heartbeat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ours.Token))
            {
                try
                {
                    if (!await progress.KeepAsync(ours.Token))
                    {
                        await ours.CancelAsync();
                    }
                }
                catch (System.Data.Common.DbException exception)
                {
                    LogNotNow(exception);
                }
            }
        }
        catch (OperationCanceledException) when (ours.IsCancellationRequested)
        {
            // The run has ended, or is not ours any longer.
        }
    }

    [LoggerMessage(EventId = 701, Level = LogLevel.Warning, Message = "No look for usage runs; again shortly")]
    private partial void LogNotNow(Exception exception);

    [LoggerMessage(
        EventId = 702,
        Level = LogLevel.Information,
        Message = "Usage run {RunId} is worked on by another process now"
    )]
    private partial void LogLost(string runId);

    [LoggerMessage(
        EventId = 703,
        Level = LogLevel.Error,
        Message = "Usage run {RunId} failed inside Parley; it is gone on with in half a minute"
    )]
    private partial void LogFailed(Exception exception, string runId);
}
