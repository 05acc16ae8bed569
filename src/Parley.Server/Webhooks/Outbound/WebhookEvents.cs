using System.Text.Json;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>
/// Tells what happened: in the transaction in which it happens the event is written once, with one delivery for each endpoint that wants
/// it. Where a workspace has no endpoint, nothing is written.
/// </summary>
public sealed class WebhookEvents(Ids ids, IClock clock, EffectSignal signal, ParleyOptions options)
{
    /// <param name="subject">What it is about: events of one subject are delivered in order.</param>
    /// <param name="data">Asked for only where somebody wants the event; null: there is nothing to tell after all.</param>
    public async Task RaiseAsync(
        DbSession session,
        string workspaceId,
        string type,
        Func<Task<(string Subject, object Data)?>> data
    )
    {
        var wanting = (
            await session.QueryAsync<WebhookEndpoint>(
                $"SELECT {WebhookEndpoint.Columns} FROM webhook_endpoint WHERE workspace_id = @workspaceId AND active = 1",
                new { workspaceId }
            )
        ).FindAll(endpoint => endpoint.Wants(type));
        if (wanting.Count == 0 || await data() is not { } told)
        {
            return;
        }

        var eventId = await WriteAsync(session, workspaceId, type, told.Data);
        foreach (var endpoint in wanting)
        {
            await DeliverAsync(session, endpoint, eventId, type, told.Subject, again: null);
        }
    }

    /// <summary>As <see cref="RaiseAsync"/>, with what an arrangement tells of its booking and meeting as they are now.</summary>
    public Task OfAsync(DbSession session, string type, Arrangement arrangement) =>
        RaiseAsync(
            session,
            arrangement.WorkspaceId,
            type,
            async () =>
                await Arrangements.FindAsync(session, arrangement.WorkspaceId, arrangement.Id) is { } now
                    // What belongs to one booking comes in order, the booking's own events and its meeting's.
                    ? (now.BookingId ?? now.Id, Told(now))
                    : null
        );

    private object Told(Arrangement arrangement) =>
        new
        {
            arrangementId = arrangement.Id,
            arrangement.BookingId,
            arrangement.ConnectionId,
            arrangement.Provider,
            meetingId = arrangement.ProviderMeetingId,
            arrangement.Subject,
            arrangement.StartsAt,
            endsAt = arrangement.IsRecurring ? (Instant?)null : arrangement.EndsAt,
            arrangement.TimeZone,
            arrangement.JoinUrl,
            doorUrl = $"{options.Origin}/j/{arrangement.DoorCode}",
            attendees = arrangement.AttendeeList.Select(person => new { person.Name, person.Email }),
            arrangement.Source,
            arrangement.Version,
            arrangement.Attention,
            reference = arrangement.Reference is { } reference
                ? JsonSerializer.Deserialize<JsonElement>(reference, Json.Stored)
                : (JsonElement?)null,
        };

    /// <summary>One event to one endpoint alone: the test button.</summary>
    /// <returns>The delivery's id.</returns>
    public async Task<string> TestAsync(DbSession session, WebhookEndpoint endpoint)
    {
        var eventId = await WriteAsync(
            session,
            endpoint.WorkspaceId,
            WebhookEventTypes.Test,
            new { message = "Parley reaches this endpoint." }
        );
        return await DeliverAsync(session, endpoint, eventId, WebhookEventTypes.Test, eventId, again: null);
    }

    /// <summary>The same event once more, after all that wait.</summary>
    /// <returns>The new delivery's id.</returns>
    internal Task<string> AgainAsync(DbSession session, WebhookEndpoint endpoint, WebhookDelivery delivery) =>
        DeliverAsync(session, endpoint, delivery.EventId, delivery.Type, delivery.Subject, again: ids.New("again"));

    private async Task<string> WriteAsync(DbSession session, string workspaceId, string type, object data)
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

    private async Task<string> DeliverAsync(
        DbSession session,
        WebhookEndpoint endpoint,
        string eventId,
        string type,
        string subject,
        string? again
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
                endpoint.WorkspaceId,
                id,
                endpointId = endpoint.Id,
                eventId,
                subject,
                now,
            }
        );
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = endpoint.WorkspaceId,
                Id = id,
                Kind = WebhookDeliveries.EffectKind,
                Operation = type,
                Key = again is null ? $"{eventId}/{endpoint.Id}" : $"{eventId}/{endpoint.Id}/{again}",
                // A slow receiver delays nobody else.
                Lane = $"webhook/{endpoint.Id}",
                Version = 1,
                NotBefore = now,
                CreatedAt = now,
            }
        );
        session.AfterCommit(signal.Announce);
        return id;
    }
}
