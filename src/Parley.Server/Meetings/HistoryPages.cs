using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What was held in the member's accounts, and who was there; both as tables for spreadsheets too.</summary>
internal static class HistoryPages
{
    public const string Path = "/history";
    private const int CsvPage = 5_000;
    private const int SessionsPerPage = 20;

    public static void MapHistoryPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").RequireMember().ExcludeFromDescription();
        group.MapGet(Path, ShowAsync);
        group.MapGet(Path + ".csv", DownloadAsync);
        group.MapGet(Path + "/weeks.csv", DownloadWeeksAsync);
        group.MapGet("/connections/{connectionId}/meetings/{meetingId}/attendees", AttendeesAsync);
        group.MapGet("/connections/{connectionId}/meetings/{meetingId}/attendees.csv", DownloadAttendeesAsync);
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        MeetingBoard board,
        MeetingRecords records,
        OrganizerNames names,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var view = await HistoryLists.ReadAsync(context, board, records, names, clock, cancellationToken);
        return Pages.Render<HistoryPage>(
            context,
            new { View = view },
            view.Problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest
        );
    }

    // Row by row, as many as there are. Where something fails before the first row, the page says what.
    private static async Task<IResult> DownloadAsync(
        HttpContext context,
        MeetingBoard board,
        MeetingRecords records,
        OrganizerNames names,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var view = await HistoryLists.ReadAsync(context, board, records, names, clock, cancellationToken, CsvPage);
        if (view.Problem is not null || view.Troubles.Count > 0)
        {
            return Pages.Render<HistoryPage>(
                context,
                new { View = view },
                view.Problem?.Code.Status ?? StatusCodes.Status409Conflict
            );
        }

        await using var csv = await CsvReply.StartAsync(
            context,
            $"history-{LocalDatePattern.Iso.Format(view.Filter.From)}-{LocalDatePattern.Iso.Format(view.Filter.To)}",
            $"Started ({view.Zone.Id})",
            "Minutes",
            "Subject",
            "Organizer",
            "Organizer e-mail",
            "Attendees",
            "Recording",
            "Recording download",
            "Meeting id",
            "Session id",
            "Account"
        );
        var lines = view.Lines;
        while (true)
        {
            foreach (var line in lines.Items)
            {
                await csv.AddAsync(
                    HeldWords.CellOf(line.Item.StartedAt, view.Zone),
                    line.Item.DurationMinutes.ToString(CultureInfo.InvariantCulture),
                    line.Item.Subject,
                    line.Item.Organizer?.Name,
                    line.Item.Organizer?.Email,
                    line.Item.AttendeeCount?.ToString(CultureInfo.InvariantCulture),
                    line.Item.Recording?.ShareUrl,
                    line.Item.Recording?.DownloadUrl,
                    line.Item.MeetingId,
                    line.Item.SessionId,
                    line.Connection.Connection.AccountText
                );
            }

            if (!Cursor.TryDecode(lines.NextCursor, out var after) || after == Cursor.Start)
            {
                return Results.Empty;
            }

            var (next, troubles, _) = await HistoryLists.LinesAsync(view, after, CsvPage, records, cancellationToken);
            if (troubles.Count > 0)
            {
                // Half a table must not look like a whole one: the download fails.
                context.Abort();
                return Results.Empty;
            }

            lines = next;
        }
    }

    // The figures of the chart.
    private static async Task<IResult> DownloadWeeksAsync(
        HttpContext context,
        MeetingBoard board,
        MeetingRecords records,
        OrganizerNames names,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var view = await HistoryLists.ReadAsync(context, board, records, names, clock, cancellationToken, 1);
        if (view.Problem is not null || view.Troubles.Count > 0)
        {
            return Pages.Render<HistoryPage>(
                context,
                new { View = view },
                view.Problem?.Code.Status ?? StatusCodes.Status409Conflict
            );
        }

        await using var csv = await CsvReply.StartAsync(
            context,
            $"held-{LocalDatePattern.Iso.Format(view.Filter.From)}-{LocalDatePattern.Iso.Format(view.Filter.To)}",
            view.IsMonthly ? "Month" : "Week of",
            "Meetings",
            "Attendees",
            "Minutes"
        );
        foreach (var period in view.Periods)
        {
            await csv.AddAsync(
                LocalDatePattern.Iso.Format(period.First),
                period.Meetings.ToString(CultureInfo.InvariantCulture),
                period.Attendees.ToString(CultureInfo.InvariantCulture),
                period.Minutes.ToString(CultureInfo.InvariantCulture)
            );
        }

        return Results.Empty;
    }

    private static async Task<IResult> AttendeesAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        AccountMeetings accounts,
        MeetingBoard board,
        MeetingReader reader,
        MeetingRecords records,
        ForeignMeetings foreign,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await accounts.ConnectionAsync(caller, connectionId, cancellationToken) is not { } connection)
        {
            return Results.StatusCode(404);
        }

        var stays = await records.StaysAsync(caller.WorkspaceId, connectionId, meetingId, cancellationToken);
        var sessions = stays.Succeeded ? SessionView.Of(stays.Value) : [];
        var pages = Math.Max(1, (sessions.Count + SessionsPerPage - 1) / SessionsPerPage);
        var number = int.TryParse(context.Request.Query["page"], NumberStyles.None, null, out var asked)
            ? Math.Clamp(asked, 1, pages)
            : 1;
        var (subject, path) = await MeetingAsync(
            caller,
            connection,
            meetingId,
            stays.Succeeded,
            reader,
            foreign,
            cancellationToken
        );
        var all = stays.Succeeded ? stays.Value : [];
        return Pages.Render<AttendeesPage>(
            context,
            new
            {
                View = new AttendeesView
                {
                    Caller = caller,
                    Connection = connection,
                    MeetingId = meetingId,
                    Subject = subject,
                    MeetingPath = path,
                    Problem = stays.Problem,
                    Sessions = sessions.Skip((number - 1) * SessionsPerPage).Take(SessionsPerPage).ToList(),
                    AllSessions = sessions.Count,
                    Known = SessionView.Known(all),
                    Guests = SessionView.Guests(all),
                    Minutes = SessionView.MinutesOf(all),
                    PageNumber = number,
                    Pages = pages,
                    Zone = await board.ZoneAsync(caller, cancellationToken),
                },
            },
            stays.Problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }

    private static async Task<IResult> DownloadAttendeesAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        AccountMeetings accounts,
        MeetingBoard board,
        MeetingRecords records,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await accounts.ConnectionAsync(caller, connectionId, cancellationToken) is null)
        {
            return Results.StatusCode(404);
        }

        var stays = await records.StaysAsync(caller.WorkspaceId, connectionId, meetingId, cancellationToken);
        if (!stays.Succeeded)
        {
            // The page says what is missing and what can be done.
            return Pages.SeeOther($"/connections/{connectionId}/meetings/{Uri.EscapeDataString(meetingId)}/attendees");
        }

        var zone = await board.ZoneAsync(caller, cancellationToken);
        await using var csv = await CsvReply.StartAsync(
            context,
            "attendees-" + new string(meetingId.Where(char.IsAsciiLetterOrDigit).ToArray()),
            $"Session started ({zone.Id})",
            "Name",
            "E-mail",
            $"Joined ({zone.Id})",
            $"Left ({zone.Id})",
            "Minutes",
            "Session id"
        );
        foreach (var session in SessionView.Of(stays.Value))
        {
            foreach (var stay in session.Stays)
            {
                await csv.AddAsync(
                    HeldWords.CellOf(session.StartedAt, zone),
                    stay.Name ?? (stay.Email is null ? "Guest" : null),
                    stay.Email,
                    HeldWords.CellOf(stay.JoinedAt, zone),
                    HeldWords.CellOf(stay.LeftAt, zone),
                    SessionView.MinutesOf(stay)?.ToString(CultureInfo.InvariantCulture),
                    stay.SessionId
                );
            }
        }

        return Results.Empty;
    }

    /// <summary>What the meeting is called, and its page where there is one.</summary>
    private static async Task<(string Subject, string? Path)> MeetingAsync(
        Caller caller,
        ConnectionEntry connection,
        string meetingId,
        bool exists,
        MeetingReader reader,
        ForeignMeetings foreign,
        CancellationToken cancellationToken
    )
    {
        var own = await reader.FindOwnAsync(
            caller.WorkspaceId,
            connection.Id,
            meetingId,
            cancellationToken,
            removedToo: true
        );
        if (own is { Succeeded: true, Value.Own: { } arrangement })
        {
            return (arrangement.Subject, $"/meetings/{arrangement.Id}");
        }

        var nameless = ($"Meeting {meetingId}", (string?)null);
        if (!exists || own is not { Succeeded: true, Value.ProviderMeetingId: { } id })
        {
            return nameless;
        }

        // Sessions outlive their meeting: one that was removed has lost its name.
        var told = await foreign.GetAsync(caller.WorkspaceId, connection.Id, id, cancellationToken);
        return told.Failure is null
            ? (told.Value.SubjectWithoutMarker, $"/connections/{connection.Id}/meetings/{id}")
            : nameless;
    }
}
