using System.Globalization;
using Microsoft.AspNetCore.Http;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>The people of a report as a table, dates as <see cref="ReportLanguage"/> writes them.</summary>
internal static class UsageCsv
{
    public static readonly string[] Columns =
    [
        "Email",
        "Name",
        "Licence",
        "Last meeting",
        "Meetings in window",
        "Minutes in window",
        "State",
        "Source",
    ];

    public static async Task WriteAsync(HttpContext context, UsageReport report, ReportLanguage language)
    {
        await using var csv = await CsvReply.StartAsync(
            context,
            "usage-" + Days.Text(report.AsOf.InZone(report.Connector.Zone).Date),
            Columns
        );
        await WriteAsync(csv, report, language);
    }

    public static async Task WriteAsync(CsvReply csv, UsageReport report, ReportLanguage language)
    {
        foreach (var user in report.Users)
        {
            await csv.AddAsync(
                user.Email,
                user.Name,
                user.Licence,
                user.LastMeetingOn is { } day ? language.Format(day) : null,
                user.MeetingsInWindow.ToString(CultureInfo.InvariantCulture),
                user.MinutesInWindow.ToString(CultureInfo.InvariantCulture),
                UsageReportView.Word(user.State),
                user.Source
            );
        }
    }
}
