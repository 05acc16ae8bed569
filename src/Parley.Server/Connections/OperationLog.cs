using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>One call on a connection and what came of it; never tokens, links or bodies.</summary>
public sealed record OperationLogEntry
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string ConnectionId { get; init; }
    public required Instant At { get; init; }

    /// <summary><c>meetings.create</c>, <c>token.refresh</c>, …</summary>
    public required string Operation { get; init; }

    /// <summary><c>ok</c> or the failure's code.</summary>
    public required string Outcome { get; init; }
    public int? HttpStatus { get; init; }
    public required long DurationMs { get; init; }
    public string? Detail { get; init; }
}

/// <summary>Narrows the log; null leaves everything in.</summary>
/// <param name="Operation">As logged: <c>meetings.create</c>.</param>
/// <param name="Succeeded">True: only what worked; false: only what failed.</param>
public sealed record OperationFilter(string? Operation = null, bool? Succeeded = null);

/// <summary>
/// Collects entries and writes them in batches in the background: a call never waits for its own log line. Readers flush first.
/// A crash may lose the last lines; what matters for recovery is in the ledger, not here.
/// </summary>
public sealed partial class OperationLog(Db db, Ids ids, IClock clock, ILogger<OperationLog> logger) : BackgroundService
{
    private const int LargestBatch = 200;

    /// <summary>The outcome of what worked.</summary>
    public const string Ok = "ok";

    // Full means the database cannot keep up: then lines are dropped rather than calls held back.
    private readonly Channel<Item> _queue = Channel.CreateBounded<Item>(
        new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    /// <param name="outcome">Null: it worked.</param>
    public void Add(
        string workspaceId,
        string connectionId,
        string operation,
        string? outcome,
        int? httpStatus,
        TimeSpan duration,
        string? detail
    ) =>
        _queue.Writer.TryWrite(
            new Item(
                new OperationLogEntry
                {
                    WorkspaceId = workspaceId,
                    Id = ids.New("log"),
                    ConnectionId = connectionId,
                    At = clock.GetCurrentInstant(),
                    Operation = operation,
                    Outcome = outcome ?? Ok,
                    HttpStatus = httpStatus,
                    DurationMs = (long)duration.TotalMilliseconds,
                    Detail = detail is { Length: > 300 } ? detail[..300] : detail,
                },
                null
            )
        );

    /// <summary>Completes when everything added so far is readable.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_queue.Writer.TryWrite(new Item(null, flushed)))
        {
            await flushed.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Newest first.</summary>
    public async Task<Page<OperationLogEntry>> PageAsync(
        string workspaceId,
        string connectionId,
        OperationFilter filter,
        Cursor after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await FlushAsync(cancellationToken);
        return await db.ReadAsync(
            async session =>
            {
                var rows = await session.QueryAsync<OperationLogEntry>(
                    """
                    SELECT workspace_id, id, connection_id, at, operation, outcome, http_status, duration_ms, detail FROM connection_log
                    WHERE workspace_id = @workspaceId AND connection_id = @connectionId
                      AND (@anyOperation = 1 OR operation = @operation)
                      AND (@anyOutcome = 1 OR (@succeeded = 1 AND outcome = 'ok') OR (@succeeded = 0 AND outcome <> 'ok'))
                      AND (@first = 1 OR at < @SortValue OR (at = @SortValue AND id < @Id))
                    ORDER BY at DESC, id DESC LIMIT @take
                    """,
                    new
                    {
                        workspaceId,
                        connectionId,
                        anyOperation = filter.Operation is null,
                        operation = filter.Operation ?? "",
                        anyOutcome = filter.Succeeded is null,
                        succeeded = filter.Succeeded == true,
                        first = after == Cursor.Start,
                        after.SortValue,
                        after.Id,
                        take = limit + 1,
                    }
                );
                return Cursor.Cut(rows, limit, entry => new Cursor(Micros.From(entry.At), entry.Id));
            },
            cancellationToken
        );
    }

    /// <summary>Operations there are lines of, by name.</summary>
    public Task<List<string>> OperationsAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            session =>
                session.QueryAsync<string>(
                    "SELECT DISTINCT operation FROM connection_log WHERE workspace_id = @workspaceId AND connection_id = @connectionId ORDER BY operation",
                    new { workspaceId, connectionId }
                ),
            cancellationToken
        );

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Ends when the queue is completed and empty: what was logged before the stop is still written.
        await using var stop = stoppingToken.Register(() => _queue.Writer.TryComplete());
        var batch = new List<Item>(LargestBatch);
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < LargestBatch && _queue.Reader.TryRead(out var item))
            {
                batch.Add(item);
            }

            try
            {
                await db.WriteAsync(session => WriteAsync(session, batch), CancellationToken.None);
            }
            catch (Exception exception)
            {
                LogLost(batch.Count, exception);
            }

            batch.ForEach(item => item.Flushed?.TrySetResult());
        }
    }

    private static async Task WriteAsync(DbSession session, List<Item> batch)
    {
        foreach (var entry in batch.Select(item => item.Entry).OfType<OperationLogEntry>())
        {
            await session.ExecuteAsync(
                """
                INSERT INTO connection_log (workspace_id, id, connection_id, at, operation, outcome, http_status, duration_ms, detail)
                VALUES (@WorkspaceId, @Id, @ConnectionId, @At, @Operation, @Outcome, @HttpStatus, @DurationMs, @Detail)
                """,
                entry
            );
        }

        // Once a minute is exact enough for "last success", and spares the row.
        var successes = batch
            .Select(item => item.Entry)
            .OfType<OperationLogEntry>()
            .Where(entry => entry.Outcome == Ok)
            .GroupBy(entry => (entry.WorkspaceId, entry.ConnectionId))
            .Select(group => group.MaxBy(entry => entry.At)!)
            .OrderBy(entry => entry.ConnectionId, StringComparer.Ordinal);
        foreach (var latest in successes)
        {
            await session.ExecuteAsync(
                "UPDATE connection SET last_success_at = @At WHERE workspace_id = @WorkspaceId AND id = @ConnectionId AND (last_success_at IS NULL OR last_success_at <= @minuteAgo)",
                new
                {
                    latest.WorkspaceId,
                    latest.ConnectionId,
                    latest.At,
                    minuteAgo = latest.At - Duration.FromMinutes(1),
                }
            );
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Count} lines of the connections' operation log could not be written"
    )]
    private partial void LogLost(int count, Exception exception);

    private sealed record Item(OperationLogEntry? Entry, TaskCompletionSource? Flushed);
}
