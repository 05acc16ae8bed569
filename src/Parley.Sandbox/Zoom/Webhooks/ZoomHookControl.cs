using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.Control;
using Parley.Sandbox.Pages;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Webhooks;

/// <summary><c>/control/zoom/webhooks</c>: where an app's events go, and what became of them; the page <c>/webhooks</c> shows the same.</summary>
internal sealed class ZoomHookControl(World world, ZoomHookPost post, SandboxOptions options)
{
    private const int Shown = 200;

    public static void Map(IEndpointRouteBuilder routes, ZoomHookControl control)
    {
        routes.MapGet("/control/zoom/webhooks", () => control.Answer());
        routes.MapPost("/control/zoom/webhooks", (Delegate)control.SetAsync);
        routes.MapPost("/control/zoom/events", (Delegate)control.RaiseAsync);
        routes.MapGet("/webhooks", control.Show);
    }

    /// <summary>The address the sandbox was started with becomes the organizers' app's, unless another was set since.</summary>
    public static void Begin(World state, SandboxOptions options)
    {
        if (options.ZoomWebhookUrl is { } url && state.Zoom.Hooks.Find(ZoomPersonas.OrganizerApp) is null)
        {
            state.Zoom.Hooks.Put(
                ZoomPersonas.OrganizerApp,
                new ZoomHook
                {
                    AppId = ZoomPersonas.OrganizerApp,
                    Url = url,
                    DeauthorizationUrl = url,
                    ValidatedAt = state.Now,
                }
            );
        }
    }

    /// <summary>
    /// <c>{"app","url","deauthorizationUrl","events":[name],"order":"asItHappened"|"reversed","secretToken"}</c>; what is left out stays, null
    /// takes an address away. A new address must prove that it holds the secret, else 409 and nothing is changed.
    /// </summary>
    private async Task<IResult> SetAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        string appId =
            body.Text("app", oneOf: [ZoomPersonas.OrganizerApp, ZoomPersonas.AccountApp, ZoomPersonas.ServerApp])
            ?? ZoomPersonas.OrganizerApp;
        string? url = Address(body, "url");
        string? deauthorization = Address(body, "deauthorizationUrl");
        (bool noUrl, bool noDeauthorization, bool allEvents) = (
            body.IsNull("url"),
            body.IsNull("deauthorizationUrl"),
            body.IsNull("events")
        );
        IReadOnlyList<string>? events = body.Texts("events");
        string? order = body.Text("order", oneOf: ["asItHappened", "reversed"]);
        string? secret = body.Text("secretToken");
        if (body.Problem() is { } problem)
        {
            return problem;
        }

        (ZoomApp app, ZoomHook hook) = world.Read(state =>
            (
                state.Zoom.Apps.Find(appId)!,
                state.Zoom.Hooks.Find(appId) ?? new ZoomHook { AppId = appId, ValidatedAt = state.Now }
            )
        );
        if (
            url is not null
            && await post.ValidateAsync(
                url,
                secret ?? app.SecretToken,
                world.Read(state => state.Now),
                context.RequestAborted
            )
                is { } why
        )
        {
            return ControlProblem.Of(StatusCodes.Status409Conflict, "not_validated", $"{url} was not accepted. {why}");
        }

