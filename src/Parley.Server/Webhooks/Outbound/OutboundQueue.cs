using System.Text.Json;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>Whom an event goes to.</summary>
/// <param name="Id">An endpoint's or a write-back's.</param>
/// <param name="Kind">Of the effects that carry it out.</param>
internal sealed record Recipient(string WorkspaceId, string Id, string Kind)
{
    /// <summary>A slow receiver delays nobody else.</summary>
    public string Lane => $"{Kind}/{Id}";
}

/// <summary>Events as they are told, written once, and their deliveries, one for each recipient.</summary>
public sealed class OutboundQueue(Ids ids, IClock clock, EffectSignal signal)
{
    /// <returns>The event's id.</returns>
    internal async Task<string> WriteAsync(DbSession session, string workspaceId, string type, object data)
    {
        var now = clock.GetCurrentInstant();
        var id = ids.New("msg");
        await session.ExecuteAsync(
            "INSERT INTO webhook_event (workspace_id, id, type, body, created_at) VALUES (@workspaceId, @id, @type, @body, @now)",
            new
            {
                workspaceId,
                id,
                type,
                body = JsonSerializer.Serialize(
                    new
                    {
                        type,
                        timestamp = now,
                        data,
                    },
                    Json.Api
                ),
                now,
            }
        );
        return id;
    }

    /// <param name="again">The same event to the same recipient once more.</param>
    /// <returns>The delivery's id.</returns>
    internal async Task<string> DeliverAsync(
        DbSession session,
        Recipient recipient,
        string eventId,
        string type,
        string subject,
        bool again = false
    )
    {
        var now = clock.GetCurrentInstant();
        var id = ids.New("eff");
        await session.ExecuteAsync(
            """
            INSERT INTO webhook_delivery (workspace_id, id, endpoint_id, event_id, subject, place, created_at)
            VALUES (@WorkspaceId, @id, @endpointId, @eventId, @subject,
                (SELECT COALESCE(MAX(d.place), 0) + 1 FROM webhook_delivery d WHERE d.workspace_id = @WorkspaceId AND d.endpoint_id = @endpointId AND d.subject = @subject), @now)
            """,
            new
            {
                recipient.WorkspaceId,
                id,
                endpointId = recipient.Id,
                eventId,
                subject,
                now,
            }
        );
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = recipient.WorkspaceId,
                Id = id,
                Kind = recipient.Kind,
                Operation = type,
                Key = again ? $"{eventId}/{recipient.Id}/{ids.New("again")}" : $"{eventId}/{recipient.Id}",
                Lane = recipient.Lane,
                Version = 1,
                NotBefore = now,
                CreatedAt = now,
            }
        );
        session.AfterCommit(signal.Announce);
        return id;
    }
}
