using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Meetings;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections.Diagnosis;

/// <summary>What the page of the operation log shows.</summary>
public sealed record ConnectionLogView
{
    public required ConnectionEntry Entry { get; init; }
    public required Page<OperationLogEntry> Lines { get; init; }
    public required OperationFilter Filter { get; init; }

    /// <summary>Names to filter by.</summary>
    public required IReadOnlyList<string> Operations { get; init; }

    /// <summary>Not the first page.</summary>
    public required bool IsLater { get; init; }
    public required DateTimeZone Zone { get; init; }
}

/// <summary>"Test connection" and the operation log of one connection. Members on their own connections, administrators on all.</summary>
internal static class DiagnosisPages
{
    private const int PageSize = 50;

    public static void MapDiagnosisPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/connections/{id}").RequireMember().ExcludeFromDescription();
        group.MapGet("/test", AskAsync);
        group.MapPost("/test", TestAsync);
        group.MapGet("/log", LogAsync);
    }

    private static async Task<IResult> AskAsync(
        string id,
        HttpContext context,
        ConnectionDirectory directory,
        ProviderCatalogue catalogue,
        CancellationToken cancellationToken
    ) =>
        await ConnectionPages.OwnAsync(directory, Caller.Of(context), id, cancellationToken) is { } entry
            ? Render(context, catalogue, entry, null)
            : Results.StatusCode(404);

    private static async Task<IResult> TestAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        ConnectionDirectory directory,
        ProviderCatalogue catalogue,
        ConnectionChecks checks,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var caller = Caller.Of(context);
        if (await ConnectionPages.OwnAsync(directory, caller, id, cancellationToken) is not { } entry)
        {
            return Results.StatusCode(404);
        }

        var report = await checks.TestAsync(caller.WorkspaceId, entry.Id, cancellationToken);
        // What the checks found out shows in the connection's own state.
        entry = (await directory.FindAsync(caller.WorkspaceId, entry.Id, cancellationToken))!;
        return Render(context, catalogue, entry, report.Value);
    }

    private static async Task<IResult> LogAsync(
        string id,
        HttpContext context,
        ConnectionDirectory directory,
        OperationLog log,
        MeetingBoard board,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await ConnectionPages.OwnAsync(directory, caller, id, cancellationToken) is not { } entry)
        {
            return Results.StatusCode(404);
        }

        var query = context.Request.Query;
        var operations = await log.OperationsAsync(caller.WorkspaceId, entry.Id, cancellationToken);
        var operation = query["operation"].ToString();
        // What is not one of the choices narrows nothing.
        var filter = new OperationFilter(
            operations.Contains(operation, StringComparer.Ordinal) ? operation : null,
            query["outcome"].ToString() switch
            {
                "ok" => true,
                "failed" => false,
                _ => null,
            }
        );
        // A cursor somebody broke shows the first page.
        var after =
            Cursor.TryDecode(query["cursor"].ToString(), out var decoded) && !decoded.Id.Any(char.IsControl)
                ? decoded
                : Cursor.Start;
        return Pages.Render<ConnectionLogPage>(
            context,
            new
            {
                View = new ConnectionLogView
                {
                    Entry = entry,
                    Lines = await log.PageAsync(
                        caller.WorkspaceId,
                        entry.Id,
                        filter,
                        after,
                        PageSize,
                        cancellationToken
                    ),
                    Filter = filter,
                    Operations = operations,
                    IsLater = after != Cursor.Start,
                    Zone = await board.ZoneAsync(caller, cancellationToken),
                },
            }
        );
    }

    private static IResult Render(
        HttpContext context,
        ProviderCatalogue catalogue,
        ConnectionEntry entry,
        CheckReport? report
    )
    {
        // "Refresh your connection" ends at the provider.
        AuthorizeOrigin.Allow(context, catalogue.Find(entry.Provider.Id)!);
        return Pages.Render<ConnectionTestPage>(
            context,
            new
            {
                Caller = Caller.Of(context),
                Entry = entry,
                Report = report,
            }
        );
    }
}
