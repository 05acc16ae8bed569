using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Meetings;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary><c>/api/v1/usage</c>: connectors, their runs, the report.</summary>
internal static class UsageApi
{
    public static void MapUsageApi(this IEndpointRouteBuilder routes)
    {
        var connectors = routes
            .MapGroup("/api/v1/usage/connectors/{connectionId}")
            .WithTags("Usage")
            .KeepWithinReach("connectionId", OwnedThing.Connection, () => MeetingReader.NoConnection);
        connectors
            .MapGet("/", GetAsync)
            .RequireScope("usage:read")
            .WithName("getUsageConnector")
            .WithSummary("What is reported of the account and when; the defaults when nobody has set anything")
            .Produces<UsageConnectorView>()
            .ProducesProblem(404)
            .ProducesProblem(409);
        connectors
            .MapPut("/", PutAsync)
            .RequireScope("usage:write")
            .HonoursIfMatch()
            .WithName("putUsageConnector")
            .WithSummary("Replaces the settings; what is left out takes its default")
            .Accepts<UsageConnectorBody>("application/json")
            .Produces<UsageConnectorView>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(409);
        connectors
            .MapPost("/run", RunAsync)
            .RequireScope("usage:write")
            .WithIdempotency(OfRun)
            .WithName("runUsage")
            .WithSummary("Starts an aggregation run; while one is under way, answers with that one")
            .Produces<UsageRunView>(202)
            .ProducesProblem(404)
            .ProducesProblem(409);
        connectors
            .MapGet("/runs", RunsAsync)
            .RequireScope("usage:read")
            .WithName("listUsageRuns")
            .WithSummary("Runs, newest first")
            .Produces<Page<UsageRunView>>()
            .ProducesProblem(404)
            .ProducesProblem(409);
        connectors
            .MapPost("/runs/{runId}/cancel", CancelAsync)
            .RequireScope("usage:write")
            .WithIdempotency(OfRun)
            .WithName("cancelUsageRun")
            .WithSummary("Ends a run that is under way; what it has read is kept for the next one")
            .Produces<UsageRunView>()
            .ProducesProblem(404)
            .ProducesProblem(409);
        var report = routes.MapGroup("/api/v1/usage").WithTags("Usage");
        report
            .MapGet("/report", ReportAsync)
            .RequireScope("usage:read")
            .WithName("getUsageReport")
            .WithSummary("Seats, costs and who organized meetings, as of a moment")
            .WithMetadata(ConnectionParameter, AsOfParameter)
            .Produces<UsageReportView>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(409);
        report
            .MapGet("/report.csv", CsvAsync)
            .RequireScope("usage:read")
            .WithName("getUsageReportCsv")
            .WithSummary("The people of the report as a table for spreadsheets")
            .WithMetadata(
                ConnectionParameter,
                AsOfParameter,
                new QueryParameter(
                    "locale",
                    "How dates are written: en-US, en-GB, de, es, fr, it, ja, ko or zh-CN; otherwise the connector's."
                )
            )
            .Produces(200, contentType: "text/csv")
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(409);
    }

    private static IdempotencyRules OfRun =>
        new()
        {
            Rebuild = async (context, id) =>
            {
                var desk = context.RequestServices.GetRequiredService<UsageDesk>();
                var run = await desk.FindRunAsync(
                    Caller.Of(context),
                    (string)context.GetRouteValue("connectionId")!,
                    id,
                    context.RequestAborted
                );
                return run.Succeeded ? await desk.ViewAsync(run.Value, context.RequestAborted) : null;
            },
            IdOf = body => ((UsageRunView)body).Id,
        };

    private static readonly QueryParameter ConnectionParameter = new(
        "connectionId",
        "The administrator's connection whose account is meant.",
        Required: true
    );

    private static readonly QueryParameter AsOfParameter = new(
        "asOf",
        "A moment (2026-12-01T09:00:00Z) or a day (2026-12-01: its end in the connector's zone); now when left out."
    );

    private static async Task<IResult> GetAsync(
        string connectionId,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    ) => ViewOf(context, await desk.FindAsync(Caller.Of(context), connectionId, cancellationToken));

    private static async Task<IResult> PutAsync(
        string connectionId,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadAsync<UsageConnectorBody>(context);
        return body.Problem is { } malformed
            ? malformed.ToResult()
            : ViewOf(
                context,
                await desk.PutAsync(
                    Caller.Of(context),
                    connectionId,
                    body.Value,
                    cancellationToken,
                    Precondition.Of(context)
                )
            );
    }

    private static async Task<IResult> RunAsync(
        string connectionId,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var run = await desk.RunAsync(Caller.Of(context), connectionId, cancellationToken);
        return run.Problem?.ToResult()
            ?? Results.Json(await desk.ViewAsync(run.Value, cancellationToken), Json.Api, statusCode: 202);
    }

    private static async Task<IResult> RunsAsync(
        string connectionId,
        HttpContext context,
        UsageDesk desk,
        UsageRuns runs,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        if (list.Errors.Any)
        {
            return list.Errors.ToProblem().ToResult();
        }

        var found = await desk.FindAsync(Caller.Of(context), connectionId, cancellationToken);
        if (found.Problem is { } problem)
        {
            return problem.ToResult();
        }

        var page = await runs.PageAsync(
            found.Value.Connector.WorkspaceId,
            found.Value.Connector.ConnectionId,
            list.After,
            list.Limit,
            cancellationToken
        );
        var views = new List<UsageRunView>(page.Items.Count);
        foreach (var run in page.Items)
        {
            views.Add(await desk.ViewAsync(run, cancellationToken));
        }

        return Results.Json(new Page<UsageRunView>(views, page.NextCursor), Json.Api);
    }

    private static async Task<IResult> CancelAsync(
        string connectionId,
        string runId,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var run = await desk.CancelAsync(Caller.Of(context), connectionId, runId, cancellationToken);
        return run.Problem?.ToResult() ?? Results.Json(await desk.ViewAsync(run.Value, cancellationToken), Json.Api);
    }

    private static async Task<IResult> ReportAsync(
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var report = await desk.ReportAsync(
            Caller.Of(context),
            context.Request.Query["connectionId"],
            context.Request.Query["asOf"],
            cancellationToken
        );
        return report.Problem?.ToResult() ?? Results.Json(UsageReportView.Of(report.Value), Json.Api);
    }

    private static async Task<IResult> CsvAsync(
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var locale = context.Request.Query["locale"].ToString();
        if (locale.Length > 0 && ReportLanguage.Find(locale) is null)
        {
            var errors = new FieldErrors();
            errors.Add("locale", $"must be one of {string.Join(", ", ReportLanguage.All.Select(known => known.Tag))}");
            return errors.ToProblem().ToResult();
        }

        var caller = Caller.Of(context);
        var report = await desk.ReportAsync(
            caller,
            context.Request.Query["connectionId"],
            context.Request.Query["asOf"],
            cancellationToken
        );
        if (report.Problem is { } problem)
        {
            return problem.ToResult();
        }

        await UsageCsv.WriteAsync(
            context,
            report.Value,
            ReportLanguage.Find(locale) ?? await desk.LanguageAsync(report.Value.Connector, cancellationToken)
        );
        return Results.Empty;
    }

    private static IResult ViewOf(HttpContext context, Answer<UsageEntry> answer)
    {
        if (answer.Problem is { } problem)
        {
            return problem.ToResult();
        }

        EntityTags.Show(context, answer.Value.Connector.State);
        return Results.Json(UsageConnectorView.Of(answer.Value.Connector), Json.Api);
    }
}
