using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>
/// Lists of meetings to come, of sessions held and of who came: the caller's (reference §2.1) and, for administrators, any
/// organizer's (§2.2).
/// </summary>
internal sealed class HistoryEndpoints(MeetingApi api)
{
    public static void Map(IEndpointRouteBuilder routes, HistoryEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/goto/G2M/rest");
        group.MapGet("/meetings", endpoints.Deprecated);
        group.MapGet("/meetings/{id}/attendees", endpoints.AttendeesOfMeeting);
        group.MapGet("/upcomingMeetings", endpoints.Upcoming);
        group.MapGet("/historicalMeetings", endpoints.Historical);
        RouteGroupBuilder organizer = group.MapGroup("/organizers/{key}");
        organizer.MapGet("/upcomingMeetings", endpoints.UpcomingOf);
        organizer.MapGet("/historicalMeetings", endpoints.HistoricalOf);
        organizer.MapGet("/attendees", endpoints.AttendeesOf);
        organizer.MapGet("/meetings", endpoints.DeprecatedOf);
        organizer.MapDelete("/sessions/{session}", endpoints.DeleteSession);
        organizer.MapDelete("/sessions/{session}/attendees", endpoints.DeleteAttendees);
        organizer.MapDelete("/sessions/{session}/recordings", endpoints.DeleteRecordings);
    }

    private IResult Upcoming(HttpContext context) => api.Own(context, call => Upcoming(call, call.Caller.Person));

    private IResult UpcomingOf(HttpContext context, string key) =>
        api.OwnOrOthers(
            context,
            call =>
                call.TryOrganizer(key, out Person? organizer, out IResult? refusal)
                    ? Upcoming(call, organizer)
                    : refusal
        );

    private IResult Historical(HttpContext context) => api.Own(context, call => Historical(call, call.Caller.Person));

    private IResult HistoricalOf(HttpContext context, string key) =>
        api.OwnOrOthers(
            context,
            call =>
                call.TryOrganizer(key, out Person? organizer, out IResult? refusal)
                    ? Historical(call, organizer)
                    : refusal
        );

    /// <summary>An administrator sees every meeting of the account, others those they are an organizer of. Removed ones keep their past.</summary>
    private IResult AttendeesOfMeeting(HttpContext context, string id) =>
        api.WithIdentity(
            context,
            call =>
            {
                Person person = call.Caller.Person;
                if (
                    call.Meeting(id) is not { } meeting
                    || call.State.People.Find(meeting.OwnerKey) is not { } owner
                    || owner.AccountKey != person.AccountKey
                    || !(
                        person.Admin
                        || owner.Key == person.Key
                        || meeting.CoOrganizers.Contains(person.Key, StringComparer.Ordinal)
                    )
                )
                {
                    return call.NoSuchMeeting();
                }

                return WireJson.Rows(MeetingRows.Stays(call.State, meeting, owner), call.History.ByMeeting);
            }
        );

    private IResult AttendeesOf(HttpContext context, string key) =>
        api.OwnOrOthers(
            context,
            call =>
            {
                if (!call.TryOrganizer(key, out Person? organizer, out IResult? refusal))
                {
                    return refusal;
                }

                if (!call.TryRange(required: true, out Interval? range, out IResult? wrong))
                {
                    return wrong;
                }

                string groupName = OrganizerReplies.GroupOf(call.State, organizer).Name;
                HistoryReplies replies = call.History;
                return WireJson.Rows(
                    [
                        .. MeetingRows
                            .Sessions(call.State, organizer, range, call.Wire.ListLag)
                            .SelectMany(held => MeetingRows.Stays(call.State, held)),
                    ],
                    stay => replies.ByOrganizer(stay, groupName)
                );
            }
        );

    /// <summary>MeetingScheduled or MeetingHistory.</summary>
    private IResult Deprecated(HttpContext context) =>
        api.Own(context, call => Deprecated(call, call.Caller.Person, call.History.History));

    /// <summary>MeetingByOrganizer for both, as the file declares.</summary>
    private IResult DeprecatedOf(HttpContext context, string key) =>
        api.OwnOrOthers(
            context,
            call =>
                call.TryOrganizer(key, out Person? organizer, out IResult? refusal)
                    ? Deprecated(call, organizer, call.Replies.HeldByOrganizer)
                    : refusal
        );

    /// <summary>The session with its attendees and its recording.</summary>
    private IResult DeleteSession(HttpContext context, string key, string session) =>
        CleanUp(
            context,
            key,
            session,
            (state, row) =>
            {
                RemoveStays(state, row);
                state.Sessions.Remove(row.Id);
            }
        );

    private IResult DeleteAttendees(HttpContext context, string key, string session) =>
        CleanUp(context, key, session, RemoveStays);

    private IResult DeleteRecordings(HttpContext context, string key, string session) =>
        CleanUp(context, key, session, (state, row) => state.Sessions.Put(row.Id, row with { Recording = null }));

    private IResult CleanUp(HttpContext context, string key, string session, Action<World, Session> deed) =>
        api.OwnOrOthers(
            context,
            call =>
            {
                if (!call.TryOrganizer(key, out Person? organizer, out IResult? refusal))
                {
                    return refusal;
                }

                if (
                    call.State.Sessions.Find(session) is not { EndedAt: not null } row
                    || call.State.Meetings.Find(WireForm.Text(row.MeetingId))?.OwnerKey != organizer.Key
                )
                {
                    return call.Errors.NotFound("The session does not exist");
                }

                deed(call.State, row);
                return Results.NoContent();
            }
        );

    private static void RemoveStays(World state, Session session)
    {
        foreach (string stay in state.AttendancesOf.Of(session.Id).Select(attendance => attendance.Id).ToList())
        {
            state.Attendances.Remove(stay);
        }
    }

    private static IResult Upcoming(MeetingCall call, Person organizer) =>
        WireJson.Rows(MeetingRows.Upcoming(call.State, organizer, call.Wire.ListLag), call.Replies.Upcoming);

    private static IResult Historical(MeetingCall call, Person organizer) =>
        call.TryRange(required: true, out Interval? range, out IResult? refusal)
            ? WireJson.Rows(
                MeetingRows.Sessions(call.State, organizer, range, call.Wire.ListLag),
                call.History.Historical
            )
            : refusal;

    private static IResult Deprecated(
        MeetingCall call,
        Person organizer,
        Func<Held, System.Text.Json.Nodes.JsonNode> session
    )
    {
        if (!call.TryFlags(out bool history, out IResult? refusal))
        {
            return refusal;
        }

        if (!history)
        {
            return WireJson.Rows(
                MeetingRows.Upcoming(call.State, organizer, call.Wire.ListLag),
                call.Replies.Scheduled
            );
        }

        return call.TryRange(required: true, out Interval? range, out IResult? wrong)
            ? WireJson.Rows(MeetingRows.Sessions(call.State, organizer, range, call.Wire.ListLag), session)
            : wrong;
    }
}
