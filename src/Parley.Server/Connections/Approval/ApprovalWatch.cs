using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Connections.Approval;

/// <summary>
/// Nobody tells that an approval that was withdrawn was given back. So connections that wait for it are tried with one harmless call an
/// hour: a call that works heals them, and what waited for them goes on.
/// </summary>
public sealed partial class ApprovalWatch(
    Db db,
    IClock clock,
    TimeProvider time,
    ProviderCalls calls,
    ILogger<ApprovalWatch> logger
) : BackgroundService
{
    private const int AtOnce = 200;
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(10);
    private static readonly Duration Pause = Duration.FromHours(1);

    /// <returns>Connections that were tried.</returns>
    public async Task<int> AskAgainAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        var waiting = await db.ReadAsync(
            session =>
                session.QueryAsync<Connection>(
                    $"""
                    SELECT {Connection.Columns} FROM {Connection.From}
                    WHERE c.status = 'pendingApproval' AND c.connected_at IS NOT NULL AND c.disconnected_at IS NULL AND c.merged_into IS NULL
                      AND g.state = 'live' AND c.updated_at <= @before
                    ORDER BY c.updated_at, c.id LIMIT {AtOnce} /* all workspaces: a duty for everyone */
                    """,
                    new { before = now - Pause }
                ),
            cancellationToken
        );
        var tried = 0;
        foreach (var connection in waiting)
        {
            // Written first: of several nodes one asks, and a provider that is away is not asked every ten minutes.
            var mine = await db.WriteAsync(
                session =>
                    session.ExecuteAsync(
                        "UPDATE connection SET updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id AND updated_at = @UpdatedAt",
                        new
                        {
                            connection.WorkspaceId,
                            connection.Id,
                            connection.UpdatedAt,
                            now,
                        }
                    ),
                cancellationToken
            );
            if (mine == 1)
            {
                tried++;
                await calls.ProbeAsync(connection, cancellationToken);
            }
        }

        return tried;
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
                    await AskAgainAsync(stoppingToken);
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
        EventId = 603,
        Level = LogLevel.Error,
        Message = "Parley could not ask whether approvals were given back; it asks again in ten minutes"
    )]
    private partial void LogLookFailed(Exception exception);
}
