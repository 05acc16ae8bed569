using System.Globalization;
using System.Text.Json;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>What an operator asks for on the command line.</summary>
/// <param name="AsOf">A moment, a day, or null: now.</param>
/// <param name="Locale">How dates are written; null: as the connector says. CSV only.</param>
/// <param name="Format"><c>csv</c> or <c>json</c>.</param>
public sealed record UsageExportRequest(string ConnectionId, string? AsOf, string? Locale, string Format);

/// <summary>The report as the API gives it, for operators: <c>parley usage export</c>.</summary>
public sealed class UsageExport(Db db, UsageConnectors connectors, UsageReports reports, UsageDesk desk, IClock clock)
{
    public const string Csv = "csv";
    public const string Json = "json";

    /// <param name="open">Called once there is a report to write; disposed here.</param>
    public async Task<OperationResult> RunAsync(
        UsageExportRequest request,
        Func<Stream> open,
        CancellationToken cancellationToken
    )
    {
        if (request.Format is not (Csv or Json))
        {
            return Wrong($"The format is {Csv} or {Json}, not \"{request.Format}\".");
        }

        if (request.Locale is { } wish && ReportLanguage.Find(wish) is null)
        {
            return Wrong(
                $"The locale is one of {string.Join(", ", ReportLanguage.All.Select(known => known.Tag))}, not \"{wish}\"."
            );
        }

        var found = await db.ReadAsync(
            session =>
                session.FirstOrDefaultAsync<Row>(
                    "SELECT workspace_id, purpose FROM connection WHERE id = @ConnectionId /* all workspaces: whoever opens the database may */",
                    new { request.ConnectionId }
                ),
            cancellationToken
        );
        if (found is null)
        {
            return Wrong($"There is no connection {request.ConnectionId}.");
        }

        if (found.Purpose != Connections.ConnectionPurpose.Account)
        {
            return Wrong(
                $"{request.ConnectionId} hosts one person's meetings; use and licences are told to an administrator's connection only."
            );
        }

        var connector = await connectors.ReadAsync(found.WorkspaceId, request.ConnectionId, cancellationToken);
        if (UsageDesk.Moment(request.AsOf, connector.Zone, clock.GetCurrentInstant()) is not { } asOf)
        {
            return Wrong("--as-of is a moment such as 2026-12-01T09:00:00Z or a day such as 2026-12-01.");
        }

        var report = await reports.ReadAsync(found.WorkspaceId, request.ConnectionId, asOf, cancellationToken);
        if (report.Run is null)
        {
            return Wrong($"Nothing is known of {request.ConnectionId} by then: no aggregation run has completed.");
        }

        await using var target = open();
        if (request.Format == Json)
        {
            await JsonSerializer.SerializeAsync(target, UsageReportView.Of(report), Web.Json.Api, cancellationToken);
        }
        else
        {
            var language =
                ReportLanguage.Find(request.Locale) ?? await desk.LanguageAsync(connector, cancellationToken);
            await using var csv = await CsvReply.StartAsync(target, UsageCsv.Columns);
            await UsageCsv.WriteAsync(csv, report, language);
        }

        return new OperationResult(
            true,
            string.Create(CultureInfo.InvariantCulture, $"{report.Users.Count} people as of {asOf}.")
        );
    }

    private static OperationResult Wrong(string text) => new(false, text);

    private sealed record Row
    {
        public required string WorkspaceId { get; init; }
        public required string Purpose { get; init; }
    }
}
