using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage.Views;

/// <summary>A run as its page shows it.</summary>
public sealed record UsageRunPageView(
    UsageEntry Entry,
    UsageRunView Run,
    string Phase,
    bool IsEnding,
    ReportLanguage Language,
    Instant Now
)
{
    public bool IsOpen => Run.Status is UsageRunState.Queued or UsageRunState.Running;
    public string Path => UsagePages.PathOf(Entry.Connection.Id, $"/runs/{Run.Id}");
}

/// <summary>Runs of a connector: their history, one under way, ending it.</summary>
internal static class UsageRunPages
{
    private const int PageSize = 25;

    public static void MapUsageRunPages(this IEndpointRouteBuilder group)
    {
        group.MapPost("/{id}/run", RunAsync);
        group.MapGet("/{id}/runs", HistoryAsync);
        group.MapGet("/{id}/runs/{runId}", ShowAsync<UsageRunPage>);
        group.MapGet("/{id}/runs/{runId}/live", ShowAsync<UsageRunLive>);
        group.MapGet("/{id}/runs/{runId}/cancel", ShowAsync<CancelRunPage>);
        group.MapPost("/{id}/runs/{runId}/cancel", CancelAsync);
    }

    private static async Task<IResult> RunAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        UsageDesk desk,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var run = await desk.RunAsync(Caller.Of(context), id, cancellationToken);
        if (run.Problem is not { } problem)
        {
            return Pages.SeeOther(UsagePages.PathOf(id, $"/runs/{run.Value.Id}"));
        }

        if (problem.Code == ProblemCodes.NotFound || problem.Code == ProblemCodes.Conflict)
        {
            return Results.StatusCode(problem.Code.Status);
        }

        flash.Set(context, FlashKind.Error, $"{problem.Detail} {problem.Next}");
        return Pages.SeeOther(UsagePages.PathOf(id, "/setup#token"));
    }

    private static async Task<IResult> HistoryAsync(
        string id,
        HttpContext context,
        UsageDesk desk,
        UsageRuns runs,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        if ((await desk.FindAsync(Caller.Of(context), id, cancellationToken)) is not { Succeeded: true } found)
        {
            return Results.StatusCode(404);
        }

        // A cursor somebody broke shows the first page.
        var after =
            Cursor.TryDecode(context.Request.Query["cursor"].ToString(), out var decoded)
            && !decoded.Id.Any(char.IsControl)
                ? decoded
                : Cursor.Start;
        var page = await runs.PageAsync(
            found.Value.Connector.WorkspaceId,
            found.Value.Connector.ConnectionId,
            after,
            PageSize,
            cancellationToken
        );
        var now = clock.GetCurrentInstant();
        return Pages.Render<UsageRunsPage>(
            context,
            new
            {
                Entry = found.Value,
                Runs = new Page<UsageRunView>(
                    [.. page.Items.Select(run => UsageRunView.Of(run, [], now))],
                    page.NextCursor
                ),
                IsLater = after != Cursor.Start,
                Language = await desk.LanguageAsync(found.Value.Connector, cancellationToken),
            }
        );
    }

    private static async Task<IResult> ShowAsync<TPage>(
        string id,
        string runId,
        HttpContext context,
        UsageDesk desk,
        UsageRuns runs,
        IClock clock,
        CancellationToken cancellationToken
    )
        where TPage : IComponent =>
        await FindAsync(context, id, runId, desk, runs, clock, cancellationToken) is { } view
            ? Pages.Render<TPage>(context, new { View = view })
            : Results.StatusCode(404);

    private static async Task<IResult> CancelAsync(
        string id,
        string runId,
        [FromForm] IFormCollection form,
        HttpContext context,
        UsageDesk desk,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var run = await desk.CancelAsync(Caller.Of(context), id, runId, cancellationToken);
        if (run.Problem is not null)
        {
            return Results.StatusCode(404);
        }

        flash.Set(
            context,
            FlashKind.Ok,
            run.Value switch
            {
                { State: UsageRunState.Cancelled } => "The run is cancelled.",
                { IsOpen: true } => "The run ends after the person it is reading.",
                _ => "The run was over already.",
            }
        );
        return Pages.SeeOther(UsagePages.PathOf(id, $"/runs/{runId}"));
    }

    private static async Task<UsageRunPageView?> FindAsync(
        HttpContext context,
        string id,
        string runId,
        UsageDesk desk,
        UsageRuns runs,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var found = await desk.FindAsync(Caller.Of(context), id, cancellationToken);
        return
            found.Succeeded
            && await runs.FindAsync(
                found.Value.Connector.WorkspaceId,
                found.Value.Connector.ConnectionId,
                runId,
                cancellationToken
            )
                is { } run
            ? new UsageRunPageView(
                found.Value,
                await desk.ViewAsync(run, cancellationToken),
                run.Phase,
                run.CancelRequested,
                await desk.LanguageAsync(found.Value.Connector, cancellationToken),
                clock.GetCurrentInstant()
            )
            : null;
    }
}
