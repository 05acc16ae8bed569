using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>
/// Tells what happened: in the transaction in which it happens the event is written once, with one delivery for each endpoint that wants
/// it. Where nobody in a workspace wants it, nothing is written.
/// </summary>
public sealed class WebhookEvents(OutboundQueue queue, IEnumerable<IEventListener> listeners, ParleyOptions options)
{
    private readonly IReadOnlyList<IEventListener> _listeners = [.. listeners];

    /// <param name="data">Asked for only where somebody wants the event; null: there is nothing to tell after all.</param>
    public async Task RaiseAsync(
        DbSession session,
        string workspaceId,
        string type,
        Func<Task<(string Subject, object Data)?>> data
    )
    {
        var raised = new RaisedEvent(queue, session, workspaceId, type, data);
        var wanting = (
            await session.QueryAsync<WebhookEndpoint>(
                $"SELECT {WebhookEndpoint.Columns} FROM webhook_endpoint WHERE workspace_id = @workspaceId AND active = 1",
                new { workspaceId }
            )
        ).FindAll(endpoint => endpoint.Wants(type));
        if (wanting.Count > 0 && await raised.TellAsync() is { } told)
        {
            foreach (var endpoint in wanting)
            {
                await queue.DeliverAsync(session, Of(endpoint), await raised.IdAsync(), type, told.Subject);
            }
        }

        foreach (var listener in _listeners)
        {
            await listener.HearAsync(session, raised);
        }
    }

    /// <summary>As <see cref="RaiseAsync"/>, with what an arrangement tells of its booking and meeting as they are now.</summary>
    /// <param name="more">Further members beside those.</param>
    public Task OfAsync(DbSession session, string type, Arrangement arrangement, object? more = null) =>
        RaiseAsync(
            session,
            arrangement.WorkspaceId,
            type,
            async () =>
                await Arrangements.FindAsync(session, arrangement.WorkspaceId, arrangement.Id) is { } now
                    // What belongs to one booking comes in order, the booking's own events and its meeting's.
                    ? (now.BookingId ?? now.Id, With(Told(now), more))
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

    private static object With(object told, object? more)
    {
        if (more is null)
        {
            return told;
        }

        var together = JsonSerializer.SerializeToNode(told, Json.Api)!.AsObject();
        foreach (
            var (name, value) in JsonSerializer.SerializeToNode(more, more.GetType(), Json.Api)!.AsObject().ToList()
        )
        {
            together[name] = value?.DeepClone();
        }

        return together;
    }

    /// <summary>One event to one endpoint alone: the test button.</summary>
    /// <returns>The delivery's id.</returns>
    public async Task<string> TestAsync(DbSession session, WebhookEndpoint endpoint)
    {
        var eventId = await queue.WriteAsync(
            session,
            endpoint.WorkspaceId,
            WebhookEventTypes.Test,
            new { message = "Parley reaches this endpoint." }
        );
        return await queue.DeliverAsync(session, Of(endpoint), eventId, WebhookEventTypes.Test, eventId);
    }

    /// <summary>The same event once more, after all that wait.</summary>
    /// <returns>The new delivery's id.</returns>
    internal Task<string> AgainAsync(DbSession session, WebhookEndpoint endpoint, WebhookDelivery delivery) =>
        queue.DeliverAsync(session, Of(endpoint), delivery.EventId, delivery.Type, delivery.Subject, again: true);

    private static Recipient Of(WebhookEndpoint endpoint) =>
        new(endpoint.WorkspaceId, endpoint.Id, WebhookDeliveries.EffectKind);
}
