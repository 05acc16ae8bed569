using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Outcomes;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>A complete listing.</summary>
/// <param name="AskedAt">When its request began: it shows what was done before, and may or may not show what was done since.</param>
public sealed record Listing(Instant AskedAt, IReadOnlyList<Meeting> Meetings);

/// <summary>
/// The one way to list a connection's meetings. Whatever a listing is made for, it is kept as the last observation (of an organizer's connection); those who want one
/// at the same time share a call. The rule of sharing is here and nowhere else: a listing serves who became ready to look before its
/// request began, never who became ready later.
/// </summary>
public sealed class Listings(
    Db db,
    IClock clock,
    TimeProvider time,
    ParleyOptions options,
    ProviderCalls calls,
    OrphanRadar radar,
    OutcomePlans outcomes,
    Backoff backoff,
    IHostApplicationLifetime lifetime
)
{
    /// <summary>All pages of a large account, at the pace the provider allows.</summary>
    private static readonly TimeSpan LongestCall = TimeSpan.FromMinutes(2);
    private static readonly Duration LongestPause = Duration.FromHours(1);
    private readonly ConcurrentDictionary<(string WorkspaceId, string ConnectionId), Turn> _turns = new();

    /// <summary>A listing whose request begins after this call.</summary>
    public async Task<ProviderResult<Listing>> AskAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        var turn = _turns.GetOrAdd((workspaceId, connectionId), _ => new Turn());
        Task<ProviderResult<Listing>> mine;
        lock (turn.Gate)
        {
            if (turn.Running is null or { IsCompleted: true })
            {
                turn.Running = Task.Run(() => ListAsync(workspaceId, connectionId), CancellationToken.None);
                mine = turn.Running;
            }
            else
            {
                // The running one began before we asked. All who ask meanwhile share the one after it.
                mine = turn.Next ??= Task.Run(
                    () => AfterAsync(turn, turn.Running, workspaceId, connectionId),
                    CancellationToken.None
                );
            }
        }

        try
        {
            return await mine.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return new ProviderFailure
            {
                Kind = FailureKind.Unknown,
                Code = "deadline",
                Message = "The meetings could not be listed in the time there was.",
                Next = "Try again in a moment.",
            };
        }
    }

    /// <summary>Makes sure that the last observation began after <paramref name="ready"/>; asks only when it did not.</summary>
    /// <param name="ready">From when on the provider's list can be trusted to show what is looked for.</param>
    /// <returns>Null: it did. Else why it could not be had.</returns>
    public async Task<ProviderFailure?> EnsureAsync(
        string workspaceId,
        string connectionId,
        Instant ready,
        CancellationToken cancellationToken
    )
    {
        var listedAt = await db.ReadAsync(
            session => ObservedMeetings.ListedAtAsync(session, workspaceId, connectionId),
            cancellationToken
        );
        return Serves(listedAt, ready) ? null : (await AskAsync(workspaceId, connectionId, cancellationToken)).Failure;
    }

    /// <summary>Later, not at the same moment: what began with the last thing done may not show it.</summary>
    internal static bool Serves(Instant? listedAt, Instant ready) => listedAt > ready;

    /// <summary>When a listing is due again, give or take a tenth: many connections do not ask in step.</summary>
    internal Instant NextDue(Instant now) =>
        now + Duration.Max(backoff.After(1, options.Provisioning.ListInterval, LongestPause), Duration.FromSeconds(1));

    private async Task<ProviderResult<Listing>> AfterAsync(
        Turn turn,
        Task running,
        string workspaceId,
        string connectionId
    )
    {
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (turn.Gate)
        {
            turn.Running = turn.Next;
            turn.Next = null;
        }

        return await ListAsync(workspaceId, connectionId);
    }

    private async Task<ProviderResult<Listing>> ListAsync(string workspaceId, string connectionId)
    {
        // Not the first asker's token: others wait for the same answer.
        using var bound = new CancellationTokenSource(LongestCall, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, lifetime.ApplicationStopping);
        var askedAt = clock.GetCurrentInstant();
        var listed = await calls.CallAsync(
            workspaceId,
            connectionId,
            "meetings.upcoming",
            (provider, access, token) => provider.ListUpcomingAsync(access, token),
            linked.Token
        );
        if (listed.Failure is { } failure)
        {
            await db.WriteAsync(
                session => FailedAsync(session, workspaceId, connectionId, failure),
                CancellationToken.None
            );
            return failure;
        }

        await db.WriteAsync(
            async session =>
            {
                var running = await OutcomePlans.RunningAsync(session, workspaceId, connectionId);
                var gone = await ObservedMeetings.ReplaceAsync(
                    session,
                    workspaceId,
                    connectionId,
                    askedAt,
                    NextDue(clock.GetCurrentInstant()),
                    listed.Value
                );
                if (gone is not null)
                {
                    await radar.GoneAsync(session, workspaceId, connectionId, gone, askedAt);
                    await radar.MovedAsync(session, workspaceId, connectionId, askedAt);
                }

                await outcomes.StoppedAsync(session, workspaceId, connectionId, running, askedAt);
            },
            CancellationToken.None
        );
        return new Listing(askedAt, listed.Value);
    }

    private async Task FailedAsync(DbSession session, string workspaceId, string connectionId, ProviderFailure failure)
    {
        if (!await ObservedMeetings.AreKeptAsync(session, workspaceId, connectionId))
        {
            return;
        }

        var now = clock.GetCurrentInstant();
        var failures =
            1
            + await session.ScalarAsync<int>(
                $"SELECT failures FROM observation WHERE workspace_id = @workspaceId AND connection_id = @connectionId{session.Dialect.ForUpdate}",
                new { workspaceId, connectionId }
            );
        var pause = failure.RetryAfter ?? backoff.After(failures, options.Provisioning.ListInterval, LongestPause);
        await session.ExecuteAsync(
            """
            INSERT INTO observation (workspace_id, connection_id, attempted_at, next_due, failures) VALUES (@workspaceId, @connectionId, @now, @nextDue, @failures)
            ON CONFLICT (workspace_id, connection_id) DO UPDATE SET attempted_at = excluded.attempted_at, next_due = excluded.next_due, failures = excluded.failures
            """,
            new
            {
                workspaceId,
                connectionId,
                now,
                nextDue = now + Duration.Max(pause, Duration.FromSeconds(1)),
                failures,
            }
        );
    }

    private sealed class Turn
    {
        public Lock Gate { get; } = new();
        public Task<ProviderResult<Listing>>? Running { get; set; }
        public Task<ProviderResult<Listing>>? Next { get; set; }
    }
}
