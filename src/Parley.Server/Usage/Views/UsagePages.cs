using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Connections.Diagnosis;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage.Views;

/// <summary>One reported account in the list.</summary>
/// <param name="LastRun">Null: none yet.</param>
/// <param name="Report">Null: no run has completed.</param>
public sealed record UsageLine(UsageEntry Entry, UsageRunView? LastRun, UsageReport? Report, ReportLanguage Language);

/// <summary>The asset manager's pages, for owners and administrators: the list of what is reported, and the others.</summary>
internal static class UsagePages
{
    public const string Path = "/usage";

    public static void MapUsagePages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Path).RequireMember(Role.Owner, Role.Admin).ExcludeFromDescription();
        group.MapGet("/", ListAsync);
        group.MapUsageSetupPages();
        group.MapUsageRunPages();
        group.MapUsageReportPages();
    }

    public static string PathOf(string connectionId, string more = "") => $"{Path}/{connectionId}{more}";

    private static async Task<IResult> ListAsync(
        HttpContext context,
        ConnectionDirectory directory,
        UsageDesk desk,
        UsageRuns runs,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var lines = new List<UsageLine>();
        foreach (var connection in await directory.AllAsync(caller.WorkspaceId, cancellationToken))
        {
            if (
                connection.Connection is not { Purpose: ConnectionPurpose.Account, ConnectedAt: not null }
                || (await desk.FindAsync(caller, connection.Id, cancellationToken)) is not { Succeeded: true } entry
                // One that was given up stays while there is something to read in it.
                || (connection.Connection.DisconnectedAt is not null && await LastAsync(entry.Value) is null)
            )
            {
                continue;
            }

            var report = await desk.ReportAsync(caller, connection.Id, null, cancellationToken);
            lines.Add(
                new UsageLine(
                    entry.Value,
                    await LastAsync(entry.Value) is { } last ? await desk.ViewAsync(last, cancellationToken) : null,
                    report is { Succeeded: true, Value.Run: not null } ? report.Value : null,
                    await desk.LanguageAsync(entry.Value.Connector, cancellationToken)
                )
            );
        }

        return Pages.Render<UsageListPage>(context, new { Lines = lines });

        async Task<UsageRun?> LastAsync(UsageEntry entry) =>
            (
                await runs.PageAsync(
                    entry.Connector.WorkspaceId,
                    entry.Connector.ConnectionId,
                    Cursor.Start,
                    1,
                    cancellationToken
                )
            ).Items
                is [var run, ..]
                ? run
                : null;
    }
}
