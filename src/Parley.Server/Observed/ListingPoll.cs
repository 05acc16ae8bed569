using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>
/// Keeps every live connection's observation fresh: lists each once an interval, each on its own so that a slow account delays only
/// itself. A turn is claimed by moving the row's due time, so that of several processes one asks; a listing made for another reason moves it too.
/// </summary>
internal sealed partial class ListingPoll(
    Db db,
    IClock clock,
    TimeProvider time,
    ParleyOptions options,
    Listings listings,
    OrphanRadar radar,
    IHostApplicationLifetime lifetime,
    ILogger<ListingPoll> logger
) : BackgroundService
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<ConnectionKey, Task> _running = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Provisioning.ListInterval == Duration.Zero || !await StartedAsync(stoppingToken))
        {
            return;
        }

        using var timer = new PeriodicTimer(Tick, time);
        do
        {
            try
            {
                await StartDueAsync(stoppingToken);
            }
            catch (System.Data.Common.DbException exception)
            {
                LogNotNow(exception);
            }
        } while (await NextAsync(timer, stoppingToken));

        await Task.WhenAll(_running.Values);
    }

    // Starting makes no outbound call: first the server answers.
    private async Task<bool> StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var up = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await using var down = stoppingToken.Register(() => started.TrySetCanceled(stoppingToken));
        await started.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stoppingToken.IsCancellationRequested;
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>One look, and the end of everything that is under way.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        await StartDueAsync(cancellationToken);
        await Task.WhenAll(_running.Values);
    }

    private async Task StartDueAsync(CancellationToken stoppingToken)
    {
        var free = AtOnce - _running.Count;
        if (free <= 0)
        {
            return;
        }

        if (await db.ReadAsync(ObservedMeetings.AnyDisconnectedAsync, stoppingToken))
        {
            await db.WriteAsync(ObservedMeetings.ForgetDisconnectedAsync, stoppingToken);
        }

        // A broken connection waits for its cure, which makes it due at once.
        var due = await db.ReadAsync(
            session =>
                session.QueryAsync<ConnectionKey>(
                    """
                    SELECT c.workspace_id, c.id AS connection_id FROM connection c
                    LEFT JOIN observation o ON o.workspace_id = c.workspace_id AND o.connection_id = c.id
                    WHERE c.purpose = 'organizer' AND c.status = 'connected' AND c.connected_at IS NOT NULL AND c.merged_into IS NULL
                      AND c.disconnected_at IS NULL AND COALESCE(o.next_due, 0) <= @now
                    ORDER BY COALESCE(o.next_due, 0), c.id LIMIT @free /* all workspaces: the poll serves everyone */
                    """,
                    new { now = clock.GetCurrentInstant(), free }
                ),
            stoppingToken
        );
        foreach (var connection in due)
        {
            var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_running.TryAdd(connection, finished.Task))
            {
                _ = Task.Run(() => RunAsync(connection, finished, stoppingToken), CancellationToken.None);
            }
        }
    }

    private async Task RunAsync(
        ConnectionKey connection,
        TaskCompletionSource finished,
        CancellationToken stoppingToken
    )
    {
        try
        {
            var (workspaceId, connectionId) = connection;
            if (await ClaimAsync(workspaceId, connectionId, stoppingToken))
            {
                var listed = await listings.AskAsync(workspaceId, connectionId, stoppingToken);
                if (listed.Succeeded)
                {
                    await radar.DailyAsync(workspaceId, connectionId, listed.Value, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the claim lapses with its interval.
        }
        catch (Exception exception)
        {
            LogFailed(exception, connection.ConnectionId);
        }
        finally
        {
            _running.TryRemove(connection, out _);
            finished.SetResult();
        }
    }

    /// <returns>False: another process took this turn.</returns>
    private Task<bool> ClaimAsync(string workspaceId, string connectionId, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                var now = clock.GetCurrentInstant();
                return await session.ExecuteAsync(
                        """
                        INSERT INTO observation (workspace_id, connection_id, attempted_at, next_due) VALUES (@workspaceId, @connectionId, @now, @nextDue)
                        ON CONFLICT (workspace_id, connection_id) DO UPDATE SET attempted_at = excluded.attempted_at, next_due = excluded.next_due
                        WHERE observation.next_due <= excluded.attempted_at
                        """,
                        new
                        {
                            workspaceId,
                            connectionId,
                            now,
                            nextDue = listings.NextDue(now),
                        }
                    ) > 0;
            },
            cancellationToken
        );

    [LoggerMessage(EventId = 321, Level = LogLevel.Warning, Message = "No look for connections to list; again shortly")]
    private partial void LogNotNow(Exception exception);

    [LoggerMessage(
        EventId = 322,
        Level = LogLevel.Error,
        Message = "Listing connection {ConnectionId} failed inside Parley; it is listed again when it is next due"
    )]
    private partial void LogFailed(Exception exception, string connectionId);
}
