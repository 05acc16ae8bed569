using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom;

/// <summary>Lets a call through or refuses it, after its token is known and before its scopes are looked at; may add headers to the answer.</summary>
internal interface IZoomGate
{
    /// <summary>The refusal; null lets the call through and counts it.</summary>
    IResult? Refuse(ZoomRequest request);
}

/// <summary>
/// The frame of every call under <c>/zoom/v2</c>: token, limits, scopes, JSON, then the endpoint, all in one transaction of the world.
/// </summary>
internal sealed class ZoomApi(World world, IEnumerable<IZoomGate> gates)
{
    public const string Prefix = "/zoom/v2";

    private readonly IZoomGate[] gates = [.. gates];

    /// <summary>Serves an operation at its path.</summary>
    public void Map(IEndpointRouteBuilder routes, ZoomOperation operation, Func<ZoomRequest, IResult> answer) =>
        routes.MapMethods(
            $"{Prefix}/{operation.Template}",
            [operation.Method],
            context => AnswerAsync(context, operation, answer)
        );

    private Task AnswerAsync(HttpContext context, ZoomOperation operation, Func<ZoomRequest, IResult> answer)
    {
        context.Response.Headers["x-zm-trackingid"] = $"v=2.0;clid=sandbox;rid=WEB_{Secrets.Text(12)}";
        IResult result = world.Change(state =>
        {
            (ZoomCaller? caller, IResult? refusal) = ZoomBearer.Caller(state, context);
            if (caller is null)
            {
                return refusal!;
            }

            ZoomRequest request = new()
            {
                State = state,
                Context = context,
                Caller = caller,
                Operation = operation,
                Reach = ZoomScopes.Reach(operation, caller.Scopes),
            };
            foreach (IZoomGate gate in gates)
            {
                if (gate.Refuse(request) is { } tooMany)
                {
                    return tooMany;
                }
            }

            if (request.Reach == ZoomReach.None)
            {
                return ZoomErrors.Scopes(ZoomScopes.Missing(operation, caller.App));
            }

            if (!TryBody(WireCall.Of(context).Body, out JsonObject? body))
            {
                return ZoomErrors.Of(
                    StatusCodes.Status400BadRequest,
                    300,
                    "Request Body should be a valid JSON object."
                );
            }

            return answer(request with { Body = body });
        });
        return result.ExecuteAsync(context);
    }

    private static bool TryBody(string text, out JsonObject body)
    {
        body = [];
        if (string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        try
        {
            if (JsonNode.Parse(text) is JsonObject sent)
            {
                body = sent;
                return true;
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return false;
    }
}

/// <summary>One call at the API, its token and scopes found good.</summary>
internal sealed record ZoomRequest
{
    /// <summary>The world, under its lock; the call is one transaction.</summary>
    public required World State { get; init; }
    public required HttpContext Context { get; init; }
    public required ZoomCaller Caller { get; init; }
    public required ZoomOperation Operation { get; init; }

    /// <summary>Whom the scopes reach.</summary>
    public required ZoomReach Reach { get; init; }

    /// <summary>The JSON body; empty when there was none.</summary>
    public JsonObject Body { get; init; } = [];

    public ZoomTables Zoom => State.Zoom;

    public ZoomSwitches Switches => State.Zoom.Switches;

    /// <summary>A part of the path, unescaped once by the server.</summary>
    public string Route(string name) => Context.Request.RouteValues[name] as string ?? "";

    /// <summary>A query parameter; null when it was not sent or is empty.</summary>
    public string? Query(string name) =>
        Context.Request.Query.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues value)
        && value.ToString() is { Length: > 0 } text
            ? text
            : null;

    /// <summary>
    /// The user a call is about, by <c>me</c>, id or e-mail. User-level scopes reach the own user only; <c>:admin</c> ones the account.
    /// </summary>
    public (ZoomUser? User, IResult? Refusal) User(string who)
    {
        if (who == "me")
        {
            return Me();
        }

        ZoomUser? user = Zoom.Users.Find(who) ?? Zoom.UserByEmail(who);
        if (Reach != ZoomReach.Account && (user is null || user.Id != Caller.User?.Id))
        {
            return (null, ZoomErrors.Scopes(ZoomScopes.Missing(Operation, Caller.App, others: true)));
        }

        return user is not null && user.AccountId == Caller.Account.Id && user.Status != ZoomUserStatus.Pending
            ? (user, null)
            : (null, ZoomErrors.UserUnknown(who));
    }

    private (ZoomUser?, IResult?) Me()
    {
        if (Caller.User is not null)
        {
            return (Caller.User, null);
        }

        ZoomUser? owner =
            Switches.ServerToServerMe == "owner"
                ? Zoom.UsersOf.Of(Caller.Account.Id).FirstOrDefault(user => user.RoleId == "0")
                : null;
        return owner is null ? (null, ZoomErrors.UserUnknown("me")) : (owner, null);
    }

    /// <summary>Whether the caller may act on what belongs to this host: their own, or the account's with <c>:admin</c>.</summary>
    public bool Reaches(ZoomUser host) =>
        host.AccountId == Caller.Account.Id && (Reach == ZoomReach.Account || host.Id == Caller.User?.Id);
}
