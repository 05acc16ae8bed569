using System.ComponentModel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
using Parley.Server.Budget;
using Parley.Server.Connections.Diagnosis;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

internal static class ConnectionsApi
{
    public static void MapConnectionsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/v1/connections")
            .WithTags("Connections")
            .KeepWithinReach("id", OwnedThing.Connection, ConnectionProblems.NotFound);
        group
            .MapPost("/", StartAsync)
            .RequireScope("connections:write")
            .WithName("createConnection")
            .CallsProvider()
            .WithSummary(
                "A pending connection and the page on which a person connects their account; with a server-to-server app a connected one, at once."
            )
            .Accepts<ConnectRequest>("application/json")
            .Produces<ConnectReply>(201)
            .ProducesProblem(400)
            .ProducesProblem(409)
            .WithIdempotency(new IdempotencyRules { Rebuild = ConnectionRepeats.StartedAsync });
        group
            .MapGet("/", ListAsync)
            .RequireScope("connections:read")
            .WithName("listConnections")
            .WithSummary("The workspace's connections, oldest first.")
            .Produces<Page<ConnectionView>>()
            .ProducesProblem(400);
        group
            .MapGet("/{id}", GetAsync)
            .RequireScope("connections:read")
            .WithName("getConnection")
            .WithSummary("One connection; an id that was merged into another answers with that other.")
            .Produces<ConnectionView>()
            .ProducesProblem(404);
        group
            .MapPost("/{id}/test", TestAsync)
            .RequireScope("connections:write")
            .WithIdempotency(IdempotencyRules.ReplyKept)
            .WithName("testConnection")
            .WithSummary("Tries the connection and says for each step what to do if it did not work.")
            .Produces<CheckReport>()
            .ProducesProblem(404);
        group
            .MapPost("/{id}/refresh", RefreshAsync)
            .RequireScope("connections:write")
            .WithIdempotency(ConnectionRepeats.Changed)
            .CallsProvider()
            .WithName("refreshConnection")
            .WithSummary("A new access token now; does not move connectionExpiresAt.")
            .Produces<ConnectionView>()
            .ProducesProblem(404)
            .ProducesProblem(409)
            .ProducesProblem(503);
        group
            .MapPost("/{id}/reconnect", ReconnectAsync)
            .RequireScope("connections:write")
            .WithIdempotency(ConnectionRepeats.Reconnecting)
            .WithName("reconnectConnection")
            .CallsProvider()
            .WithSummary(
                "A new connect link for a connection there is; keeps its id, meetings and bookings. With a server-to-server app it is renewed at once."
            )
            .Produces<ConnectReply>()
            .ProducesProblem(404)
            .ProducesProblem(409);
        group
            .MapPost("/{id}/approval-requested", ApprovalRequestedAsync)
            .RequireScope("connections:write")
            .WithIdempotency(ConnectionRepeats.Changed)
            .WithName("markApprovalRequested")
            .WithSummary("An administrator of the provider account was asked to approve Parley.")
            .Produces<ConnectionView>()
            .ProducesProblem(404)
            .ProducesProblem(409);
        group
            .MapDelete("/{id}", DisconnectAsync)
            .RequireScope("connections:write")
            .WithName("disconnectConnection")
            .WithSummary(
                "Revokes at the provider and erases the tokens; 409 with the count while meetings to come depend on it."
            )
            .Produces(204)
            .ProducesProblem(404)
            .ProducesProblem(409);
        group
            .MapGet("/{id}/log", LogAsync)
            .RequireScope("connections:read")
            .WithName("listConnectionOperations")
            .WithSummary("What was called on the connection and what came of it, newest first; no secrets.")
            .WithMetadata(
                new QueryParameter("operation", "Of one operation alone, by its name in the log."),
                new QueryParameter("outcome", "ok or failed.")
            )
            .Produces<Page<OperationView>>()
            .ProducesProblem(404);
    }

    private static async Task<IResult> StartAsync(
        HttpContext context,
        ConnectLinks links,
        ServerToServerConnect direct,
        ConnectionDirectory directory,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadAsync<ConnectRequest>(context);
        if (body.Problem is { } malformed)
        {
            return malformed.ToResult();
        }

        var caller = Caller.Of(context);
        Func<DbSession, string, Task>? also = IdempotencyClaim.Of(context) is { } claim
            ? (session, id) => claim.CommitAsync(session, 201, id, Location(id))
            : null;
        if (
            await direct.StartAsync(caller, body.Value.Provider, body.Value.Purpose, also, cancellationToken) is
            { } atOnce
        )
        {
            return await ReplyAsync(context, directory, atOnce, 201);
        }

        var answer = await links.StartAsync(
            caller,
            body.Value.Provider,
            body.Value.Purpose,
            body.Value.RedirectUri,
            also,
            cancellationToken
        );
        if (answer.Problem is { } problem)
        {
            return problem.ToResult();
        }

        context.Response.Headers.Location = Location(answer.Value.ConnectionId);
        return Reply(answer.Value, ConnectionStatus.Pending, 201);
    }

    private static Task<IResult> ListAsync(
        HttpContext context,
        ConnectionDirectory directory,
        ConnectionBudgets budgets,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        return list.AnswerAsync(async () =>
        {
            var page = await directory.PageAsync(Caller.Of(context), list.After, list.Limit, cancellationToken);
            var spent = await budgets.OfAsync(page.Items, cancellationToken);
            return page.Select(entry => ConnectionView.Of(entry, spent.GetValueOrDefault(entry.Id)));
        });
    }

    private static async Task<IResult> GetAsync(
        HttpContext context,
        string id,
        ConnectionDirectory directory,
        ConnectionBudgets budgets,
        CancellationToken cancellationToken
    ) =>
        await directory.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is { } entry
            ? Results.Json(ConnectionView.Of(entry, await budgets.OfAsync(entry, cancellationToken)), Json.Api)
            : ConnectionProblems.NotFound().ToResult();

    private static async Task<IResult> TestAsync(
        HttpContext context,
        string id,
        ConnectionChecks checks,
        CancellationToken cancellationToken
    )
    {
        var report = await checks.TestAsync(Caller.Of(context).WorkspaceId, id, cancellationToken);
        return report.Problem is { } problem ? problem.ToResult() : Results.Json(report.Value, Json.Api);
    }

    private static async Task<IResult> RefreshAsync(
        HttpContext context,
        string id,
        ConnectionLifecycle lifecycle,
        ConnectionBudgets budgets,
        CancellationToken cancellationToken
    ) =>
        await ReplyAsync(
            await lifecycle.RefreshAsync(Caller.Of(context).WorkspaceId, id, cancellationToken),
            budgets,
            cancellationToken
        );

    private static async Task<IResult> ReconnectAsync(
        HttpContext context,
        string id,
        ConnectLinks links,
        ServerToServerConnect direct,
        ConnectionDirectory directory,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        if (
            await directory.FindAsync(workspaceId, id, cancellationToken) is { } known
            && await direct.AgainAsync(known, cancellationToken) is { } atOnce
        )
        {
            return await ReplyAsync(context, directory, atOnce, 200);
        }

        var answer = await links.ReissueAsync(workspaceId, id, cancellationToken);
        if (answer.Problem is { } problem)
        {
            return problem.ToResult();
        }

        var entry = await directory.FindAsync(workspaceId, answer.Value.ConnectionId, cancellationToken);
        return Reply(answer.Value, entry!.Status, 200);
    }

    private static async Task<IResult> ApprovalRequestedAsync(
        HttpContext context,
        string id,
        ConnectionLifecycle lifecycle,
        ConnectionBudgets budgets,
        CancellationToken cancellationToken
    ) =>
        await ReplyAsync(
            await lifecycle.ApprovalRequestedAsync(Caller.Of(context).WorkspaceId, id, cancellationToken),
            budgets,
            cancellationToken
        );

    private static async Task<IResult> DisconnectAsync(
        HttpContext context,
        string id,
        [Description("Also while meetings to come depend on the connection.")] bool? force,
        ConnectionLifecycle lifecycle,
        CancellationToken cancellationToken
    )
    {
        var answer = await lifecycle.DisconnectAsync(
            Caller.Of(context).WorkspaceId,
            id,
            force ?? false,
            cancellationToken
        );
        return answer.Problem is { } problem ? problem.ToResult() : Results.NoContent();
    }

    private static async Task<IResult> LogAsync(
        HttpContext context,
        string id,
        ConnectionDirectory directory,
        OperationLog log,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        var list = ListRequest.Read(context);
        var outcome = list.Text("outcome");
        if (outcome is not (null or "ok" or "failed"))
        {
            list.Errors.Add("outcome", "must be ok or failed");
        }

        if (list.Errors.Any)
        {
            return list.Errors.ToProblem().ToResult();
        }

        if (await directory.FindAsync(workspaceId, id, cancellationToken) is not { } entry)
        {
            return ConnectionProblems.NotFound().ToResult();
        }

        var page = await log.PageAsync(
            workspaceId,
            entry.Id,
            new OperationFilter(list.Text("operation"), outcome is null ? null : outcome == "ok"),
            list.After,
            list.Limit,
            cancellationToken
        );
        return Results.Json(
            new Page<OperationView>(
                page.Items.Select(item => new OperationView(
                        item.Id,
                        item.At,
                        item.Operation,
                        item.Outcome,
                        item.HttpStatus,
                        item.DurationMs,
                        item.Detail
                    ))
                    .ToList(),
                page.NextCursor
            ),
            Json.Api
        );
    }

    /// <summary>Connected without anybody's consent.</summary>
    private static async Task<IResult> ReplyAsync(
        HttpContext context,
        ConnectionDirectory directory,
        Answer<LinkedAccount> answer,
        int statusCode
    )
    {
        if (answer.Problem is { } problem)
        {
            return problem.ToResult();
        }

        var id = answer.Value.ConnectionId;
        var entry = await directory.FindAsync(Caller.Of(context).WorkspaceId, id, context.RequestAborted);
        if (statusCode == 201)
        {
            context.Response.Headers.Location = Location(id);
        }

        return Results.Json(new ConnectReply(id, entry!.Status, null, null), Json.Api, statusCode: statusCode);
    }

    private static string Location(string id) => $"/api/v1/connections/{id}";

    private static async Task<IResult> ReplyAsync(
        Answer<ConnectionEntry> answer,
        ConnectionBudgets budgets,
        CancellationToken cancellationToken
    ) =>
        answer.Problem is { } problem
            ? problem.ToResult()
            : Results.Json(
                ConnectionView.Of(answer.Value, await budgets.OfAsync(answer.Value, cancellationToken)),
                Json.Api
            );

    private static IResult Reply(IssuedLink link, string status, int statusCode) =>
        Results.Json(
            new ConnectReply(link.ConnectionId, status, link.ConnectUrl, link.ExpiresAt),
            Json.Api,
            statusCode: statusCode
        );
}
