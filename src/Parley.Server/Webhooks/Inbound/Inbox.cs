using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Observed;
using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Inbound;

/// <summary>
/// Takes believed events, each once per workspace: the row that says so and everything that follows are one transaction, so that an
/// event is either done or comes again. The provider is never called from here.
/// </summary>
public sealed partial class Inbox(
    Db db,
    IClock clock,
    ProviderNews news,
    Deauthorization deauthorization,
    ILogger<Inbox> logger
)
{
    /// <summary>Under this name the inbox keeps when the provider last asked whether we hold the secret.</summary>
    public const string AddressChecked = "address_checked";

    /// <returns>Whether it was new to anyone.</returns>
    public async Task<bool> TakeAsync(WebhookSender sender, ProviderEvent told, CancellationToken cancellationToken)
    {
        if (told.Kind == ProviderEventKind.Other)
        {
            return false;
        }

        var (isNew, ended) = await db.WriteAsync(session => TakeAsync(session, sender, told), cancellationToken);
        if (ended > 0)
        {
            LogDeauthorized(sender.Provider, ended);
        }

        return isNew;
    }

    /// <summary>The provider asked for proof that we hold the app's secret, and got it.</summary>
    public Task CheckedAsync(WebhookSender sender, CancellationToken cancellationToken) =>
        sender.WorkspaceId is null
            ? Task.CompletedTask
            : db.WriteAsync(
                session =>
                    session.ExecuteAsync(
                        """
                        INSERT INTO inbox (workspace_id, provider, app_id, event_key, name, received_at) VALUES (@WorkspaceId, @Provider, @AppKey, @AddressChecked, @AddressChecked, @now)
                        ON CONFLICT (workspace_id, provider, event_key, app_id) DO UPDATE SET received_at = excluded.received_at
                        """,
                        new
                        {
                            sender.WorkspaceId,
                            sender.Provider,
                            sender.AppKey,
                            AddressChecked,
                            now = clock.GetCurrentInstant(),
                        }
                    ),
                cancellationToken
            );

    private async Task<(bool IsNew, int Ended)> TakeAsync(DbSession session, WebhookSender sender, ProviderEvent told)
    {
        var targets = await EventTargets.FindAsync(session, sender, told);
        var workspaces = targets.Select(target => target.WorkspaceId);
        var isNew = false;
        var ended = 0;
        // An app's own event is kept though it concerns nobody: it shows that events arrive.
        foreach (
            var workspaceId in (sender.WorkspaceId is { } own ? [own] : workspaces)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
        )
        {
            if (!await EnterAsync(session, workspaceId, sender, told))
            {
                continue;
            }

            isNew = true;
            foreach (var target in targets.Where(target => target.WorkspaceId == workspaceId))
            {
                if (told.Kind == ProviderEventKind.AppDeauthorized)
                {
                    ended += await deauthorization.DeauthorizedAsync(session, workspaceId, target.Id, told.At);
                }
                else
                {
                    await news.HearAsync(session, workspaceId, target.Id, told);
                }
            }
        }

        return (isNew, ended);
    }

    /// <returns>False: it was here before. Two apps of a workspace may both be told of one event: what follows from it follows once.</returns>
    private async Task<bool> EnterAsync(DbSession session, string workspaceId, WebhookSender sender, ProviderEvent told)
    {
        var parameters = new
        {
            workspaceId,
            sender.Provider,
            sender.AppKey,
            told.DedupeKey,
            name = told.Name.Length > 100 ? told.Name[..100] : told.Name,
            told.At,
            now = clock.GetCurrentInstant(),
        };
        var entered = await session.ExecuteAsync(
            """
            INSERT INTO inbox (workspace_id, provider, app_id, event_key, name, happened_at, received_at)
            VALUES (@workspaceId, @Provider, @AppKey, @DedupeKey, @name, @At, @now) ON CONFLICT (workspace_id, provider, event_key, app_id) DO NOTHING
            """,
            parameters
        );
        return entered > 0
            && await session.ScalarAsync<long>(
                "SELECT COUNT(*) FROM inbox WHERE workspace_id = @workspaceId AND provider = @Provider AND event_key = @DedupeKey",
                parameters
            ) == 1;
    }

    [LoggerMessage(
        EventId = 362,
        Level = LogLevel.Warning,
        Message = "{Provider} reported that Parley was removed from an account; {Count} connections were ended and their tokens erased"
    )]
    private partial void LogDeauthorized(string provider, int count);
}
