using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Conferencing;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>Which provider apps a person has just set.</summary>
public sealed class ProviderAppChanges
{
    private readonly Channel<ProviderApp> _changes = Channel.CreateUnbounded<ProviderApp>();

    internal ChannelReader<ProviderApp> Reader => _changes.Reader;

    internal void Announce(ProviderApp app) => _changes.Writer.TryWrite(app);
}

/// <summary>
/// Tries an app's broken connections again once its settings were corrected: each grant's token is renewed, which heals what was wrong
/// with renewing it. Until the provider says otherwise nothing gets worse: what is tried is broken already.
/// </summary>
internal sealed partial class ProviderAppRetry(
    Db db,
    Grants grants,
    TokenRefresh tokens,
    ProviderAppChanges changes,
    ILogger<ProviderAppRetry> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var app in changes.Reader.ReadAllAsync(stoppingToken))
            {
                try
                {
                    await RetryAsync(app, stoppingToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    // The connections stay broken as they were; each still has its own "Refresh".
                    LogFailed(exception, app.Id);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task RetryAsync(ProviderApp app, CancellationToken cancellationToken)
    {
        var broken = await db.ReadAsync(
            session =>
                session.QueryAsync<string>(
                    """
                    SELECT MIN(c.id) FROM connection c JOIN oauth_grant g ON g.workspace_id = c.workspace_id AND g.id = c.grant_id
                    WHERE c.workspace_id = @WorkspaceId AND g.provider_app_id = @Id AND (g.client_id = @ClientId OR g.server_account = @AccountId) AND g.state = 'live'
                      AND c.status = 'needsReconnect' AND c.disconnected_at IS NULL AND (c.problem_code IS NULL OR c.problem_code <> @refused)
                    GROUP BY g.id ORDER BY 1
                    """,
                    new
                    {
                        app.WorkspaceId,
                        app.Id,
                        app.ClientId,
                        app.AccountId,
                        refused = FailureCodes.TokenRefused,
                    }
                ),
            cancellationToken
        );
        foreach (var connectionId in broken)
        {
            var read = await grants.ReadAsync(app.WorkspaceId, connectionId, cancellationToken);
            if (read.Succeeded)
            {
                await tokens.RefreshAsync(read.Value, cancellationToken);
            }
        }
    }

    [LoggerMessage(
        EventId = 602,
        Level = LogLevel.Error,
        Message = "The broken connections of provider app {AppId} could not be tried again"
    )]
    private partial void LogFailed(Exception exception, string appId);
}
