using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.Webhooks;

namespace Parley.Sandbox.Control;

/// <summary><c>/control/faults</c>: scripts of what goes wrong.</summary>
internal sealed class FaultEndpoints(World world, LateCalls lateCalls)
{
    private static readonly string[] ErrorKinds =
    [
        FaultKinds.FailBefore,
        FaultKinds.ApplyThenFail,
        FaultKinds.ApplyLate,
        FaultKinds.Html,
        FaultKinds.RateLimit,
    ];

    private static readonly string[] DelayKinds =
    [
        FaultKinds.DelayBefore,
        FaultKinds.ApplyThenDelay,
        FaultKinds.ApplyLate,
        FaultKinds.ListLag,
    ];

    public static void Map(IEndpointRouteBuilder routes, FaultEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/control/faults");
        group.MapPost("", (Delegate)endpoints.AddAsync);
        group.MapGet("", endpoints.List);
        group.MapDelete("", endpoints.Clear);
        group.MapDelete("/{id}", endpoints.Remove);
    }

    private async Task<IResult> AddAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        string provider = ProviderField.Read(body);
        string? operation = body.Text("operation", required: true, oneOf: WireProvider.ForFaults(provider));
        string? kind = body.Text("kind", required: true, oneOf: [.. FaultKinds.Built, .. FaultKinds.Webhooks]);
        bool isWebhook = FaultKinds.Webhooks.Contains(kind, StringComparer.Ordinal);
        if (operation is not null && kind is not null && isWebhook != (operation == ZoomHookQueue.Operation))
        {
            body.Refuse(
                "kind",
                $"{string.Join(" and ", FaultKinds.Webhooks)} are the faults of {ZoomHookQueue.Operation}, and of nothing else"
            );
        }

        if (isWebhook && provider == ProviderField.GoTo)
        {
            return ControlProblem.NotSupported($"The fault kind {kind} is for webhooks, and GoTo Meeting has none.");
        }

        Fault fault = new()
        {
            Id = "",
            Provider = provider,
            Operation = operation ?? "",
            Kind = kind ?? "",
            // 0 = until it is removed; a standing limit and a lag have no number of calls.
            Left = body.Whole("times", 0, int.MaxValue) switch
            {
                0 => null,
                { } times => times,
                null => kind is FaultKinds.ListLag || body.Has("perSecond") || body.Has("perDay") ? null : 1,
            },
            Status = body.Whole("status", 200, 599),
            Body = body.TextOrEmpty("body"),
            DelayMs = body.Whole("delayMs", 0, 24 * 3600 * 1000),
            Match = body.Text("match"),
            RetryAfterSeconds = body.Whole("retryAfterSeconds", 0, 24 * 3600),
            PerSecond = body.Whole("perSecond", 0, 1_000_000),
            PerDay = body.Whole("perDay", 0, 1_000_000),
            Seed = body.Whole("seed", int.MinValue, int.MaxValue),
            Probability = body.Fraction("probability") ?? (body.Has("seed") ? 0.5 : 1),
        };
        CheckFit(body, fault);
        return body.Problem() ?? Add(fault);
    }

    /// <summary>A field that the kind would ignore is a misunderstanding; better said than swallowed.</summary>
    private static void CheckFit(ControlBody body, Fault fault)
    {
        void OnlyFor(string field, params string[] kinds)
        {
            if (body.Has(field) && !kinds.Contains(fault.Kind, StringComparer.Ordinal))
            {
                body.Refuse(field, $"has no meaning for {fault.Kind}");
            }
        }

        OnlyFor("status", ErrorKinds);
        OnlyFor("body", ErrorKinds);
        OnlyFor("delayMs", DelayKinds);
        OnlyFor("retryAfterSeconds", FaultKinds.RateLimit);
        OnlyFor("perSecond", FaultKinds.RateLimit);
        OnlyFor("perDay", FaultKinds.RateLimit);
        if (fault.PerSecond is not null && fault.PerDay is not null)
        {
            body.Refuse("perDay", "or perSecond: send one of them");
        }

        IReadOnlyList<string> lists = WireProvider.Lists(fault.Provider);
        if (fault.Kind == FaultKinds.ListLag && !lists.Contains(fault.Operation, StringComparer.Ordinal))
        {
            body.Refuse("operation", $"must be one of {string.Join(", ", lists)} for listLag");
        }

        if (fault.Kind == FaultKinds.RotateAndDrop && fault.Operation != "oauth.refresh")
        {
            body.Refuse("operation", "must be oauth.refresh for rotateAndDrop");
        }
    }

    private IResult Add(Fault fault) =>
        world.Change(state => ControlJson.Answer(ControlJson.Fault(Put(state, fault)), StatusCodes.Status201Created));

    /// <summary>Keeps a fault under the next number; ids sort in the order they were added.</summary>
    public static Fault Put(World state, Fault fault)
    {
        int last = state
            .Faults.All.Select(known => int.Parse(known.Id.AsSpan(1), CultureInfo.InvariantCulture))
            .DefaultIfEmpty()
            .Max();
        string id = string.Create(CultureInfo.InvariantCulture, $"f{last + 1:000000}");
        return state.Faults.Put(id, fault with { Id = id, Mark = Secrets.Text(9) });
    }

    private IResult List() =>
        world.Read(state =>
            ControlJson.Answer(
                new JsonObject
                {
                    ["items"] = ControlJson.Array(
                        state.Faults.All.OrderBy(fault => fault.Id, StringComparer.Ordinal).Select(ControlJson.Fault)
                    ),
                    ["late"] = ControlJson.Array(
                        lateCalls
                            .Waiting()
                            .Select(late =>
                                (JsonNode)
                                    new JsonObject
                                    {
                                        ["operation"] = late.Operation,
                                        ["dueAt"] = ControlJson.Time(late.Due),
                                    }
                            )
                    ),
                }
            )
        );

    private IResult Clear()
    {
        world.Change(state => state.Faults.RemoveWhere(_ => true));
        return Results.NoContent();
    }

    private IResult Remove(string id) =>
        world.Change(state => state.Faults.Remove(id))
            ? Results.NoContent()
            : ControlProblem.NotFound($"There is no fault {id}.");
}
