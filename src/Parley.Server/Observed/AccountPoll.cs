using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Meetings;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>
/// Keeps what connections for reports show of other organizers fresh: each account's directory now and then, its organizers one after the
/// other, who waited longest first. One call every other second and account, over all processes, however many organizers it has: most
/// of the provider's rate is left to those who wait for an answer, and a large account is only listed less often. The age is shown.
/// </summary>
internal sealed partial class AccountPoll(
    Db db,
    IClock clock,
    TimeProvider time,
    ParleyOptions options,
    ConnectionDirectory connections,
    OrganizerDirectory directory,
    ProviderCalls calls,
    Listings listings,
    Backoff backoff,
    ILogger<AccountPoll> logger
) : BackgroundService
{
    private const int MostOrganizers = 10_000;
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly Duration Pace = Duration.FromSeconds(2);
    private static readonly Duration DirectoryInterval = Duration.FromHours(1);
    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(2);
    private readonly ConcurrentDictionary<ConnectionKey, Task> _running = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Provisioning.ListInterval == Duration.Zero)
        {
            return;
        }

        using var timer = new PeriodicTimer(Tick, time);
        while (await NextAsync(timer, stoppingToken))
        {
            try
            {
                await StartDueAsync(stoppingToken);
            }
            catch (System.Data.Common.DbException exception)
            {
                LogNotNow(exception);
            }
        }

        await Task.WhenAll(_running.Values);
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
        var gone = await db.ReadAsync(
            session =>
                session.QueryAsync<ConnectionKey>(
                    """
                    SELECT a.workspace_id, a.connection_id FROM observed_account a
                    JOIN connection c ON c.workspace_id = a.workspace_id AND c.id = a.connection_id
                    WHERE c.disconnected_at IS NOT NULL OR c.merged_into IS NOT NULL OR c.purpose <> 'account' /* all workspaces: the poll serves everyone */
                    """
                ),
            stoppingToken
        );
        foreach (var (workspaceId, connectionId) in gone)
        {
            await db.WriteAsync(
                session => ObservedMeetings.ForgetConnectionAsync(session, workspaceId, connectionId),
                stoppingToken
            );
        }

        var now = clock.GetCurrentInstant();
        var due = await db.ReadAsync(
            session =>
                session.QueryAsync<ConnectionKey>(
                    $"""
                    SELECT c.workspace_id, c.id AS connection_id FROM connection c
                    LEFT JOIN observed_account a ON a.workspace_id = c.workspace_id AND a.connection_id = c.id
                    WHERE c.purpose = 'account' AND c.status = 'connected' AND c.connected_at IS NOT NULL AND c.merged_into IS NULL AND c.disconnected_at IS NULL
                      AND COALESCE(a.turn_at, 0) <= @paced
                      AND (COALESCE(a.next_due, 0) <= @now OR EXISTS (
                        SELECT 1 FROM observed_organizer g WHERE g.workspace_id = c.workspace_id AND g.connection_id = c.id AND g.next_due <= @now
                          AND NOT {ObservedOrganizers.InPerson(
                        "c",
                        "g.organizer_key"
                    )})) /* all workspaces: the poll serves everyone */
                    """,
                    new { now, paced = now - Pace }
                ),
            stoppingToken
        );
        foreach (var account in due)
        {
            var finished = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_running.TryAdd(account, finished.Task))
            {
                _ = Task.Run(() => RunAsync(account, finished, stoppingToken), CancellationToken.None);
            }
        }
    }

    private async Task RunAsync(ConnectionKey account, TaskCompletionSource finished, CancellationToken stoppingToken)
    {
        try
        {
            using var bound = new CancellationTokenSource(LongestCall, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, stoppingToken);
            await TurnAsync(account.WorkspaceId, account.ConnectionId, linked.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopping, or too slow: the turn is spent, and the next one asks again.
        }
        catch (Exception exception)
        {
            LogFailed(exception, account.ConnectionId);
        }
        finally
        {
            _running.TryRemove(account, out _);
            finished.SetResult();
        }
    }

    private async Task TurnAsync(string workspaceId, string connectionId, CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        if (
            !await db.WriteAsync(session => ClaimAsync(session, workspaceId, connectionId, now), cancellationToken)
            || await connections.FindAsync(workspaceId, connectionId, cancellationToken) is not { } account
        )
        {
            return; // Another process took it.
        }

        // Who has not the role reads nobody; it is looked at again whether they have it by now.
        if (!MayRead(account))
        {
            await db.WriteAsync(
                session =>
                    ObservedOrganizers.KnowAsync(session, workspaceId, connectionId, [], now, listings.NextDue(now)),
                cancellationToken
            );
            return;
        }

        var directoryDue = await db.ReadAsync(
            session =>
                session.ScalarAsync<bool>(
                    "SELECT next_due <= @now FROM observed_account WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
                    new
                    {
                        workspaceId,
                        connectionId,
                        now,
                    }
                ),
            cancellationToken
        );
        if (directoryDue)
        {
            await ReadDirectoryAsync(account, now, cancellationToken);
        }
        else if (
            await db.ReadAsync(
                session => ObservedOrganizers.DueAsync(session, workspaceId, connectionId, now),
                cancellationToken
            ) is
            { } organizer
        )
        {
            await ListAsync(account, organizer, now, cancellationToken);
        }
    }

    private static Task<bool> ClaimAsync(DbSession session, string workspaceId, string connectionId, Instant now) =>
        ClaimedAsync(
            session.ExecuteAsync(
                """
                INSERT INTO observed_account (workspace_id, connection_id, next_due, turn_at) VALUES (@workspaceId, @connectionId, @now, @now)
                ON CONFLICT (workspace_id, connection_id) DO UPDATE SET turn_at = excluded.turn_at WHERE observed_account.turn_at <= @paced
                """,
                new
                {
                    workspaceId,
                    connectionId,
                    now,
                    paced = now - Pace,
                }
            )
        );

    private static async Task<bool> ClaimedAsync(Task<int> rows) => await rows > 0;

    private static bool MayRead(ConnectionEntry account) =>
        (account.Connection.IsAdministrator || account.Connection.ServerAccount is not null)
        && ConnectionRights.Lack(account, "upcomingOfOthers") is null
        && ConnectionRights.Lack(account, "organizers") is null;

    private async Task ReadDirectoryAsync(ConnectionEntry account, Instant now, CancellationToken cancellationToken)
    {
        var workspaceId = account.Connection.WorkspaceId;
        var told = await directory.PageAsync(
            workspaceId,
            account,
            null,
            Cursor.Start,
            MostOrganizers,
            cancellationToken
        );
        await db.WriteAsync(
            session =>
                told.Succeeded
                    ? ObservedOrganizers.KnowAsync(
                        session,
                        workspaceId,
                        account.Id,
                        told.Value.Items.Select(person => new ObservedOrganizer
                            {
                                OrganizerKey = person.Key,
                                Email = person.Email,
                                Name = person.Name,
                            })
                            .ToList(),
                        now,
                        now + DirectoryInterval
                    )
                    : session.ExecuteAsync(
                        "UPDATE observed_account SET failures = failures + 1, next_due = @nextDue WHERE workspace_id = @workspaceId AND connection_id = @Id",
                        new
                        {
                            workspaceId,
                            account.Id,
                            nextDue = listings.NextDue(now),
                        }
                    ),
            CancellationToken.None
        );
    }

    private async Task ListAsync(
        ConnectionEntry account,
        ObservedOrganizer organizer,
        Instant askedAt,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = account.Connection.WorkspaceId;
        var listed = await calls.CallAsync(
            workspaceId,
            account.Id,
            "meetings.upcomingOf",
            (provider, access, token) => provider.Records.ListUpcomingOfAsync(access, organizer.OrganizerKey, token),
            cancellationToken
        );
        await db.WriteAsync(
            session =>
                listed.Failure is { } failure
                    ? ObservedOrganizers.FailedAsync(
                        session,
                        workspaceId,
                        account.Id,
                        organizer.OrganizerKey,
                        askedAt + PauseAfter(failure, organizer.Failures + 1)
                    )
                    : ObservedOrganizers.ReplaceAsync(
                        session,
                        workspaceId,
                        account.Id,
                        organizer,
                        listed.Value,
                        askedAt,
                        listings.NextDue(askedAt)
                    ),
            CancellationToken.None
        );
    }

    private Duration PauseAfter(ProviderFailure failure, int failures) =>
        Duration.Max(
            failure.RetryAfter ?? backoff.After(failures, options.Provisioning.ListInterval, DirectoryInterval),
            Duration.FromSeconds(1)
        );

    [LoggerMessage(EventId = 323, Level = LogLevel.Warning, Message = "No look for accounts to read; again shortly")]
    private partial void LogNotNow(Exception exception);

    [LoggerMessage(
        EventId = 324,
        Level = LogLevel.Error,
        Message = "Reading the organizers of connection {ConnectionId} failed inside Parley; it goes on at its next turn"
    )]
    private partial void LogFailed(Exception exception, string connectionId);
}
