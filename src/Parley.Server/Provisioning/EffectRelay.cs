using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>
/// Tells the other processes on the same PostgreSQL that there is something to do, and listens to them (NOTIFY, LISTEN). Only a hint: who
/// misses it finds the work at the next look. Behind a pooler that lends connections per transaction nothing is heard, and nothing is lost.
/// </summary>
/// <remarks>Told outside the transactions that plan: NOTIFY makes commits queue up behind each other, and one word serves many plans.</remarks>
internal sealed partial class EffectRelay(
    Db db,
    EffectSignal signal,
    Leases leases,
    TimeProvider time,
    ILogger<EffectRelay> logger
) : BackgroundService
{
    private const string Channel = "parley_effects";

    /// <summary>At most this often: plans made meanwhile are covered by one word.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        db is PostgresDb postgres
            ? Task.WhenAll(
                KeepAsync(() => ListenAsync(postgres, stoppingToken), stoppingToken),
                KeepAsync(() => TellAsync(postgres, stoppingToken), stoppingToken)
            )
            : Task.CompletedTask;

    private async Task KeepAsync(Func<Task> work, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await work();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or ObjectDisposedException)
            {
                LogLost(exception);
                await Task.Delay(Again, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(PostgresDb postgres, CancellationToken stoppingToken)
    {
        await using var connection = await postgres.Source.OpenConnectionAsync(stoppingToken);
        connection.Notification += (_, told) =>
        {
            if (told.Payload != leases.Owner)
            {
                signal.Ring();
            }
        };
        await using (var listen = new NpgsqlCommand($"LISTEN {Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(stoppingToken);
        }

        // Whatever was announced while nobody listened.
        signal.Ring();
        while (true)
        {
            await connection.WaitAsync(stoppingToken);
        }
    }

    private async Task TellAsync(PostgresDb postgres, CancellationToken stoppingToken)
    {
        while (true)
        {
            await signal.AnnouncedAsync(stoppingToken);
            await using (var tell = postgres.Source.CreateCommand("SELECT pg_notify($1, $2)"))
            {
                tell.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Channel });
                tell.Parameters.Add(new NpgsqlParameter<string> { TypedValue = leases.Owner });
                await tell.ExecuteNonQueryAsync(stoppingToken);
            }

            await Task.Delay(Pace, time, stoppingToken);
        }
    }

    [LoggerMessage(
        EventId = 303,
        Level = LogLevel.Warning,
        Message = "The line to the other processes is down; work they announce is found at the next look"
    )]
    private partial void LogLost(Exception exception);
}