        world.Change(state =>
        {
            state.Zoom.Apps.Put(appId, app with { SecretToken = secret ?? app.SecretToken });
            state.Zoom.Hooks.Put(
                appId,
                hook with
                {
                    Url = noUrl ? null : url ?? hook.Url,
                    DeauthorizationUrl = noDeauthorization ? null : deauthorization ?? hook.DeauthorizationUrl,
                    Events = allEvents ? null : events ?? hook.Events,
                    Reversed = order is null ? hook.Reversed : order == "reversed",
                    ValidatedAt = url is null ? hook.ValidatedAt : state.Now,
                    Failures = url is null ? hook.Failures : 0,
                }
            );
        });
        return Answer();
    }

    /// <summary>
    /// <c>{"event","account":e-mail,"payload":JSON as text}</c>: something happened in the user's account that the twin has no call for. Without
    /// <c>payload</c> the user is its object.
    /// </summary>
    private async Task<IResult> RaiseAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        string? name = body.Text("event", required: true);
        string? email = body.Text("account", required: true);
        JsonObject? payload = null;
        if (body.Text("payload") is { } text)
        {
            try
            {
                payload = JsonNode.Parse(text) as JsonObject;
            }
            catch (System.Text.Json.JsonException)
            {
                // Said below, as of any other text that is no object.
            }

            if (payload is null)
            {
                body.Refuse("payload", "must be the text of a JSON object");
            }
        }

        return body.Problem()
            ?? world.Change(state =>
            {
                if (state.Zoom.UserByEmail(email!) is not { } user)
                {
                    return ControlProblem.NotFound($"There is no Zoom user {email}.");
                }

                ZoomEvents.Raise(
                    state,
                    name!,
                    user.AccountId,
                    payload
                        ?? new JsonObject
                        {
                            ["account_id"] = user.AccountId,
                            ["object"] = new JsonObject { ["id"] = user.Id, ["host_id"] = user.Id },
                        }
                );
                return Results.NoContent();
            });
    }

    // Nothing here asks for a password: it must not be a way to make calls on somebody's network.
    private string? Address(ControlBody body, string field)
    {
        if (body.Text(field) is not { } text)
        {
            return null;
        }

        if (
            !Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            || uri.Scheme is not ("http" or "https")
            || uri.UserInfo.Length > 0
        )
        {
            body.Refuse(field, "must be an http or https URL");
        }
        else if (!uri.IsLoopback && text != options.ZoomWebhookUrl)
        {
            body.Refuse(field, "must be on this machine, or the address the sandbox was started with");
        }

        return text;
    }

    private IResult Answer() =>
        world.Read(state =>
            ControlJson.Answer(
                new JsonObject
                {
                    ["subscriptions"] = ControlJson.Array(
                        state
                            .Zoom.Hooks.All.OrderBy(hook => hook.AppId, StringComparer.Ordinal)
                            .Select(hook => new JsonObject
                            {
                                ["app"] = hook.AppId,
                                ["url"] = hook.Url,
                                ["deauthorizationUrl"] = hook.DeauthorizationUrl,
                                ["events"] = hook.Events is { } events ? ControlJson.Texts(events) : null,
                                ["order"] = hook.Reversed ? "reversed" : "asItHappened",
                                ["validatedAt"] = ControlJson.Time(hook.ValidatedAt),
                                ["failures"] = hook.Failures,
                                ["disabled"] = hook.Disabled,
                            })
                    ),
                    ["deliveries"] = ControlJson.Array(
                        Latest(state)
                            .Select(delivery => new JsonObject
                            {
                                ["id"] = delivery.Id,
                                ["app"] = delivery.AppId,
                                ["event"] = delivery.Name,
                                ["url"] = delivery.Url,
                                ["state"] = delivery.State,
                                ["attempts"] = delivery.Attempts,
                                ["status"] = delivery.Status,
                                ["dueAt"] = ControlJson.Time(delivery.DueAt),
                                ["body"] = delivery.Body,
                            })
                    ),
                }
            )
        );

    private IResult Show(HttpContext context) =>
        world.Read(state =>
            SandboxPage.Of<ZoomHookPage>(
                context,
                new
                {
                    Hooks = (IReadOnlyList<ZoomHook>)
                        [.. state.Zoom.Hooks.All.OrderBy(hook => hook.AppId, StringComparer.Ordinal)],
                    Deliveries = Latest(state),
                }
            )
        );

    private static IReadOnlyList<ZoomDelivery> Latest(World state) =>
        [.. state.Zoom.Deliveries.All.OrderByDescending(delivery => delivery.Id, StringComparer.Ordinal).Take(Shown)];
}
