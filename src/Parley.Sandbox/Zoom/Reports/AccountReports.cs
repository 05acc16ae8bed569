using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.Past;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Reports;

/// <summary>Reports about the whole account: hosts, days, history and what is to come (reference §3).</summary>
internal static class AccountReports
{
    public static void Map(IEndpointRouteBuilder routes, ZoomApi api)
    {
        api.Map(routes, ZoomOperations.ReportUsers, Users);
        api.Map(routes, ZoomOperations.ReportDaily, Daily);
        api.Map(routes, ZoomOperations.ReportHistory, History);
        api.Map(routes, ZoomOperations.ReportUpcoming, Upcoming);
    }

    /// <summary><c>active</c>: hosted at least one meeting in the range.</summary>
    private static IResult Users(ZoomRequest request)
    {
        if (!Open(request, past: true, out LocalDate from, out LocalDate to, out IResult? refusal))
        {
            return refusal!;
        }

        string type = request.Query("type") ?? "active";
        if (type is not ("active" or "inactive"))
        {
            return ReportCall.Invalid("type");
        }

        int least = request.State.ZoomMeetings.Switches.ActiveNeedsTwo ? 2 : 1;
        List<(ZoomUser User, List<HeldRun> Held)> rows =
        [
            .. ReportCall
                .Users(request)
                .Select(user => (user, Held(request, user, from, to).Where(held => held.People >= least).ToList()))
                .Where(row => row.Item2.Count > 0 == (type == "active")),
        ];
        (ZoomPage<(ZoomUser User, List<HeldRun> Held)>? page, IResult? badPage) = ZoomPage.Of(request, rows);
        if (page is null)
        {
            return badPage!;
        }

        JsonObject reply = PageFrame.Of(page, numbered: true);
        reply["from"] = MeetingTimes.Date(from);
        reply["to"] = MeetingTimes.Date(to);
        reply["total_meetings"] = rows.Sum(row => row.Held.Count);
        reply["total_participants"] = rows.Sum(row => row.Held.Sum(held => held.People));
        reply["total_meeting_minutes"] = rows.Sum(row => row.Held.Sum(held => held.Minutes));
        reply["users"] = new JsonArray([
            .. page.Rows.Select(row => new JsonObject
            {
                ["id"] = row.User.Id,
                ["email"] = row.User.Email,
                ["user_name"] = row.User.FullName,
                ["type"] = row.User.Type,
                ["dept"] = row.User.Department,
                ["meetings"] = row.Held.Count,
                ["participants"] = row.Held.Sum(held => held.People),
                ["meeting_minutes"] = row.Held.Sum(held => held.Minutes),
            }),
        ]);
        return MeetingCall.Ok(reply);
    }

    private static IResult Daily(ZoomRequest request)
    {
        if (ReportCall.Refuse(request) is { } no)
        {
            return no;
        }

        if (!ReportCall.TryMonth(request, out YearMonth month, out IResult? refusal))
        {
            return refusal;
        }

        LocalDate first = month.OnDayOfMonth(1);
        LocalDate last = LocalDate.Min(month.ToDateInterval().End, request.State.Now.InUtc().Date);
        List<ZoomUser> users = [.. ReportCall.Users(request)];
        ILookup<LocalDate, HeldRun> held = users
            .SelectMany(user => Held(request, user, first, last))
            .ToLookup(one => one.Run.StartedAt.InUtc().Date);
        ILookup<LocalDate, ZoomUser> made = users.ToLookup(user => user.CreatedAt.InUtc().Date);
        return MeetingCall.Ok(
            new JsonObject
            {
                ["year"] = month.Year,
                ["month"] = month.Month,
                ["dates"] = new JsonArray([
                    .. new DateInterval(first, last).Select(day => new JsonObject
                    {
                        ["date"] = MeetingTimes.Date(day),
                        ["new_users"] = made[day].Count(),
                        ["meetings"] = held[day].Count(),
                        ["participants"] = held[day].Sum(one => one.People),
                        ["meeting_minutes"] = held[day].Sum(one => one.Minutes),
                    }),
                ]),
            }
        );
    }

