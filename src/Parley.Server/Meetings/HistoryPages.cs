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
    private const int PageSize = 50;
    private const int CsvPage = 5_000;
    private const int SessionsPerPage = 20;

    // Each is a call to its provider.
    private const int MostAccounts = 12;

    public static void MapHistoryPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").RequireMember().ExcludeFromDescription();
        group.MapGet(Path, ShowAsync);
        group.MapGet(Path + ".csv", DownloadAsync);
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
        var view = await ReadAsync(context, board, records, names, clock, cancellationToken);
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
        var view = await ReadAsync(context, board, records, names, clock, cancellationToken, CsvPage);
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

            var (next, troubles) = await LinesAsync(view, after, CsvPage, records, cancellationToken);
            if (troubles.Count > 0)
            {
                // Half a table must not look like a whole one: the download fails.
                context.Abort();
                return Results.Empty;
            }

            lines = next;
        }
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

    private static async Task<HistoryView> ReadAsync(
        HttpContext context,
        MeetingBoard board,
        MeetingRecords records,
        OrganizerNames names,
        IClock clock,
        CancellationToken cancellationToken,
        int limit = PageSize
    )
    {
        var caller = Caller.Of(context);
        var zone = await board.ZoneAsync(caller, cancellationToken);
        var today = clock.GetCurrentInstant().InZone(zone).Date;
        var connections = (await board.ConnectionsAsync(caller, cancellationToken))
            .Where(entry => entry.Connection.ConnectedAt is not null)
            .ToList();
        var query = context.Request.Query;
        var wanted = query["connection"].ToString();
        var chosen = connections.Count == 1 ? connections[0] : connections.FirstOrDefault(entry => entry.Id == wanted);
        var others = chosen is not null && AccountMeetings.MayReadOthers(chosen, "historyOfOthers");
        var errors = new FieldErrors();
        var filter = HistoryFilter.Read(
            name => query[name].ToString().Trim(),
            today,
            chosen?.Id,
            others ? query["organizer"].ToString().Trim() : "",
            errors
        );
        // A cursor somebody broke shows the first page.
        var after =
            Cursor.TryDecode(query["cursor"], out var decoded) && MeetingRecords.IsHistoryCursor(decoded)
                ? decoded
                : Cursor.Start;
        var view = new HistoryView
        {
            Caller = caller,
            Connections = connections,
            Connection = chosen,
            Filter = filter,
            Lines = new Page<HistoryLine>([], null),
            Troubles = [],
            Problem = errors.Any ? errors.ToProblem() : null,
            NotAsked = chosen is null ? Math.Max(0, connections.Count - MostAccounts) : 0,
            Organizers = others ? await names.ReadAsync(chosen!, cancellationToken) : null,
            IsLater = after != Cursor.Start,
            Today = today,
            Zone = zone,
        };
        if (view.Problem is not null)
        {
            return view;
        }

        var (lines, troubles) = await LinesAsync(view, after, limit, records, cancellationToken);
        // A name nobody has is a mistake in the form, not a trouble of the account.
        var mistake = troubles.Select(trouble => trouble.Problem).FirstOrDefault(problem => problem.Errors is not null);
        return view with { Lines = lines, Troubles = mistake is null ? troubles : [], Problem = mistake };
    }

    // Each account gives the page it would show alone; the newest of all of them make the page.
    private static async Task<(
        Page<HistoryLine> Lines,
        List<(ConnectionEntry Connection, Problem Problem)> Troubles
    )> LinesAsync(
        HistoryView view,
        Cursor after,
        int limit,
        MeetingRecords records,
        CancellationToken cancellationToken
    )
    {
        var span = view.Filter.In(view.Zone);
        var asked = view.Connection is { } one ? [one] : view.Connections.Take(MostAccounts).ToList();
        var answers = await Task.WhenAll(
            asked.Select(async entry =>
                (
                    Entry: entry,
                    Answer: await records.HistoryAsync(
                        view.Caller.WorkspaceId,
                        entry.Id,
                        new HistoryRequest(
                            span.Start,
                            span.End,
                            view.Filter.Organizer.Length == 0 ? null : view.Filter.Organizer,
                            after,
                            limit
                        ),
                        cancellationToken
                    )
                )
            )
        );
        var cut = new PageCut<HistoryLine>(after, limit);
        var troubles = new List<(ConnectionEntry Connection, Problem Problem)>();
        var more = false;
        foreach (var (entry, answer) in answers)
        {
            if (answer.Problem is { } problem)
            {
                troubles.Add((entry, problem));
                continue;
            }

            more |= answer.Value.NextCursor is not null;
            foreach (var item in answer.Value.Items)
            {
                cut.Add(MeetingRecords.CursorOf(item), new HistoryLine(entry, item));
            }
        }

        var page = cut.ToPage();
        // An account may know of more though what came fills the page exactly.
        return (
            page.NextCursor is null && more && page.Items.Count > 0
                ? page with
                {
                    NextCursor = MeetingRecords.CursorOf(page.Items[^1].Item).Encode(),
                }
                : page,
            troubles
        );
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
