using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>Reads what was held in a member's accounts for pages and tables: each account is asked, all at once.</summary>
internal static class HistoryLists
{
    private const int PageSize = 50;

    // Each is a call to its provider.
    private const int MostAccounts = 12;

    public static async Task<HistoryView> ReadAsync(
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
            Periods = [],
            Troubles = [],
            Problem = errors.Any ? errors.ToProblem() : null,
            NotAsked = chosen is null ? Math.Max(0, Distinct(connections).Count() - MostAccounts) : 0,
            Organizers = others ? await names.ReadAsync(chosen!, cancellationToken) : null,
            IsLater = after != Cursor.Start,
            Today = today,
            Zone = zone,
        };
        if (view.Problem is not null)
        {
            return view;
        }

        var (lines, troubles, periods) = await LinesAsync(view, after, limit, records, cancellationToken);
        // A name nobody has is a mistake in the form, not a trouble of the account.
        var mistake = troubles.Select(trouble => trouble.Problem).FirstOrDefault(problem => problem.Errors is not null);
        return view with
        {
            Lines = lines,
            Troubles = mistake is null ? troubles : [],
            Problem = mistake,
            Periods = periods,
        };
    }

    // An account connected both ways tells the same twice: its organizer's own connection is asked.
    private static IEnumerable<ConnectionEntry> Distinct(IReadOnlyList<ConnectionEntry> connections) =>
        connections
            // One that speaks for an account as a whole shows a history when it is chosen, and an organizer of it.
            .Where(entry => entry.OrganizerKey is not null || entry.Connection.Purpose == ConnectionPurpose.Organizer)
            .OrderBy(entry => entry.Connection.Purpose == ConnectionPurpose.Organizer ? 0 : 1)
            .DistinctBy(entry => (entry.Connection.Provider, entry.OrganizerKey ?? entry.Id));

    // Each account gives the page it would show alone; the newest of all of them make the page.
    public static async Task<(
        Page<HistoryLine> Lines,
        List<(ConnectionEntry Connection, Problem Problem)> Troubles,
        IReadOnlyList<HeldPeriod> Periods
    )> LinesAsync(
        HistoryView view,
        Cursor after,
        int limit,
        MeetingRecords records,
        CancellationToken cancellationToken
    )
    {
        var span = view.Filter.In(view.Zone);
        var asked = view.Connection is { } one ? [one] : Distinct(view.Connections).Take(MostAccounts).ToList();
        var answers = await Task.WhenAll(
            asked.Select(async entry =>
            {
                // A later page is not told of what came before it.
                var tally = after == Cursor.Start ? new HeldTally(view.Zone, view.IsMonthly) : null;
                return (
                    Entry: entry,
                    Tally: tally,
                    Answer: await records.HistoryAsync(
                        view.Caller.WorkspaceId,
                        entry.Id,
                        new HistoryRequest(
                            span.Start,
                            span.End,
                            view.Filter.Organizer.Length == 0 ? null : view.Filter.Organizer,
                            after,
                            limit
                        )
                        {
                            Tally = tally,
                        },
                        cancellationToken
                    )
                );
            })
        );
        var cut = new PageCut<HistoryLine>(after, limit);
        var troubles = new List<(ConnectionEntry Connection, Problem Problem)>();
        var more = false;
        foreach (var (entry, _, answer) in answers)
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
            troubles,
            after == Cursor.Start
                ? HeldTally.Of(
                    [.. answers.Where(answer => answer.Answer.Succeeded).Select(answer => answer.Tally!)],
                    view.Filter.From,
                    view.Filter.To,
                    view.IsMonthly
                )
                : []
        );
    }
}
