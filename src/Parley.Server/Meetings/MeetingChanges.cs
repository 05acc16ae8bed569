using System.Collections.Concurrent;
using System.Data.Common;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>
/// Notices that something in a workspace's meetings changed, whoever changed it: for workspaces somebody watches, a few sums over indexes are
/// compared once a second, and at once when this process did something itself. Nothing is written for it, and nothing is missed:
/// it is what stands in the tables that counts.
/// </summary>
public sealed partial class MeetingChanges(
    Db db,
    IClock clock,
    TimeProvider time,
    EffectSignal signal,
    ArrangementWatch arrangements,
    ILogger<MeetingChanges> logger
) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>What is done together is told together.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    /// <summary>Clocks of several processes differ: what one of them writes late is still within the sums.</summary>
    private static readonly Duration Overlap = Duration.FromMinutes(5);
    private static readonly Duration Longest = Duration.FromMinutes(30);
    private readonly ConcurrentDictionary<MeetingWatch, string> _watches = new();
    private readonly Dictionary<string, Sums> _known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _bell = new(0, 1);

    /// <summary>Until it is disposed.</summary>
    public MeetingWatch Watch(string workspaceId)
    {
        var watch = new MeetingWatch(gone => _watches.TryRemove(gone, out _));
        _watches[watch] = workspaceId;
        Ring();
        return watch;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        signal.Announced += Ring;
        arrangements.Turned += Ring;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await _bell.WaitAsync(_watches.IsEmpty ? Timeout.InfiniteTimeSpan : Look, stoppingToken);
                await LookAsync(stoppingToken);
                await Task.Delay(Pace, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the streams end by themselves.
        }
        finally
        {
            signal.Announced -= Ring;
            arrangements.Turned -= Ring;
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var watched = _watches.Values.ToHashSet(StringComparer.Ordinal);
        foreach (var forgotten in _known.Keys.Where(workspaceId => !watched.Contains(workspaceId)).ToList())
        {
            _known.Remove(forgotten);
        }

        foreach (var workspaceId in watched)
        {
            try
            {
                if (await ChangedAsync(workspaceId, cancellationToken))
                {
                    foreach (var (watch, _) in _watches.Where(entry => entry.Value == workspaceId))
                    {
                        watch.Tell();
                    }
                }
            }
            catch (DbException exception)
            {
                LogNotNow(exception);
            }
        }
    }

    private async Task<bool> ChangedAsync(string workspaceId, CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        var known = _known.GetValueOrDefault(workspaceId);
        // From another start the sums are others, which costs everybody one look; so the start moves seldom.
        var since = known is not null && now - known.Since < Longest ? known.Since : now - Overlap;
        var sums = await db.ReadAsync(session => ReadAsync(session, workspaceId, since), cancellationToken) with
        {
            Since = since,
        };
        _known[workspaceId] = sums;
        return known is not null && known != sums;
    }

    private static Task<Sums> ReadAsync(DbSession session, string workspaceId, Instant since) =>
        session.FirstAsync<Sums>(
            """
            SELECT
              CAST((SELECT COALESCE(SUM(updated_at - @since), 0) + COUNT(*) FROM arrangement WHERE workspace_id = @workspaceId AND updated_at > @since) AS BIGINT) AS meetings,
              CAST((SELECT COALESCE(SUM(known_at - @since), 0) + COUNT(*) FROM observed_run WHERE workspace_id = @workspaceId AND known_at > @since) AS BIGINT) AS runs,
              CAST((SELECT COALESCE(SUM(changed_at / 1000), 0) + COUNT(*) FROM observation WHERE workspace_id = @workspaceId) AS BIGINT) AS listings,
              CAST((SELECT COALESCE(SUM(changed_at / 1000), 0) + COUNT(*) FROM observed_account WHERE workspace_id = @workspaceId) AS BIGINT) AS accounts,
              CAST((SELECT COALESCE(SUM(updated_at / 1000), 0) + COUNT(*) FROM connection WHERE workspace_id = @workspaceId) AS BIGINT) AS connections
            """,
            new { workspaceId, since }
        );

    private void Ring()
    {
        try
        {
            _bell.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is ringing already: one look serves all.
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _bell.Dispose();
    }

    [LoggerMessage(EventId = 331, Level = LogLevel.Warning, Message = "No look for changed meetings; again shortly")]
    private partial void LogNotNow(Exception exception);

    private sealed record Sums
    {
        public Instant Since { get; init; }
        public required long Meetings { get; init; }
        public required long Runs { get; init; }
        public required long Listings { get; init; }
        public required long Accounts { get; init; }
        public required long Connections { get; init; }
    }
}

/// <summary>One who wants to know; several changes that nobody has taken yet are one.</summary>
public sealed class MeetingWatch(Action<MeetingWatch> leave) : IDisposable
{
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    internal void Tell() => _news.Writer.TryWrite(true);

    /// <returns>True: something changed. False: nothing did for so long. Null: it is over.</returns>
    internal async Task<bool?> NextAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await _news.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return cancellationToken.IsCancellationRequested ? null : false;
        }
    }

    public void Dispose() => leave(this);
}
