using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>One intended change outside the database: a row of table <c>effect</c>.</summary>
public sealed record Effect
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Kind { get; init; }
    public required string Operation { get; init; }
    public required string EffectKey { get; init; }
    public required string Lane { get; init; }
    public string? ArrangementId { get; init; }
    public required int Version { get; init; }
    public required string State { get; init; }
    public int Attempt { get; init; }
    public long Fence { get; init; }
    public required Instant NotBefore { get; init; }
    public bool WaitsForLink { get; init; }

    /// <summary>A stranger on a public page wished it: it may use the public share of a host's day, not the organizer's reserve.</summary>
    public bool IsPublic { get; init; }
    public int UnknownRounds { get; init; }
    public Instant? RoundsSince { get; init; }
    public Instant? SentAt { get; init; }
    public string? Sent { get; init; }
    public string? Outcome { get; init; }
    public string? OutcomeCode { get; init; }
    public string? OutcomeDetail { get; init; }

    /// <summary>What to do about the outcome, where somebody knows.</summary>
    public string? OutcomeNext { get; init; }
    public string? Payload { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }
    public Instant? FinishedAt { get; init; }
}

public sealed record EffectDraft
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Kind { get; init; }
    public required string Operation { get; init; }

    /// <summary>Unique per workspace: the same intention planned twice is one effect.</summary>
    public required string Key { get; init; }
    public required string Lane { get; init; }
    public string? ArrangementId { get; init; }
    public required int Version { get; init; }
    public required Instant NotBefore { get; init; }

    /// <summary>Released as soon as the arrangement's version is applied, else sent at <see cref="NotBefore"/>.</summary>
    public bool WaitsForLink { get; init; }

    /// <summary>As <see cref="Effect.IsPublic"/>.</summary>
    public bool IsPublic { get; init; }

    /// <summary>JSON, in the shape its kind knows.</summary>
    public string? Payload { get; init; }
    public required Instant CreatedAt { get; init; }
}

/// <summary>Rows of the ledger: planning and reading. State changes while sending are the provisioner's alone.</summary>
public static class Effects
{
    public const string Columns =
        "workspace_id, id, kind, operation, effect_key, lane, arrangement_id, version, state, attempt, fence, not_before, waits_for_link, is_public, unknown_rounds, rounds_since, sent_at, sent, outcome, outcome_code, outcome_detail, outcome_next, payload, created_at, updated_at, finished_at";

    /// <summary>Plans an effect; a second plan with the same key changes nothing.</summary>
    public static async Task PlanAsync(DbSession session, EffectDraft draft)
    {
        var inserted = await session.ExecuteAsync(
            """
            INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, arrangement_id, version, state, not_before, waits_for_link, is_public, payload, created_at, updated_at)
            VALUES (@WorkspaceId, @Id, @Kind, @Operation, @Key, @Lane, @ArrangementId, @Version, 'PLANNED', @NotBefore, @WaitsForLink, @IsPublic, @Payload, @CreatedAt, @CreatedAt)
            ON CONFLICT (workspace_id, effect_key) DO NOTHING
            """,
            draft
        );
        if (inserted > 0)
        {
            await RecordAsync(
                session,
                draft.WorkspaceId,
                draft.Id,
                draft.ArrangementId,
                draft.CreatedAt,
                null,
                EffectState.Planned
            );
        }
    }

    public static Task<List<Effect>> OfArrangementAsync(DbSession session, string workspaceId, string arrangementId) =>
        session.QueryAsync<Effect>(
            $"SELECT {Columns} FROM effect WHERE workspace_id = @workspaceId AND arrangement_id = @arrangementId ORDER BY version, created_at, id",
            new { workspaceId, arrangementId }
        );

    /// <summary>Drops a planned effect that was never sent. False when it left already.</summary>
    public static async Task<bool> SupersedeAsync(DbSession session, Effect effect, Instant now, string why)
    {
        var changed = await session.ExecuteAsync(
            "UPDATE effect SET state = 'SUPERSEDED', outcome_detail = @why, updated_at = @now, finished_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id AND state IN ('PLANNED', 'BLOCKED')",
            new
            {
                effect.WorkspaceId,
                effect.Id,
                now,
                why,
            }
        );
        if (changed > 0)
        {
            await RecordAsync(
                session,
                effect.WorkspaceId,
                effect.Id,
                effect.ArrangementId,
                now,
                effect.State,
                EffectState.Superseded,
                effect.Attempt,
                effect.Fence,
                detail: why
            );
        }

        return changed > 0;
    }

    /// <summary>Appends to the history of an effect.</summary>
    public static Task RecordAsync(
        DbSession session,
        string workspaceId,
        string effectId,
        string? arrangementId,
        Instant at,
        string? fromState,
        string toState,
        int attempt = 0,
        long fence = 0,
        string? outcome = null,
        string? code = null,
        string? detail = null
    ) =>
        session.ExecuteAsync(
            """
            INSERT INTO effect_event (workspace_id, id, effect_id, arrangement_id, at, from_state, to_state, attempt, fence, outcome, code, detail)
            VALUES (@workspaceId, @id, @effectId, @arrangementId, @at, @fromState, @toState, @attempt, @fence, @outcome, @code, @detail)
            """,
            new
            {
                workspaceId,
                id = EventId(at),
                effectId,
                arrangementId,
                at,
                fromState,
                toState,
                attempt,
                fence,
                outcome,
                code,
                detail,
            }
        );

    // Events of one instant keep the order in which they were written: a counter stands before the random part.
    private static long s_sequence;

    private static string EventId(Instant at) =>
        string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"evt_{at.ToUnixTimeMilliseconds():x12}{Interlocked.Increment(ref s_sequence) & 0xffffffffff:x10}{Ids.Secret(6)}"
        );
}
