using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Observed;
using Parley.Server.Storage;
using Parley.Server.Usage;

namespace Parley.Server.Hosting;

/// <summary>
/// Removes, hourly, what has served its time. Everything else is kept: <c>effect</c> and <c>effect_event</c> are the ledger that shows
/// what became of every promise; arrangements and bookings with the times they took are the story it tells; members, connections and keys
/// are few.
/// </summary>
/// <remarks>Every process does it; a row removed twice is removed.</remarks>
internal sealed partial class Housekeeping(
    Db db,
    IClock clock,
    TimeProvider time,
    ParleyOptions options,
    ILogger<Housekeeping> logger
) : BackgroundService
{
    /// <summary>Rows removed in one transaction: nobody waits long behind it.</summary>
    internal const int Batch = 1000;

    /// <summary>Lines of the operation log kept per connection, whatever their age: a call every half minute for a fortnight.</summary>
    internal const int LogLines = 40_000;
    private static readonly TimeSpan Pace = TimeSpan.FromHours(1);

    // Each deletes at most @Batch rows; @now and the other instants are in ClearAsync.
    private static readonly (string What, string Sql)[] Chores =
    [
        (
            "idempotency keys nobody may repeat any longer",
            """
            DELETE FROM idempotency WHERE (workspace_id, owner_id, route, idempotency_key) IN (
                SELECT workspace_id, owner_id, route, idempotency_key FROM idempotency WHERE expires_at <= @now LIMIT @Batch)
            """
        ),
        (
            "lines of the operation log older than 90 days",
            """
            DELETE FROM connection_log WHERE (workspace_id, id) IN (
                SELECT l.workspace_id, l.id FROM connection c
                JOIN connection_log l ON l.workspace_id = c.workspace_id AND l.connection_id = c.id AND l.at < @quarterAgo LIMIT @Batch)
            """
        ),
        (
            "lines of the operation log beyond the number kept",
            """
            DELETE FROM connection_log WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM (
                    SELECT workspace_id, id, ROW_NUMBER() OVER (PARTITION BY workspace_id, connection_id ORDER BY at DESC, id DESC) AS place
                    FROM connection_log WHERE (workspace_id, connection_id) IN (
                        SELECT workspace_id, connection_id FROM connection_log GROUP BY workspace_id, connection_id HAVING COUNT(*) > @LogLines)) counted
                WHERE place > @LogLines LIMIT @Batch)
            """
        ),
        (
            // The last one through which an account came back stays: it is the only proof of what address is registered.
            "attempts to connect that ended or lapsed a day ago",
            """
            DELETE FROM oauth_flow WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM oauth_flow o
                WHERE COALESCE(finished_at, state_expires_at, expires_at) < @dayAgo AND expires_at < @dayAgo
                  AND NOT (COALESCE(outcome, '') = 'exchanging' AND NOT EXISTS (SELECT 1 FROM oauth_flow later
                    WHERE later.workspace_id = o.workspace_id AND later.connection_id = o.connection_id AND later.outcome = 'exchanging' AND later.finished_at > o.finished_at))
                LIMIT @Batch)
            """
        ),
        (
            // The fence may start anew only where nobody can still hold an old one: a day after the last step.
            "leases of effects that are done with",
            """
            DELETE FROM lease WHERE (workspace_id, resource) IN (
                SELECT l.workspace_id, l.resource FROM lease l
                JOIN effect e ON e.workspace_id = l.workspace_id AND l.resource = 'effect/' || e.id
                WHERE e.finished_at < @dayAgo AND l.until < @dayAgo LIMIT @Batch)
            """
        ),
        (
            "leases of meetings long over",
            """
            DELETE FROM lease WHERE (workspace_id, resource) IN (
                SELECT l.workspace_id, l.resource FROM lease l
                JOIN arrangement a ON a.workspace_id = l.workspace_id AND l.resource = 'arrangement/' || a.id
                WHERE a.ends_at < @monthAgo AND a.updated_at < @monthAgo AND l.until < @dayAgo
                  AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.workspace_id = a.workspace_id AND e.arrangement_id = a.id AND e.finished_at IS NULL) LIMIT @Batch)
            """
        ),
        // A bucket untouched for a day is full, and so is one that is not there.
        ("full buckets", "DELETE FROM token_bucket WHERE refilled_at < @dayAgo"),
        ("days of hosts long counted", "DELETE FROM write_budget WHERE day < @monthAgo"),
        // Providers repeat an event for hours, not weeks.
        (
            "events of providers that will not be repeated",
            """
            DELETE FROM inbox WHERE (workspace_id, provider, event_key, app_id) IN (
                SELECT workspace_id, provider, event_key, app_id FROM inbox WHERE received_at < @monthAgo LIMIT @Batch)
            """
        ),
        (
            "people in meetings whose end nobody told",
            """
            DELETE FROM observed_presence WHERE (workspace_id, connection_id, meeting_id, session_id, person) IN (
                SELECT p.workspace_id, p.connection_id, p.meeting_id, p.session_id, p.person FROM observed_run r
                JOIN observed_presence p ON p.workspace_id = r.workspace_id AND p.connection_id = r.connection_id AND p.meeting_id = r.meeting_id
                WHERE r.known_at < @twoDaysAgo LIMIT @Batch)
            """
        ),
        (
            "runs of meetings that are history",
            """
            DELETE FROM observed_run WHERE (workspace_id, connection_id, meeting_id) IN (
                SELECT r.workspace_id, r.connection_id, r.meeting_id FROM observed_run r WHERE r.known_at < @twoDaysAgo
                  AND NOT EXISTS (SELECT 1 FROM observed_presence p WHERE p.workspace_id = r.workspace_id AND p.connection_id = r.connection_id AND p.meeting_id = r.meeting_id)
                LIMIT @Batch)
            """
        ),
        (
            "tickets of meetings scheduled by a button, which tell no longer",
            "DELETE FROM embed_meeting WHERE (workspace_id, ticket) IN (SELECT workspace_id, ticket FROM embed_meeting WHERE created_at < @twoDaysAgo LIMIT @Batch)"
        ),
        (
            "audit entries beyond their time",
            """
            DELETE FROM audit_entry WHERE (workspace_id, id) IN (
                SELECT workspace_id, id FROM audit_entry WHERE at < @auditedBefore LIMIT @Batch)
            """
        ),
        ("browsers whose session has lapsed", "DELETE FROM browser_session WHERE expires_at < @dayAgo"),
        (
            // What became of them stays in the ledger; what was told names people.
            "deliveries of webhooks a quarter old",
            """
            DELETE FROM webhook_delivery WHERE (workspace_id, id) IN (
                SELECT d.workspace_id, d.id FROM webhook_delivery d JOIN effect e ON e.workspace_id = d.workspace_id AND e.id = d.id
                WHERE d.created_at < @quarterAgo AND e.finished_at < @quarterAgo LIMIT @Batch)
            """
        ),
        (
            "events of webhooks nobody is told any more",
            """
            DELETE FROM webhook_event WHERE (workspace_id, id) IN (
                SELECT v.workspace_id, v.id FROM webhook_event v WHERE v.created_at < @quarterAgo
                  AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.workspace_id = v.workspace_id AND d.event_id = v.id) LIMIT @Batch)
            """
        ),
        (
            "invitations used or lapsed a month ago",
            "DELETE FROM invitation WHERE COALESCE(used_at, expires_at) < @monthAgo"
        ),
    ];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pace, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await ClearAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping: the next process goes on.
        }
    }

    /// <summary>Does every chore; one that fails is left to the next hour and holds up no other.</summary>
    internal async Task ClearAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        var parameters = new
        {
            now,
            dayAgo = now - Duration.FromDays(1),
            twoDaysAgo = now - Duration.FromDays(2),
            monthAgo = now - Duration.FromDays(30),
            quarterAgo = now - Duration.FromDays(90),
            runsBefore = now - Duration.FromDays(UsageLeftovers.RunsKept),
            auditedBefore = now - Duration.FromDays(options.Audit.RetentionDays),
            Batch,
            LogLines,
        };
        foreach (var (what, sql) in Chores.Concat(UsageLeftovers.Chores))
        {
            await TryAsync(
                what,
                session => session.ExecuteAsync($"{sql} /* all workspaces: housekeeping */", parameters),
                cancellationToken
            );
        }

        await TryAsync(
            "observations of disconnected accounts",
            ObservedMeetings.ForgetDisconnectedAsync,
            cancellationToken
        );
    }

    private async Task TryAsync(string what, Func<DbSession, Task<int>> chore, CancellationToken cancellationToken)
    {
        try
        {
            while (await db.WriteAsync(chore, cancellationToken) >= Batch)
            {
                await Task.Yield();
            }
        }
        catch (System.Data.Common.DbException exception)
        {
            LogNotNow(what, exception);
        }
    }

    [LoggerMessage(EventId = 331, Level = LogLevel.Warning, Message = "Could not remove {What}; the next hour will do")]
    private partial void LogNotNow(string what, Exception exception);
}
