using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.Past;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Reports;

/// <summary>Reports about single meetings: <c>/report/meetings/{id}</c>, its participants, and the meetings of one user (reference §3).</summary>
internal static class MeetingReports
{
    private static readonly string[] Types = ["past", "pastOne", "pastJoined"];

    public static void Map(IEndpointRouteBuilder routes, ZoomApi api)
    {
        api.Map(routes, ZoomOperations.ReportMeeting, Meeting);
        api.Map(routes, ZoomOperations.ReportParticipants, Participants);
        api.Map(routes, ZoomOperations.ReportUserMeetings, UserMeetings);
    }

    private static IResult Meeting(ZoomRequest request)
    {
        if (!TryRun(request, out HeldRun? held, out IResult? refusal))
        {
            return refusal;
        }

        JsonObject reply = new()
        {
            ["uuid"] = held.Run.Uuid,
            ["id"] = held.Run.MeetingId,
            ["type"] = held.Run.Type,
            ["topic"] = held.Run.Topic,
            ["user_name"] = held.Host.FullName,
            ["user_email"] = held.Host.Email,
            ["start_time"] = MeetingTimes.Text(held.Run.StartedAt),
            ["end_time"] = MeetingTimes.Text(held.EndedAt),
            ["duration"] = held.Minutes,
            ["total_minutes"] = held.TotalMinutes,
            ["participants_count"] = held.People,
            ["dept"] = held.Host.Department,
        };
        if (held.Run.TrackingFields.Count > 0)
        {
            reply["tracking_fields"] = MeetingReplies.Tracking(held.Run.TrackingFields);
        }

        return MeetingCall.Ok(reply);
    }

    private static IResult Participants(ZoomRequest request)
    {
        if (!TryRun(request, out HeldRun? held, out IResult? refusal))
        {
            return refusal;
        }

        bool registrants = request.Query("include_fields") == "registrant_id";
        (ZoomPage<ZoomStay>? page, IResult? badPage) = ZoomPage.Of(request, held.Stays);
        if (page is null)
        {
            return badPage!;
        }

        JsonObject reply = PageFrame.Of(page);
        reply["participants"] = new JsonArray([
            .. page.Rows.Select(stay =>
            {
                JsonObject row = ParticipantRow.Of(held, stay);
                if (stay.UserId is not null)
                {
                    row["participant_user_id"] = stay.UserId;
                }

                if (registrants)
                {
                    row["registrant_id"] = "";
                }

                return row;
            }),
        ]);
        return MeetingCall.Ok(reply);
    }

    private static IResult UserMeetings(ZoomRequest request)
    {
        if (ReportCall.Refuse(request) is { } no)
        {
            return no;
        }

        (ZoomUser? user, IResult? refusal) = request.User(request.Route("userId"));
        if (user is null)
        {
            return refusal!;
        }

        if (!ReportCall.TryRange(request, past: true, out LocalDate from, out LocalDate to, out refusal))
        {
            return refusal;
        }

        string type = request.Query("type") ?? "past";
        if (!Types.Contains(type, StringComparer.Ordinal))
        {
            return ReportCall.Invalid("type");
        }

        List<HeldRun> rows =
        [
            .. Runs(request, user, type).Where(held => ReportCall.Within(held.Run.StartedAt, from, to)),
        ];
        (ZoomPage<HeldRun>? page, IResult? badPage) = ZoomPage.Of(request, rows);
        if (page is null)
        {
            return badPage!;
        }

        JsonObject reply = PageFrame.Of(page);
        reply["from"] = MeetingTimes.Date(from);
        reply["to"] = MeetingTimes.Date(to);
        reply["meetings"] = new JsonArray([.. page.Rows.Select(held => Row(request, held))]);
        return MeetingCall.Ok(reply);
    }

    /// <summary>Meetings to which nobody but the host came are in <c>pastOne</c> only.</summary>
    private static IEnumerable<HeldRun> Runs(ZoomRequest request, ZoomUser user, string type)
    {
        Instant latest = request.State.Now - WireCall.Of(request.Context).ListLag;
        IEnumerable<HeldRun> hosted = PastRuns
            .OfHost(request.State, user)
            .Where(held => held.Settled && held.EndedAt <= latest);
        return type switch
        {
            "pastOne" => hosted.Where(held => held.People == 1),
            "pastJoined" => request
                .State.ZoomMeetings.StaysOfUser.Of(user.Id)
                .Select(stay => stay.RunUuid)
                .Distinct(StringComparer.Ordinal)
                .Select(uuid => request.State.ZoomMeetings.Runs.Find(uuid))
                .OfType<ZoomRun>()
                .Select(run => PastRuns.Held(request.State, run))
                .OfType<HeldRun>()
                .Where(held => held is { Settled: true, People: > 1 } && held.EndedAt <= latest)
                .OrderBy(held => held.Run.StartedAt),
            _ => hosted.Where(held => held.People > 1),
        };
    }

    private static JsonObject Row(ZoomRequest request, HeldRun held)
    {
        JsonObject row = new()
        {
            ["uuid"] = held.Run.Uuid,
            ["id"] = held.Run.MeetingId,
            ["type"] = held.Run.Type,
            ["topic"] = held.Run.Topic,
            ["user_name"] = held.Host.FullName,
            ["user_email"] = held.Host.Email,
            ["host_name"] = held.Host.FullName,
            ["host_organization"] = request.Zoom.AccountOf(held.Host).Name,
            ["start_time"] = MeetingTimes.Text(held.Run.StartedAt),
            ["end_time"] = MeetingTimes.Text(held.EndedAt),
            ["duration"] = held.Minutes,
            ["total_minutes"] = held.TotalMinutes,
            ["participants_count"] = held.People,
            ["participants_count_my_account"] = held
                .Stays.Where(stay => stay.UserId is not null)
                .Select(stay => stay.UserId)
                .Distinct(StringComparer.Ordinal)
                .Count(),
            ["source"] = "Zoom",
            ["has_chat"] = false,
            ["has_recording"] = false,
            ["has_screen_share"] = false,
            ["meeting_encryption_status"] = 1,
        };
        if (held.Run.PlannedAt is { } planned)
        {
            row["schedule_time"] = MeetingTimes.Text(planned);
        }

        return row;
    }

    /// <summary>A run there is a report about: settled, and not with a single participant.</summary>
    private static bool TryRun(
        ZoomRequest request,
        [NotNullWhen(true)] out HeldRun? held,
        [NotNullWhen(false)] out IResult? refusal
    )
    {
        held = null;
        refusal = ReportCall.Refuse(request);
        if (refusal is not null || !PastCall.TryRun(request, out held, out refusal))
        {
            return false;
        }

        if (held is { Settled: true, People: > 1 })
        {
            return true;
        }

        refusal = ZoomErrors.Of(
            StatusCodes.Status404NotFound,
            3001,
            $"Meeting {PastCall.Asked(request)} not found or has expired."
        );
        return false;
    }
}
