using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>
/// Carries out due effects. Each lane (a connection, the mail transport) has its own few workers, so that a slow account delays only
/// itself; an effect that waits is not due and blocks nobody. Several processes on one database share the work by leases.
/// </summary>
public sealed partial class Provisioner(
    Db db,
    IClock clock,
    EffectSignal signal,
    MeetingEffects meetings,
    EffectRunner runner,
    ParleyOptions options,
    TimeProvider time,
    ILogger<Provisioner> logger
) : BackgroundService
{
    private const int Batch = 256;
    private const int WorkersPerLane = 4;
    private const int PerLane = 16;

    /// <summary>The longest sleep: signals wake it earlier. What no signal told of is found within this.</summary>
    private Duration Look => options.Provisioning.LookInterval;
    private static readonly TimeSpan UnitRest = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CheapLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(250);
    private readonly ConcurrentDictionary<string, int> _busyLanes = new(StringComparer.Ordinal);

    // Work another process holds, or for which there was nothing to do: left alone for a moment instead of asked again at once.
    private readonly ConcurrentDictionary<string, long> _resting = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var began = time.GetTimestamp();
                var started = await StartDueAsync(stoppingToken);
                await RestAsync(time.GetElapsedTime(began), stoppingToken);
                if (!started)
                {
                    await signal.WaitAsync(await UntilNextAsync(stoppingToken), stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                // The database may be away for a while; the loop must outlive that.
                LogLoopFailed(exception);
                await signal
                    .WaitAsync(TimeSpan.FromSeconds(1), stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(_running.Values);
    }

    // With thousands due a look costs milliseconds, and every booking rings for one: a tenth of the time is enough for looking.
    private Task RestAsync(TimeSpan looked, CancellationToken stoppingToken) =>
        looked < CheapLook
            ? Task.CompletedTask
            : Task.Delay(TimeSpan.FromTicks(Math.Min(looked.Ticks * 9, LongestRest.Ticks)), time, stoppingToken);

    private async Task<bool> StartDueAsync(CancellationToken stoppingToken)
    {
        var full = _busyLanes.Where(lane => lane.Value >= WorkersPerLane).Select(lane => lane.Key).ToArray();
        var due = await db.ReadAsync(
            session =>
                session.QueryAsync<DueRow>(
                    // A few of every lane and the first of each before the second of any, so that long queues hide no other lane.
                    """
                    SELECT workspace_id, id, kind, lane, arrangement_id FROM (
                        SELECT workspace_id, id, kind, lane, arrangement_id, not_before,
                            ROW_NUMBER() OVER (PARTITION BY workspace_id, lane ORDER BY not_before, id) AS place
                        FROM effect WHERE finished_at IS NULL AND not_before <= @now AND workspace_id || '/' || lane NOT IN @full) due
                    WHERE place <= @PerLane ORDER BY place, not_before LIMIT @Batch /* all workspaces: the provisioner serves everyone */
                    """,
                    new
                    {
                        now = clock.GetCurrentInstant(),
                        full,
                        Batch,
                        PerLane,
                    }
                ),
            stoppingToken
        );
        var started = false;
        foreach (var row in due)
        {
            var lane = $"{row.WorkspaceId}/{row.Lane}";
            if (
                _busyLanes.GetValueOrDefault(lane) >= WorkersPerLane
                || _running.ContainsKey(row.Unit)
                || IsResting(row.Unit)
            )
            {
                continue;
            }

            _busyLanes.AddOrUpdate(lane, 1, (_, busy) => busy + 1);
            var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _running[row.Unit] = finished.Task;
            _ = Task.Run(() => RunAsync(row, lane, finished, stoppingToken), CancellationToken.None);
            started = true;
        }

        return started;
    }

    private bool IsResting(string unit)
    {
        if (!_resting.TryGetValue(unit, out var since))
        {
            return false;
        }

        if (time.GetElapsedTime(since) < UnitRest)
        {
            return true;
        }

        _resting.TryRemove(unit, out _);
        return false;
    }

    private async Task RunAsync(DueRow row, string lane, TaskCompletionSource finished, CancellationToken stoppingToken)
    {
        try
        {
            var progressed = row.IsOfArrangement
                ? await meetings.StepAsync(row.WorkspaceId, row.ArrangementId!, stoppingToken)
                : await runner.RunAsync(row.WorkspaceId, row.Id, stoppingToken);
            if (!progressed)
            {
                _resting[row.Unit] = time.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: what was on the wire is UNKNOWN once its lease lapses, and is reconciled then.
        }
        catch (Exception exception)
        {
            LogEffectFailed(exception, row.Id, row.Kind);
            _resting[row.Unit] = time.GetTimestamp();
            await PostponeAsync(row);
        }
        finally
        {
            _running.TryRemove(row.Unit, out _);
            _busyLanes.AddOrUpdate(lane, 0, (_, busy) => busy - 1);
            finished.SetResult();
            signal.Ring();
        }
    }

    // A bug in a handler must not become a tight loop. What was sent keeps its state: only the next look moves.
    private async Task PostponeAsync(DueRow row)
    {
        try
        {
            await db.WriteAsync(session =>
                session.ExecuteAsync(
                    "UPDATE effect SET not_before = @later, outcome_code = 'internal' WHERE workspace_id = @WorkspaceId AND id = @Id AND finished_at IS NULL",
                    new
                    {
                        row.WorkspaceId,
                        row.Id,
                        later = clock.GetCurrentInstant() + Duration.FromSeconds(30),
                    }
                )
            );
        }
        catch (Exception exception)
        {
            // The database went away, which was probably the first trouble too. The row stays due; the unit rests meanwhile.
            LogEffectFailed(exception, row.Id, row.Kind);
        }
    }

    private async Task<TimeSpan> UntilNextAsync(CancellationToken stoppingToken)
    {
        var next = await db.ReadAsync(
            session =>
                session.ScalarAsync<long?>(
                    "SELECT MIN(not_before) FROM effect WHERE finished_at IS NULL AND not_before > @now /* all workspaces: the provisioner serves everyone */",
                    new { now = clock.GetCurrentInstant() }
                ),
            stoppingToken
        );
        var wait = next is null ? Look : Micros.ToInstant(next.Value) - clock.GetCurrentInstant();
        return Duration.Max(Duration.FromMilliseconds(5), Duration.Min(Look, wait)).ToTimeSpan();
    }

    [LoggerMessage(
        EventId = 301,
        Level = LogLevel.Error,
        Message = "The provisioner could not look for work; it tries again"
    )]
    private partial void LogLoopFailed(Exception exception);

    [LoggerMessage(
        EventId = 302,
        Level = LogLevel.Error,
        Message = "Effect {EffectId} ({Kind}) failed inside Parley; it is looked at again"
    )]
    private partial void LogEffectFailed(Exception exception, string effectId, string kind);

    private sealed record DueRow
    {
        public required string WorkspaceId { get; init; }
        public required string Id { get; init; }
        public required string Kind { get; init; }
        public required string Lane { get; init; }
        public string? ArrangementId { get; init; }

        /// <summary>Meeting effects and sweeps act on their arrangement as one; everything else stands alone.</summary>
        public bool IsOfArrangement => Kind is EffectKind.Meeting or EffectKind.Sweep;
        public string Unit => IsOfArrangement ? $"{WorkspaceId}/{ArrangementId}" : $"{WorkspaceId}/{Id}";
    }
}
