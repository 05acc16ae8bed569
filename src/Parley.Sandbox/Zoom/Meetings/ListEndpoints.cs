using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary><c>GET /users/{id}/meetings</c> and <c>/upcoming_meetings</c> (reference §2.4).</summary>
internal sealed class ListEndpoints(SandboxAddress address)
{
    public static void Map(IEndpointRouteBuilder routes, ZoomApi api, ListEndpoints endpoints)
    {
        api.Map(routes, ZoomOperations.MeetingsList, endpoints.List);
        api.Map(routes, ZoomOperations.MeetingsUpcoming, endpoints.Upcoming);
    }

    private IResult List(ZoomRequest request)
    {
        MeetingCall call = new(request, address.BaseUrl);
        (ZoomUser? host, IResult? refusal) = request.User(request.Route("userId"));
        if (host is null)
        {
            return refusal!;
        }

        string type = request.Query("type") ?? "scheduled";
        if (!MeetingLists.Types.Contains(type, StringComparer.Ordinal))
        {
            return MeetingCall.Validation("type", "Invalid field.");
        }

        string zoneName = request.Query("timezone") ?? host.TimeZone;
        if (MeetingTimes.Zone(zoneName) is not { } zone)
        {
            return MeetingCall.Validation("timezone", "Invalid field.");
        }

        (string? from, string? to) = (request.Query("from"), request.Query("to"));
        LocalDate? first = from is null ? null : MeetingTimes.ReadDate(from);
        LocalDate? last = to is null ? null : MeetingTimes.ReadDate(to);
        if (first is null != from is null || last is null != to is null)
        {
            return MeetingCall.Validation(first is null && from is not null ? "from" : "to", "Must be yyyy-MM-dd.");
        }

        List<ZoomMeeting> rows =
        [
            .. MeetingLists.Of(call.State, host, type, call.Lag).Where(meeting => Within(meeting, zone, first, last)),
        ];
        (ZoomPage<ZoomMeeting>? page, IResult? badPage) = ZoomPage.Of(request, rows);
        if (page is null)
        {
            return badPage!;
        }

        JsonObject reply = PageFrame.Of(page, numbered: true);
        reply["meetings"] = new JsonArray([.. page.Rows.Select(meeting => call.Replies.Row(meeting, host))]);
        return MeetingCall.Ok(reply);
    }

    private IResult Upcoming(ZoomRequest request)
    {
        MeetingCall call = new(request, address.BaseUrl);
        (ZoomUser? user, IResult? refusal) = request.User(request.Route("userId"));
        if (user is null)
        {
            return refusal!;
        }

        List<(ZoomMeeting Meeting, ZoomUser Host)> rows = MeetingLists.NextDay(call.State, user, call.Lag);
        return MeetingCall.Ok(
            new JsonObject
            {
                ["total_records"] = rows.Count,
                ["meetings"] = new JsonArray([
                    .. rows.Select(row => call.Replies.Upcoming(row.Meeting, row.Host, row.Host.Id == user.Id)),
                ]),
            }
        );
    }

    /// <summary>By the day a meeting begins on the clock of the zone; what has no start is in every range.</summary>
    private static bool Within(ZoomMeeting meeting, DateTimeZone zone, LocalDate? first, LocalDate? last)
    {
        if (meeting.StartsAt is not { } start)
        {
            return true;
        }

        LocalDate day = start.InZone(zone).Date;
        return (first is not { } from || day >= from) && (last is not { } to || day <= to);
    }
}
