using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access;
using Parley.Server.Meetings;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary><c>/api/v1/usage</c>: months, right-sizing, and the import of the vendor's own report.</summary>
internal static class UsageInsightApi
{
    private const int MostMonths = 120;

    private static readonly QueryParameter ConnectionParameter = new(
        "connectionId",
        "The administrator's connection whose account is meant.",
        Required: true
    );

    public static void MapUsageInsightApi(this IEndpointRouteBuilder routes)
    {
        var usage = routes.MapGroup("/api/v1/usage").WithTags("Usage");
        usage
            .MapGet("/months", MonthsAsync)
            .RequireScope("usage:read")
            .WithName("listUsageMonths")
            .WithSummary("Cost and use month by month, each as its last run had it")
            .WithMetadata(
                ConnectionParameter,
                new QueryParameter("months", $"How many, from 1 to {MostMonths}; 24 when left out.")
            )
            .Produces<UsageMonthsView>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(409);
        usage
            .MapGet("/right-sizing", RightSizingAsync)
            .RequireScope("usage:read")
            .WithName("getUsageRightSizing")
            .WithSummary("How many host licences would have been enough, and what the others cost")
            .WithMetadata(
                ConnectionParameter,
                new QueryParameter(
                    "from",
                    "First day, in the connector's zone; 90 days before to when left out.",
                    Format: "date"
                ),
                new QueryParameter("to", "Last day; today when left out.", Format: "date")
            )
            .Produces<UsageRightSizingView>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(409);
        routes
            .MapGroup("/api/v1/usage/connectors/{connectionId}")
            .WithTags("Usage")
            .KeepWithinReach("connectionId", OwnedThing.Connection, () => MeetingReader.NoConnection)
            .MapPost("/import", ImportAsync)
            .RequireScope("usage:write")
            .WithIdempotency(IdempotencyRules.ReplyKept)
            .WithName("importUsageReport")
            .WithSummary("Takes the vendor's activity report (CSV) and keeps each person's last meeting")
            .WithMetadata(
                // Beyond the largest file, so that what is a little too large is answered in words.
                new RequestSizeLimitAttribute(UsageImport.LargestFile + 1024 * 1024),
                new QueryParameter(
                    "emailColumn",
                    "Heading of the column with addresses, where it is not found by itself."
                ),
                new QueryParameter("dateColumn", "Heading of the column with the last meeting, likewise."),
                new QueryParameter(
                    "locale",
                    "The report's language: a tag of the date table, pt-BR, or auto to find it out from the dates; the connector's when left out."
                )
            )
            .Accepts<string>("text/csv")
            .Produces<UsageImportView>()
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(409)
            .ProducesProblem(413)
            .ProducesProblem(415);
    }

    private static async Task<IResult> MonthsAsync(
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var asked = context.Request.Query["months"].ToString();
        var months = 24;
        if (
            asked.Length > 0
            && !(
                int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out months)
                && months is >= 1 and <= MostMonths
            )
        )
        {
            var errors = new FieldErrors();
            errors.Add("months", $"must be a number from 1 to {MostMonths}");
            return errors.ToProblem().ToResult();
        }

        var report = await ReportAsync(context, desk, cancellationToken);
        return report.Problem?.ToResult()
            ?? Results.Json(
                new UsageMonthsView(
                    report.Value.Connector.ConnectionId,
                    await desk.MonthsAsync(report.Value, months, cancellationToken)
                ),
                Json.Api
            );
    }

    private static async Task<IResult> RightSizingAsync(
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var report = await ReportAsync(context, desk, cancellationToken);
        if (report.Problem is { } problem)
        {
            return problem.ToResult();
        }

        var sizing = await desk.RightSizingAsync(
            report.Value,
            context.Request.Query["from"],
            context.Request.Query["to"],
            cancellationToken
        );
        return sizing.Problem?.ToResult()
            ?? Results.Json(UsageRightSizingView.Of(report.Value.Connector, sizing.Value), Json.Api);
    }

    private static Task<Answer<UsageReport>> ReportAsync(
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    ) => desk.ReportAsync(Caller.Of(context), context.Request.Query["connectionId"], null, cancellationToken);

    private static async Task<IResult> ImportAsync(
        string connectionId,
        HttpContext context,
        UsageDesk desk,
        CancellationToken cancellationToken
    )
    {
        var found = await desk.FindAsync(Caller.Of(context), connectionId, cancellationToken);
        if (found.Problem is { } absent)
        {
            return absent.ToResult();
        }

        if (context.Request.ContentType?.StartsWith("text/csv", StringComparison.OrdinalIgnoreCase) != true)
        {
            return new Problem(
                ProblemCodes.UnsupportedMediaType,
                $"Send text/csv, not {context.Request.ContentType ?? "a body without a type"}."
            ).ToResult();
        }

        var file = await ReadAsync(context.Request.Body, cancellationToken);
        if (file is null)
        {
            return TooLarge.ToResult();
        }

        var query = context.Request.Query;
        var outcome = await desk.ImportAsync(
            found.Value,
            file,
            new ImportWish(query["emailColumn"], query["dateColumn"], query["locale"]),
            cancellationToken
        );
        return outcome.Problem?.ToResult() ?? Results.Json(UsageImportView.Of(outcome.Value), Json.Api);
    }

    public static readonly Problem TooLarge = new(
        ProblemCodes.TooLarge,
        $"The report exceeds {UsageImport.LargestFile / 1024 / 1024} MiB."
    )
    {
        Next = "Split it, and import the parts one after the other.",
    };

    /// <returns>Null: it is too large.</returns>
    public static async Task<byte[]?> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await body.ReadAsync(chunk, cancellationToken)) > 0)
        {
            if (buffer.Length + read > UsageImport.LargestFile)
            {
                return null;
            }

            buffer.Write(chunk, 0, read);
        }

        return buffer.ToArray();
    }
}
