using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Past;

/// <summary><c>/past_meetings</c>: what was held, and who came (reference §3).</summary>
internal static class PastEndpoints
{
    /// <summary>How far back the instances of a meeting go.</summary>
    private const int InstanceMonths = 15;

    public static void Map(IEndpointRouteBuilder routes, ZoomApi api)
    {
        api.Map(routes, ZoomOperations.PastGet, Get);
        api.Map(routes, ZoomOperations.PastInstances, Instances);
        api.Map(routes, ZoomOperations.PastParticipants, Participants);
    }

    private static IResult Get(ZoomRequest request) =>
        PastCall.TryRun(request, out HeldRun? held, out IResult? refusal)
            ? MeetingCall.Ok(
                new JsonObject
                {
                    ["uuid"] = held.Run.Uuid,
                    ["id"] = held.Run.MeetingId,
                    ["host_id"] = held.Run.HostId,
                    ["type"] = held.Run.Type,
                    ["topic"] = held.Run.Topic,
                    ["user_name"] = held.Host.FullName,
                    ["user_email"] = held.Host.Email,
                    ["start_time"] = MeetingTimes.Text(held.Run.StartedAt),
                    ["end_time"] = MeetingTimes.Text(held.EndedAt),
                    ["duration"] = held.Minutes,
                    ["total_minutes"] = held.Settled ? held.TotalMinutes : 0,
                    ["participants_count"] = held.Settled ? held.People : 0,
                    ["dept"] = held.Host.Department,
                    ["source"] = "Zoom",
                    ["has_meeting_summary"] = false,
                }
            )
            : refusal;

    private static IResult Instances(ZoomRequest request)
    {
        string asked = PastCall.Asked(request);
        if (Identifiers.Number(asked) is not { } id)
        {
            return MeetingCall.Validation("meetingId", "Invalid meeting id.");
        }

        ZoomMeeting? meeting = request.State.ZoomMeetings.Find(id);
        List<ZoomRun> runs = [.. PastRuns.Of(request.State, id)];
        string? hostId = meeting?.HostId ?? runs.FirstOrDefault()?.HostId;
        if (hostId is null || request.Zoom.Users.Find(hostId) is not { } host || !request.Reaches(host))
        {
            return ZoomErrors.MeetingUnknown(asked);
        }

        Instant earliest = request.State.Now.InUtc().LocalDateTime.PlusMonths(-InstanceMonths).InUtc().ToInstant();
        return MeetingCall.Ok(
            new JsonObject
            {
                ["meetings"] = new JsonArray([
                    .. runs.Where(run => run.StartedAt >= earliest)
                        .OrderBy(run => run.StartedAt)
                        .Select(run => new JsonObject
                        {
                            ["uuid"] = run.Uuid,
                            ["start_time"] = MeetingTimes.Text(run.StartedAt),
                        }),
                ]),
            }
        );
    }

    /// <summary>One row for each join. Nothing when only one person came.</summary>
    private static IResult Participants(ZoomRequest request)
    {
        if (!PastCall.TryRun(request, out HeldRun? held, out IResult? refusal))
        {
            return refusal;
        }

        Duration lag = WireCall.Of(request.Context).ListLag;
        IReadOnlyList<ZoomStay> stays = held.People < 2 || held.EndedAt > request.State.Now - lag ? [] : held.Stays;
        (ZoomPage<ZoomStay>? page, IResult? badPage) = ZoomPage.Of(request, stays);
        if (page is null)
        {
            return badPage!;
        }

        JsonObject reply = PageFrame.Of(page);
        reply["participants"] = new JsonArray([
            .. page.Rows.Select(stay =>
            {
                JsonObject row = ParticipantRow.Of(held, stay);
                row["registrant_id"] = "";
                row["internal_user"] = stay.UserId is not null;
                return row;
            }),
        ]);
        return MeetingCall.Ok(reply);
    }
}

/// <summary>The fields that both lists of participants share.</summary>
internal static class ParticipantRow
{
    /// <summary>Whoever is not of the account has neither id nor address; the length is 0 until the figures are worked out.</summary>
    public static JsonObject Of(HeldRun held, ZoomStay stay)
    {
        Instant left = stay.LeftAt ?? held.EndedAt;
        return new JsonObject
        {
            ["id"] = stay.UserId ?? "",
            ["user_id"] = stay.JoinId,
            ["name"] = stay.Name,
            ["user_email"] = stay.UserId is null ? "" : stay.Email ?? "",
            ["join_time"] = MeetingTimes.Text(stay.JoinedAt),
            ["leave_time"] = MeetingTimes.Text(left),
            ["duration"] = held.Settled ? (int)(left - stay.JoinedAt).TotalSeconds : 0,
            ["failover"] = false,
            ["status"] = "in_meeting",
        };
    }
}
