using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Web;

namespace Parley.Server.Usage.Views;

/// <summary>The report as its page shows it.</summary>
public sealed record UsageReportPageView
{
    public required UsageEntry Entry { get; init; }
    public required UsageReport Report { get; init; }
    public required PeopleQuery Query { get; init; }
    public required PeoplePage People { get; init; }
    public required IReadOnlyList<MonthFigures> Months { get; init; }
    public required ReportLanguage Language { get; init; }

    /// <summary>The day in the address is none; the report is of now.</summary>
    public Problem? Problem { get; init; }
}

/// <summary>Right-sizing as its page shows it.</summary>
/// <param name="Sizing">Null: the range in the address is wrong.</param>
public sealed record UsageSharingView(
    UsageEntry Entry,
    UsageReport Report,
    RightSizing? Sizing,
    ReportLanguage Language,
    Problem? Problem,
    string From,
    string To
);

/// <summary>The page of an import, before and after.</summary>
public sealed record UsageImportPageView
{
    public required UsageEntry Entry { get; init; }
    public required ReportLanguage? AccountLanguage { get; init; }
    public ImportWish Wish { get; init; } = new(null, null, null);
    public ImportOutcome? Outcome { get; init; }
    public Problem? Problem { get; init; }

    /// <summary>Headings of the file that came back, to choose from.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];
}

/// <summary>The report, its table as CSV, what sharing seats would save, and the import of the vendor's own report.</summary>
internal static class UsageReportPages
{
    private const int Months = 24;

    public static void MapUsageReportPages(this IEndpointRouteBuilder group)
    {
        group.MapGet("/{id}", ReportAsync);
        group.MapGet("/{id}/report.csv", CsvAsync);
        group.MapGet("/{id}/right-sizing", SharingAsync);
        group.MapGet("/{id}/import", ImportFormAsync);
        group
            .MapPost("/{id}/import", ImportAsync)
            // Beyond the largest file, so that what is a little too large is answered in words.
            .WithMetadata(new RequestSizeLimitAttribute(UsageImport.LargestFile + 1024 * 1024));
    }

    private static async Task<IResult> ReportAsync(
        string id,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if ((await desk.FindAsync(caller, id, cancellationToken)) is not { Succeeded: true } found)
        {
            return Results.StatusCode(404);
        }

        var query = PeopleQuery.Read(context.Request.Query);
        var asked = await desk.ReportAsync(caller, id, query.AsOf, cancellationToken);
        var report = asked.Succeeded ? asked : await desk.ReportAsync(caller, id, null, cancellationToken);
        return Pages.Render<UsageReportPage>(
            context,
            new
            {
                View = new UsageReportPageView
                {
                    Entry = found.Value,
                    Report = report.Value,
                    Query = asked.Succeeded ? query : query with { AsOf = "" },
                    People = query.Of(report.Value.Users),
                    Months = await MonthsAsync(caller, id, report.Value, query, desk, cancellationToken),
                    Language = await desk.LanguageAsync(report.Value.Connector, cancellationToken),
                    Problem = asked.Problem,
                },
            },
            asked.Problem?.Code.Status ?? 200
        );
    }

    // Months are of now, whatever day the report is of.
    private static async Task<IReadOnlyList<MonthFigures>> MonthsAsync(
        Caller caller,
        string id,
        UsageReport report,
        PeopleQuery query,
        UsageDesk desk,
        CancellationToken cancellationToken
    ) =>
        await desk.MonthsAsync(
            query.AsOf.Length == 0 ? report : (await desk.ReportAsync(caller, id, null, cancellationToken)).Value,
            Months,
            cancellationToken
        );

    private static async Task<IResult> CsvAsync(
        string id,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var report = await desk.ReportAsync(Caller.Of(context), id, context.Request.Query["asOf"], cancellationToken);
        if (report.Problem is { } problem)
        {
            return problem.Code == ProblemCodes.Invalid
                ? Pages.SeeOther(UsagePages.PathOf(id))
                : Results.StatusCode(404);
        }

        await UsageCsv.WriteAsync(
            context,
            report.Value,
            await desk.LanguageAsync(report.Value.Connector, cancellationToken)
        );
        return Results.Empty;
    }

    private static async Task<IResult> SharingAsync(
        string id,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if ((await desk.FindAsync(caller, id, cancellationToken)) is not { Succeeded: true } found)
        {
            return Results.StatusCode(404);
        }

        var report = (await desk.ReportAsync(caller, id, null, cancellationToken)).Value;
        var (from, to) = (context.Request.Query["from"].ToString(), context.Request.Query["to"].ToString());
        var sizing = await desk.RightSizingAsync(report, from, to, cancellationToken);
        return Pages.Render<UsageSharingPage>(
            context,
            new
            {
                View = new UsageSharingView(
                    found.Value,
                    report,
                    sizing.Succeeded ? sizing.Value : null,
                    await desk.LanguageAsync(found.Value.Connector, cancellationToken),
                    sizing.Problem,
                    sizing.Succeeded ? Days.Text(sizing.Value.First) : from,
                    sizing.Succeeded ? Days.Text(sizing.Value.Last) : to
                ),
            },
            sizing.Problem?.Code.Status ?? 200
        );
    }

    private static async Task<IResult> ImportFormAsync(
        string id,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    ) =>
        (await desk.FindAsync(Caller.Of(context), id, cancellationToken)) is { Succeeded: true } found
            ? Render(context, ViewOf(found.Value))
            : Results.StatusCode(404);

    private static async Task<IResult> ImportAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        if ((await desk.FindAsync(Caller.Of(context), id, cancellationToken)) is not { Succeeded: true } found)
        {
            return Results.StatusCode(404);
        }

        var view = ViewOf(found.Value) with
        {
            Wish = new ImportWish(form["emailColumn"], form["dateColumn"], form["locale"]),
        };
        var read = await FileAsync(form, cancellationToken);
        if (read.Problem is { } missing)
        {
            return Render(context, view with { Problem = missing });
        }

        var outcome = await desk.ImportAsync(found.Value, read.Value, view.Wish, cancellationToken);
        return outcome.Problem is { } problem
            ? Render(
                context,
                view with
                {
                    Problem = problem,
                    Columns = problem.Extensions?.GetValueOrDefault("columns") as IReadOnlyList<string> ?? [],
                }
            )
            : Render(context, view with { Outcome = outcome.Value });
    }

    private static async Task<Answer<byte[]>> FileAsync(IFormCollection form, CancellationToken cancellationToken)
    {
        if (form.Files.GetFile("file") is not { Length: > 0 } file)
        {
            var errors = new FieldErrors();
            errors.Add("file", "must be chosen and must not be empty");
            return errors.ToProblem();
        }

        await using var body = file.OpenReadStream();
        return await UsageInsightApi.ReadAsync(body, cancellationToken) is { } bytes ? bytes : UsageInsightApi.TooLarge;
    }

    private static UsageImportPageView ViewOf(UsageEntry entry) =>
        new()
        {
            Entry = entry,
            AccountLanguage =
                ReportLanguage.Find(entry.Connector.Locale) ?? ReportLanguage.Find(entry.Connection.Connection.Locale),
        };

    private static IResult Render(HttpContext context, UsageImportPageView view) =>
        Pages.Render<UsageImportPage>(context, new { View = view }, view.Problem?.Code.Status ?? 200);
}
