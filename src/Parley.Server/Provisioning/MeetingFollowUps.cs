using System.Text.Json;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Provisioning;

/// <summary>What an outcome makes necessary later: looking again, repairing, removing a ghost, calling a person.</summary>
public sealed class MeetingFollowUps(
    Ids ids,
    IClock clock,
    ParleyOptions options,
    EffectSignal signal,
    WebhookEvents webhooks
)
{
    /// <summary>After an unknown outcome: looks again at each of the configured times from the send.</summary>
    public async Task PlanSweepsAsync(DbSession session, Arrangement arrangement, Effect effect, Instant sentAt)
    {
        foreach (var after in options.Provisioning.SweepTimes)
        {
            await Effects.PlanAsync(
                session,
                new EffectDraft
                {
                    WorkspaceId = arrangement.WorkspaceId,
                    Id = ids.New("eff"),
                    Kind = EffectKind.Sweep,
                    Operation = SweepOperation.AfterUnknown,
                    Key = $"{effect.Id}/{effect.Attempt}/sweep/{(long)after.TotalSeconds}",
                    Lane = effect.Lane,
                    ArrangementId = arrangement.Id,
                    Version = effect.Version,
                    NotBefore = sentAt + after,
                    CreatedAt = clock.GetCurrentInstant(),
                }
            );
        }
    }

    /// <summary>Sends the latest version once more, although nobody asked for a change: the provider drifted from it.</summary>
    public async Task PlanRepairAsync(DbSession session, Arrangement arrangement, string why)
    {
        var now = clock.GetCurrentInstant();
        var id = ids.New("eff");
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = arrangement.WorkspaceId,
                Id = id,
                Kind = EffectKind.Meeting,
                Operation = "update",
                Key = $"{arrangement.Id}/{arrangement.Version}/repair/{id}",
                Lane = arrangement.ConnectionId,
                ArrangementId = arrangement.Id,
                Version = arrangement.Version,
                NotBefore = now,
                Payload = JsonSerializer.Serialize(new { repair = why }, Json.Stored),
                CreatedAt = now,
            }
        );
        session.AfterCommit(signal.Announce);
    }

    /// <summary>A listing does not fit this arrangement: looks closely, under its lease.</summary>
    /// <param name="listedAt">When the request of that listing began; it serves the look as well.</param>
    /// <param name="why">For the history.</param>
    public async Task PlanRadarAsync(DbSession session, Arrangement arrangement, Instant listedAt, string why)
    {
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = arrangement.WorkspaceId,
                Id = ids.New("eff"),
                Kind = EffectKind.Sweep,
                Operation = SweepOperation.Radar,
                Key = $"{arrangement.Id}/radar/{listedAt.ToUnixTimeMilliseconds()}",
                Lane = arrangement.ConnectionId,
                ArrangementId = arrangement.Id,
                Version = arrangement.Version,
                // Due the moment before, so that this very listing began after it.
                NotBefore = listedAt - Duration.FromMilliseconds(1),
                Payload = JsonSerializer.Serialize(new { radar = why }, Json.Stored),
                CreatedAt = clock.GetCurrentInstant(),
            }
        );
        session.AfterCommit(signal.Announce);
    }

    /// <summary>A meeting made for this arrangement whose id nobody holds: to be removed unless it was adopted meanwhile.</summary>
    public async Task GhostAsync(DbSession session, Arrangement arrangement, string meetingId)
    {
        var now = clock.GetCurrentInstant();
        var key = $"{arrangement.Id}/ghost/{meetingId}";
        // A removal that seemed to work but did not: the same intention anew. One under way is enough.
        var before = await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM effect WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id AND finished_at IS NOT NULL AND (effect_key = @key OR effect_key LIKE @again)",
            new
            {
                arrangement.WorkspaceId,
                arrangement.Id,
                key,
                again = $"{key}/%",
            }
        );
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = arrangement.WorkspaceId,
                Id = ids.New("eff"),
                Kind = GhostEffects.EffectKind,
                Operation = "remove",
                Key = before == 0 ? key : $"{key}/{before}",
                Lane = arrangement.ConnectionId,
                ArrangementId = arrangement.Id,
                Version = arrangement.Version,
                // Whoever took over may be adopting it just now.
                NotBefore = now + options.Provisioning.SettleTime,
                Payload = JsonSerializer.Serialize(new GhostPayload { MeetingId = meetingId }, Json.Stored),
                CreatedAt = now,
            }
        );
        session.AfterCommit(signal.Announce);
    }

    /// <summary>A person must look; the dashboard shows why.</summary>
    public async Task AttentionAsync(DbSession session, Arrangement arrangement, string why)
    {
        await session.ExecuteAsync(
            "UPDATE arrangement SET attention = @why, updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                why,
                now = clock.GetCurrentInstant(),
                arrangement.WorkspaceId,
                arrangement.Id,
            }
        );
        await webhooks.OfAsync(session, WebhookEventTypes.MeetingAttention, arrangement);
    }
}
