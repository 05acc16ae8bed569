using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Provisioning;

public sealed record GhostPayload
{
    public required string MeetingId { get; init; }
}

/// <summary>Removes a meeting that was made for an arrangement but is not its meeting. Deletes are idempotent: an unknown one is sent again.</summary>
public sealed class GhostEffects(
    Db db,
    IClock clock,
    ProviderCalls calls,
    Leases leases,
    MeetingFollowUps followUps,
    Backoff backoff
) : IEffectHandler
{
    public const string EffectKind = "ghost";

    public string Kind => EffectKind;

    public async Task<EffectOutcome> SendAsync(Effect effect, CancellationToken cancellationToken)
    {
        // The arrangement's own lease: nobody adopts this meeting while it is being removed.
        var lease = await leases.TryTakeAsync(
            effect.WorkspaceId,
            $"arrangement/{effect.ArrangementId}",
            // Longer than waiting for a place, a refresh and two calls can take.
            Duration.FromMinutes(2),
            cancellationToken
        );
        if (lease is null)
        {
            return Later("arrangement_busy", clock.GetCurrentInstant() + Duration.FromSeconds(2));
        }

        try
        {
            return await RemoveAsync(effect, cancellationToken);
        }
        finally
        {
            await leases.ReleaseAsync(lease, CancellationToken.None);
        }
    }

    private async Task<EffectOutcome> RemoveAsync(Effect effect, CancellationToken cancellationToken)
    {
        var meetingId = JsonSerializer.Deserialize<GhostPayload>(effect.Payload!, Json.Stored)!.MeetingId;
        var (arrangement, undecided) = await db.ReadAsync(
            async session =>
            {
                var effects = await Effects.OfArrangementAsync(session, effect.WorkspaceId, effect.ArrangementId!);
                return (
                    await Arrangements.FindAsync(session, effect.WorkspaceId, effect.ArrangementId!),
                    effects.Exists(other =>
                        other.State is EffectState.Sending or EffectState.Unknown or EffectState.Reconciling
                        && other.Kind == Provisioning.EffectKind.Meeting
                    )
                );
            },
            cancellationToken
        );
        if (undecided)
        {
            // Reconciliation may yet find this very meeting and keep it.
            return Later("undecided", clock.GetCurrentInstant() + Duration.FromSeconds(5));
        }

        if (arrangement is { IsPresent: true } && arrangement.ProviderMeetingId == meetingId)
        {
            return new EffectOutcome { State = EffectState.Superseded, Detail = "It was adopted: no ghost." };
        }

        var removed = await calls.CallAsync(
            effect.WorkspaceId,
            effect.Lane,
            "meetings.delete",
            (provider, access, token) => provider.DeleteAsync(access, meetingId, token),
            cancellationToken
        );
        var now = clock.GetCurrentInstant();
        return removed.Failure switch
        {
            null => new EffectOutcome { State = EffectState.Applied, Code = "removed" },
            { Kind: FailureKind.NotFound } => new EffectOutcome { State = EffectState.Applied, Code = "was_gone" },
            { Kind: FailureKind.GrantDead or FailureKind.Unapproved or FailureKind.MissingScope } failure =>
                new EffectOutcome
                {
                    State = EffectState.Blocked,
                    Code = failure.Code,
                    Detail = failure.Message,
                },
            { Kind: FailureKind.Rejected } failure => new EffectOutcome
            {
                State = EffectState.Rejected,
                Code = failure.Code,
                Detail = failure.Message,
                Also = session => followUps.AttentionAsync(session, arrangement!, "stray_meeting"),
            },
            { } failure => new EffectOutcome
            {
                State = EffectState.Planned,
                Code = failure.Code,
                Detail = failure.Message,
                NotBefore =
                    now
                    + (
                        // A removal is never held for a day.
                        (failure.DailyQuota ? null : failure.RetryAfter)
                        ?? backoff.After(effect.Attempt, Duration.FromSeconds(5), Duration.FromMinutes(10))
                    ),
            },
        };
    }

    private static EffectOutcome Later(string code, Instant at) =>
        new()
        {
            State = EffectState.Planned,
            Code = code,
            NotBefore = at,
        };

    public Task<EffectOutcome> ReconcileAsync(Effect effect, CancellationToken cancellationToken) =>
        SendAsync(effect, cancellationToken);
}
