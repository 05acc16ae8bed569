using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Webhooks;

/// <summary>Which addresses an event goes to, and its body; and what becomes of an answer.</summary>
internal static class ZoomHookQueue
{
    /// <summary>What a fault calls a delivery.</summary>
    public const string Operation = "webhook";

    /// <summary>After a failure on the receiver's side or on the way; after the last of them nothing more comes.</summary>
    private static readonly Duration[] Repetitions =
    [
        Duration.FromMinutes(5),
        Duration.FromMinutes(20),
        Duration.FromMinutes(60),
    ];
    private const int Kept = 2000;

    private static readonly JsonSerializerOptions Spelling = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new System.Text.Json.Serialization.Metadata.DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Puts an event in the queues of those who are told of it, within the transaction that made it happen.</summary>
    public static void Plan(World state, ZoomEvent happened)
    {
        foreach (ZoomHook hook in state.Zoom.Hooks.All.OrderBy(hook => hook.AppId, StringComparer.Ordinal).ToList())
        {
            string? url = happened.Name == ZoomEvents.AppDeauthorized ? hook.DeauthorizationUrl : hook.Url;
            if (
                url is null
                || hook.Disabled
                || state.Zoom.Apps.Find(hook.AppId) is not { } app
                || !IsTold(state, app, hook, happened)
            )
            {
                continue;
            }

            string id = string.Create(CultureInfo.InvariantCulture, $"{happened.Number:000000000000}-{app.Id}");
            state.Zoom.Deliveries.Put(
                id,
                new ZoomDelivery
                {
                    Id = id,
                    AppId = app.Id,
                    Url = url,
                    Name = happened.Name,
                    Body = BodyOf(happened),
                    State = ZoomDeliveryState.Waiting,
                    DueAt = happened.At,
                    RaisedAt = happened.At,
                }
            );
        }

        if (state.Zoom.Deliveries.Count > Kept)
        {
            HashSet<string> old =
            [
                .. state
                    .Zoom.Deliveries.All.Where(delivery => delivery.State != ZoomDeliveryState.Waiting)
                    .OrderBy(delivery => delivery.Id, StringComparer.Ordinal)
                    .Take(state.Zoom.Deliveries.Count - Kept)
                    .Select(delivery => delivery.Id),
            ];
            state.Zoom.Deliveries.RemoveWhere(delivery => old.Contains(delivery.Id));
        }
    }

    /// <summary>What is due now, in the order in which it is sent.</summary>
    public static IReadOnlyList<ZoomDelivery> Due(World state) =>
        [
            .. state
                .Zoom.Deliveries.All.Where(delivery =>
                    delivery.State == ZoomDeliveryState.Waiting && delivery.DueAt <= state.Now
                )
                .GroupBy(delivery => delivery.AppId, StringComparer.Ordinal)
                .SelectMany(of =>
                    state.Zoom.Hooks.Find(of.Key)?.Reversed == true
                        ? of.OrderByDescending(delivery => delivery.Id, StringComparer.Ordinal)
                        : of.OrderBy(delivery => delivery.Id, StringComparer.Ordinal)
                ),
        ];

    /// <param name="status">Of the answer; 0: there was none, or not in time.</param>
    public static ZoomDelivery Answered(ZoomDelivery delivery, int status, Instant now)
    {
        ZoomDelivery sent = delivery with { Attempts = delivery.Attempts + 1, Status = status, SentAt = now };
        return status is 200 or 204 ? sent with { State = ZoomDeliveryState.Delivered }
            : status is > 0 and < 500 ? sent with { State = ZoomDeliveryState.Refused }
            : sent.Attempts > Repetitions.Length ? sent with { State = ZoomDeliveryState.GivenUp }
            : sent with { DueAt = now + Repetitions[sent.Attempts - 1] };
    }

    // Users' own apps hear of the users who added them, an administrator's app of everyone in the account.
    private static bool IsTold(World state, ZoomApp app, ZoomHook hook, ZoomEvent happened)
    {
        if (happened.AppId is { } only)
        {
            return only == app.Id;
        }

        if (
            !ZoomScopes.Hears(app.Scopes, happened.Name)
            || (hook.Events is { } events && !events.Contains(happened.Name, StringComparer.Ordinal))
        )
        {
            return false;
        }

        List<ZoomUser> added =
        [
            .. state
                .Zoom.Installs.All.Where(install => install.AppId == app.Id)
                .Select(install => state.Zoom.Users.Find(install.UserId))
                .OfType<ZoomUser>()
                .Where(user => user.AccountId == happened.AccountId),
        ];
        return app.Kind switch
        {
            ZoomAppKind.ServerToServer => app.AccountId == happened.AccountId,
            ZoomAppKind.Admin => added.Count > 0,
            _ => added.Exists(user => user.Id == UserOf(happened)),
        };
    }

    private static string? UserOf(ZoomEvent happened)
    {
        if (happened.UserId is { } known)
        {
            return known;
        }

        JsonNode? about = JsonNode.Parse(happened.Payload)?["object"];
        return (
            happened.Name.StartsWith("user.", StringComparison.Ordinal) ? about?["id"] : about?["host_id"]
        )?.ToString();
    }

    private static string BodyOf(ZoomEvent happened)
    {
        JsonObject body = new() { ["event"] = happened.Name };
        if (happened.Envelope is { } envelope)
        {
            foreach ((string name, JsonNode? value) in JsonNode.Parse(envelope)!.AsObject())
            {
                body[name] = value?.DeepClone();
            }
        }
        else if (happened.Name != ZoomEvents.AppDeauthorized)
        {
            body["event_ts"] = happened.At.ToUnixTimeMilliseconds();
        }

        body["payload"] = JsonNode.Parse(happened.Payload);
        return body.ToJsonString(Spelling);
    }
}