    private static IResult History(ZoomRequest request)
    {
        if (!Open(request, past: true, out LocalDate from, out LocalDate to, out IResult? refusal))
        {
            return refusal!;
        }

        bool byEnd = request.Query("date_type") == "end_time";
        string search = request.Query("search_key") ?? "";
        List<HeldRun> rows =
        [
            .. ReportCall
                .Users(request)
                .SelectMany(user => PastRuns.OfHost(request.State, user))
                .Where(held => held.Settled && held.EndedAt <= Latest(request))
                .Where(held => ReportCall.Within(byEnd ? held.EndedAt : held.Run.StartedAt, from, to))
                .Where(held => Found(held, search))
                .Where(_ => request.Query("meeting_type") != "webinar")
                .OrderBy(held => held.Run.StartedAt),
        ];
        (ZoomPage<HeldRun>? page, IResult? badPage) = ZoomPage.Of(request, rows);
        return page is null
            ? badPage!
            : MeetingCall.Ok(
                new JsonObject
                {
                    ["next_page_token"] = page.NextToken,
                    ["page_size"] = page.Size,
                    ["history_meetings"] = new JsonArray([.. page.Rows.Select(HistoryRow)]),
                }
            );
    }

    private static IResult Upcoming(ZoomRequest request)
    {
        if (!Open(request, past: false, out LocalDate from, out LocalDate to, out IResult? refusal))
        {
            return refusal!;
        }

        World state = request.State;
        List<(ZoomMeeting Meeting, ZoomUser Host)> rows =
            request.Query("type") == "webinar"
                ? []
                :
                [
                    .. ReportCall
                        .Users(request)
                        .SelectMany(user =>
                            MeetingLists
                                .Of(state, user, "upcoming", WireCall.Of(request.Context).ListLag)
                                .Select(meeting => (Meeting: meeting, Host: user))
                        )
                        .Where(row => row.Meeting.StartsAt is { } start && ReportCall.Within(start, from, to))
                        .OrderBy(row => row.Meeting.StartsAt)
                        .ThenBy(row => row.Meeting.Id),
                ];
        (ZoomPage<(ZoomMeeting Meeting, ZoomUser Host)>? page, IResult? badPage) = ZoomPage.Of(request, rows);
        return page is null
            ? badPage!
            : MeetingCall.Ok(
                new JsonObject
                {
                    ["from"] = MeetingTimes.Date(from),
                    ["to"] = MeetingTimes.Date(to),
                    ["next_page_token"] = page.NextToken,
                    ["page_size"] = page.Size,
                    ["upcoming_events"] = new JsonArray([
                        .. page.Rows.Select(row => new JsonObject
                        {
                            ["id"] = MeetingTables.Text(row.Meeting.Id),
                            ["topic"] = row.Meeting.Topic,
                            ["start_time"] = MeetingTimes.Text(row.Meeting.StartsAt!.Value),
                            ["host_id"] = row.Host.Id,
                            ["host_name"] = row.Host.FullName,
                            ["dept"] = row.Host.Department,
                        }),
                    ]),
                }
            );
    }

    private static JsonObject HistoryRow(HeldRun held) =>
        new()
        {
            ["meeting_uuid"] = held.Run.Uuid,
            ["meeting_id"] = held.Run.MeetingId,
            ["type"] = "Meeting",
            ["host_display_name"] = held.Host.FullName,
            ["host_email"] = held.Host.Email,
            ["start_time"] = MeetingTimes.Text(held.Run.StartedAt),
            ["end_time"] = MeetingTimes.Text(held.EndedAt),
            ["topic"] = held.Run.Topic,
            ["participants"] = held.People,
            ["duration"] = held.Minutes,
            ["total_participant_minutes"] = held.TotalMinutes,
            ["department"] = held.Host.Department,
            ["group"] = new JsonArray([.. held.Host.GroupIds.Select(group => (JsonNode)group)]),
            ["source"] = "Zoom",
            ["tracking_fields"] = MeetingReplies.Tracking(held.Run.TrackingFields),
        };

    private static bool Found(HeldRun held, string search) =>
        search.Length == 0
        || held.Run.Topic.Contains(search, StringComparison.OrdinalIgnoreCase)
        || MeetingTables.Text(held.Run.MeetingId) == search
        || held.Host.Email.Equals(search, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<HeldRun> Held(ZoomRequest request, ZoomUser user, LocalDate from, LocalDate to) =>
        PastRuns
            .OfHost(request.State, user)
            .Where(held =>
                held.Settled && held.EndedAt <= Latest(request) && ReportCall.Within(held.Run.StartedAt, from, to)
            );

    /// <summary>A report that lags knows nothing of what ended since.</summary>
    private static Instant Latest(ZoomRequest request) => request.State.Now - WireCall.Of(request.Context).ListLag;

    private static bool Open(ZoomRequest request, bool past, out LocalDate from, out LocalDate to, out IResult? refusal)
    {
        (from, to) = (default, default);
        refusal = ReportCall.Refuse(request);
        return refusal is null && ReportCall.TryRange(request, past, out from, out to, out refusal);
    }
}
