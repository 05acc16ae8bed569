using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;
using Parley.Sandbox.Zoom.Webhooks;

namespace Parley.Sandbox.Zoom;

/// <summary>The one place where the twin says that something happened which webhooks tell of (reference §7).</summary>
internal static class ZoomEvents
{
    /// <summary>Goes to the deauthorization address; its <c>event_ts</c> is inside the payload, as text (reference §1.7).</summary>
    public const string AppDeauthorized = "app_deauthorized";

    /// <summary>A user waits for an administrator; its <c>event_ts</c> is text (reference §7).</summary>
    public const string AuthorizationRequested = "app.authorization_request_created";

    /// <summary>Longer than any retry: retries end after 85 minutes.</summary>
    private static readonly Duration Kept = Duration.FromDays(7);

    /// <summary>Compact, non-ASCII unescaped: receivers that serialise the parsed body again must come to the same bytes.</summary>
    private static readonly JsonSerializerOptions Spelling = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Puts an event in the queue, within the transaction that made it happen.</summary>
    /// <param name="state">The world.</param>
    /// <param name="name">As on the wire, e.g. <c>meeting.started</c>.</param>
    /// <param name="accountId">Whose account it happened in.</param>
    /// <param name="payload">The <c>payload</c> of the body, whole.</param>
    /// <param name="appId">The only app to be told; null: every app authorised in the account.</param>
    /// <param name="envelope">Fields at the top of the body where an event has its own.</param>
    /// <param name="userId">Whose it is, where the payload does not name them.</param>
    public static ZoomEvent Raise(
        World state,
        string name,
        string accountId,
        JsonObject payload,
        string? appId = null,
        JsonObject? envelope = null,
        string? userId = null
    )
    {
        Instant now = state.Now;
        state.Zoom.Events.RemoveWhere(old => old.At < now - Kept);
        long number = state.Zoom.Events.All.Select(one => one.Number).DefaultIfEmpty().Max() + 1;
        ZoomEvent happened = state.Zoom.Events.Put(
            number.ToString("000000000000", CultureInfo.InvariantCulture),
            new ZoomEvent
            {
                Number = number,
                Name = name,
                At = now,
                AccountId = accountId,
                AppId = appId,
                UserId = userId,
                Payload = payload.ToJsonString(Spelling),
                Envelope = envelope?.ToJsonString(Spelling),
            }
        );
        ZoomHookQueue.Plan(state, happened);
        return happened;
    }
}
