using System.Text.Json;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>
/// Disconnects an account as soon as nothing is left to be done with it: meetings given to other hosts are still to be removed there,
/// which takes the very permission that is to end. After a day it ends all the same.
/// </summary>
public sealed class Retirements(Db db, Ids ids, IClock clock, ConnectionLifecycle lifecycle, EffectSignal signal)
    : IEffectHandler
{
    public const string EffectKind = "retirement";
    private static readonly Duration Look = Duration.FromSeconds(10);
    private static readonly Duration Patience = Duration.FromDays(1);

    public string Kind => EffectKind;

    public async Task PlanAsync(DbSession session, string workspaceId, string connectionId)
    {
        var now = clock.GetCurrentInstant();
        var id = ids.New("eff");
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = workspaceId,
                Id = id,
                Kind = EffectKind,
                Operation = "disconnect",
                Key = $"{connectionId}/retirement/{id}",
                // Not the connection's own lane: it waits for that.
                Lane = $"retirement/{connectionId}",
                Version = 1,
                NotBefore = now,
                Payload = JsonSerializer.Serialize(new Retiring(connectionId), Json.Stored),
                CreatedAt = now,
            }
        );
        session.AfterCommit(signal.Announce);
    }

    public async Task<EffectOutcome> SendAsync(Effect effect, CancellationToken cancellationToken)
    {
        var connectionId = JsonSerializer.Deserialize<Retiring>(effect.Payload!, Json.Stored)!.ConnectionId;
        var now = clock.GetCurrentInstant();
        var left = await db.ReadAsync(
            session =>
                session.ScalarAsync<long>(
                    "SELECT COUNT(*) FROM effect WHERE workspace_id = @WorkspaceId AND lane = @connectionId AND kind IN ('meeting', 'ghost') AND finished_at IS NULL",
                    new { effect.WorkspaceId, connectionId }
                ),
            cancellationToken
        );
        if (left > 0 && now < effect.CreatedAt + Patience)
        {
            return new EffectOutcome
            {
                State = EffectState.Planned,
                Code = "in_use",
                Detail = $"{left} calls are still to be made with it.",
                NotBefore = now + Look,
            };
        }

        var ended = await lifecycle.DisconnectAsync(effect.WorkspaceId, connectionId, force: true, cancellationToken);
        return new EffectOutcome
        {
            State = EffectState.Applied,
            Code = ended.Problem?.Code.Code,
            Detail = ended.Problem?.Detail,
        };
    }

    /// <summary>Disconnecting twice is disconnecting once.</summary>
    public Task<EffectOutcome> ReconcileAsync(Effect effect, CancellationToken cancellationToken) =>
        SendAsync(effect, cancellationToken);

    private sealed record Retiring(string ConnectionId);
}
