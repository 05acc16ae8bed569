using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Access;

/// <summary>Writes down when a key was last used: at most once a minute, never in a request's way.</summary>
internal sealed class ApiKeyUse(Db db, IClock clock) : BackgroundService
{
    private static readonly Duration Grain = Duration.FromMinutes(1);
    private readonly ConcurrentDictionary<string, Instant> _noted = new(StringComparer.Ordinal);
    private readonly Channel<(string WorkspaceId, string Id, Instant At)> _queue = Channel.CreateBounded<(
        string,
        string,
        Instant
    )>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Note(VerifiedKey key) => Note(key.WorkspaceId, key.Id);

    public void Note(string workspaceId, string keyId)
    {
        var now = clock.GetCurrentInstant();
        if (_noted.TryGetValue(keyId, out var last) && now - last < Grain)
        {
            return;
        }

        _noted[keyId] = now;
        _queue.Writer.TryWrite((workspaceId, keyId, now));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (workspaceId, id, at) in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            await db.WriteAsync(
                session =>
                    session.ExecuteAsync(
                        "UPDATE api_key SET last_used_at = @at WHERE workspace_id = @workspaceId AND id = @id",
                        new
                        {
                            workspaceId,
                            id,
                            at,
                        }
                    ),
                stoppingToken
            );
        }
    }
}
