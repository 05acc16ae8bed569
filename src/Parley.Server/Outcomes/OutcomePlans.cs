using System.Globalization;
using System.Text.Json;
using NodaTime;
using Parley.Server.Observed;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Outcomes;

/// <summary>What made us look.</summary>
public static class OutcomeOperation
{
    /// <summary>The planned end passed.</summary>
    public const string PlannedEnd = "planned_end";

    /// <summary>The provider's event told of the end.</summary>
    public const string Told = "told";

    /// <summary>A listing shows the meeting no longer running.</summary>
    public const string Stopped = "stopped";

    /// <summary>A person asked.</summary>
    public const string Asked = "asked";
}

/// <summary>What is known of the session before the provider is asked.</summary>
public sealed record OutcomePayload
{
    public string? SessionId { get; init; }
    public Instant? StartedAt { get; init; }
    public Instant? EndedAt { get; init; }

    /// <summary>Of a look after the planned end: the end it was planned for.</summary>
    public Instant? PlannedEnd { get; init; }
}

/// <summary>
/// Intends to find out how a meeting of ours went: once after its planned end, once for each end the provider tells, and whenever a
/// listing shows that it no longer runs. Only rows are written here; what is found twice is told once.
/// </summary>
public sealed class OutcomePlans(Ids ids, IClock clock, EffectSignal signal)
{
    // Lists of who came are put together when a meeting is over.
    private static readonly Duration Settling = Duration.FromSeconds(20);

    /// <summary>The provider told that the meeting ended.</summary>
    public async Task ToldAsync(DbSession session, MeetingKey meeting, string? sessionId, Instant at)
    {
        var arrangement = await Arrangements.FindByMeetingAsync(
            session,
            meeting.WorkspaceId,
            meeting.ConnectionId,
            meeting.MeetingId
        );
        if (arrangement is null)
        {
            return;
        }

        var began = await MeetingRuns.BeganAsync(session, meeting, sessionId);
        var run = sessionId ?? at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        await PlanAsync(
            session,
            arrangement.WorkspaceId,
            arrangement.Id,
            arrangement.ConnectionId,
            OutcomeOperation.Told,
            $"session/{run}",
            new OutcomePayload
            {
                SessionId = sessionId,
                StartedAt = began,
                EndedAt = at,
            },
            Settling
        );
    }

    /// <summary>Meetings of ours that run by the last listing: arrangement ids by the provider's.</summary>
    internal static async Task<IReadOnlyList<string>> RunningAsync(
        DbSession session,
        string workspaceId,
        string connectionId
    ) =>
        await session.QueryAsync<string>(
            """
            SELECT a.id FROM observed_meeting o
            JOIN arrangement a ON a.workspace_id = o.workspace_id AND a.connection_id = o.connection_id AND a.provider_meeting_id = o.meeting_id
            WHERE o.workspace_id = @workspaceId AND o.connection_id = @connectionId AND o.in_progress = 1
            """,
            new { workspaceId, connectionId }
        );

    /// <summary>After a listing was written down.</summary>
    /// <param name="running">What <see cref="RunningAsync"/> said before.</param>
    /// <param name="askedAt">When the listing was asked for.</param>
    internal async Task StoppedAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        IReadOnlyList<string> running,
        Instant askedAt
    )
    {
        if (running.Count == 0)
        {
            return;
        }

        var still = await RunningAsync(session, workspaceId, connectionId);
        foreach (var id in running.Except(still, StringComparer.Ordinal))
        {
            await PlanAsync(
                session,
                workspaceId,
                id,
                connectionId,
                OutcomeOperation.Stopped,
                $"stopped/{Number(askedAt)}",
                new OutcomePayload(),
                Settling
            );
        }
    }

    /// <summary>Looks now, once.</summary>
    internal Task AskAsync(DbSession session, Arrangement arrangement) =>
        PlanAsync(
            session,
            arrangement.WorkspaceId,
            arrangement.Id,
            arrangement.ConnectionId,
            OutcomeOperation.Asked,
            // Who asks twice in a second is answered once.
            $"asked/{clock.GetCurrentInstant().ToUnixTimeSeconds()}",
            new OutcomePayload(),
            Duration.Zero
        );

    /// <summary>Meetings whose planned end has passed since somebody last looked.</summary>
    /// <returns>How many were planned.</returns>
    internal async Task<int> AfterEndsAsync(DbSession session, int most)
    {
        var now = clock.GetCurrentInstant();
        var due = await session.QueryAsync<DueRow>(
            """
            SELECT a.workspace_id, a.id, a.connection_id, a.ends_at FROM arrangement a
            WHERE a.ends_at <= @now AND a.ends_at > @since AND a.desired = 'present' AND a.provider_meeting_id IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.workspace_id = a.workspace_id AND e.effect_key = 'outcome/' || a.id || '/end/' || a.ends_at)
            ORDER BY a.ends_at LIMIT @most /* all workspaces: the watch serves everyone */
            """,
            new
            {
                now,
                // A server that was down for longer leaves the rest to whoever asks.
                since = now - Duration.FromDays(3),
                most,
            }
        );
        foreach (var row in due)
        {
            await PlanAsync(
                session,
                row.WorkspaceId,
                row.Id,
                row.ConnectionId,
                OutcomeOperation.PlannedEnd,
                $"end/{Number(row.EndsAt)}",
                new OutcomePayload { PlannedEnd = row.EndsAt },
                Settling
            );
        }

        return due.Count;
    }

    private async Task PlanAsync(
        DbSession session,
        string workspaceId,
        string arrangementId,
        string connectionId,
        string operation,
        string key,
        OutcomePayload payload,
        Duration pause
    )
    {
        var now = clock.GetCurrentInstant();
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = workspaceId,
                Id = ids.New("eff"),
                Kind = OutcomeEffects.EffectKind,
                Operation = operation,
                Key = $"outcome/{arrangementId}/{key}",
                // Reading reports holds up no meeting that is to be made.
                Lane = $"outcome/{connectionId}",
                ArrangementId = arrangementId,
                Version = 1,
                NotBefore = now + pause,
                Payload = JsonSerializer.Serialize(payload, Json.Stored),
                CreatedAt = now,
            }
        );
        session.AfterCommit(signal.Announce);
    }

    private static string Number(Instant at) => Micros.From(at).ToString(CultureInfo.InvariantCulture);

    private sealed record DueRow
    {
        public required string WorkspaceId { get; init; }
        public required string Id { get; init; }
        public required string ConnectionId { get; init; }
        public required Instant EndsAt { get; init; }
    }
}
