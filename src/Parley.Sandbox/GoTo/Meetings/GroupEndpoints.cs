using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>
/// Groups and what their organizers did, <c>/goto/G2M/rest/groups</c> (reference §2.2); for administrators. The published file declares
/// no 404 here: an unknown group is a 400.
/// </summary>
internal sealed class GroupEndpoints(MeetingApi api)
{
    /// <summary>The meeting calls are restricted to groups of so many organizers.</summary>
    private const int MostOrganizers = 50;

    public static void Map(IEndpointRouteBuilder routes, GroupEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/goto/G2M/rest/groups");
        group.MapGet("/", endpoints.List);
        group.MapGet("/{key}/organizers", endpoints.Organizers);
        group.MapPost("/{key}/organizers", endpoints.CreateOrganizer);
        group.MapGet("/{key}/upcomingMeetings", endpoints.Upcoming);
        group.MapGet("/{key}/historicalMeetings", endpoints.Historical);
        group.MapGet("/{key}/attendees", endpoints.Attendees);
        group.MapGet("/{key}/meetings", endpoints.Deprecated);
    }

    private IResult List(HttpContext context) =>
        api.Admin(
            context,
            call =>
                WireJson.Rows(
                    [
                        .. call
                            .State.Groups.All.Where(group => group.AccountKey == call.Caller.Person.AccountKey)
                            .OrderBy(group => group.Key, StringComparer.Ordinal)
                            .Select(group => OrganizerReplies.OfGroup(call.State, group)),
                    ],
                    row => row
                )
        );

    private IResult Organizers(HttpContext context, string key) =>
        InGroup(
            context,
            key,
            (call, _, members) =>
                WireJson.Rows(
                    [.. members.Select(person => OrganizerReplies.Organizer(call.State, person))],
                    (JsonNode row) => row
                )
        );

    private IResult CreateOrganizer(HttpContext context, string key) =>
        InGroup(context, key, (call, group, _) => OrganizerEndpoints.Create(call, group.Key));

    private IResult Upcoming(HttpContext context, string key) =>
        InSmallGroup(
            context,
            key,
            (call, group, members) =>
            {
                MeetingReplies replies = call.Replies;
                return WireJson.Rows([.. Planned(call, members)], planned => replies.UpcomingOfGroup(planned, group));
            }
        );

    private IResult Historical(HttpContext context, string key) =>
        InSmallGroup(
            context,
            key,
            (call, group, members) =>
            {
                if (!call.TryRange(required: true, out Interval? range, out IResult? refusal))
                {
                    return refusal;
                }

                HistoryReplies replies = call.History;
                return WireJson.Rows(
                    [.. Sessions(call, members, range)],
                    held => replies.HistoricalOfGroup(held, group)
                );
            }
        );

    /// <summary>The dates may be left out here.</summary>
    private IResult Attendees(HttpContext context, string key) =>
        InSmallGroup(
            context,
            key,
            (call, group, members) =>
            {
                if (!call.TryRange(required: false, out Interval? range, out IResult? refusal))
                {
                    return refusal;
                }

                HistoryReplies replies = call.History;
                return WireJson.Rows(
                    [.. Sessions(call, members, range).SelectMany(held => MeetingRows.Stays(call.State, held))],
                    stay => replies.ByGroup(stay, group)
                );
            }
        );

    /// <summary>ScheduledMeetingByGroup or HistoryMeetingByGroup.</summary>
    private IResult Deprecated(HttpContext context, string key) =>
        InSmallGroup(
            context,
            key,
            (call, group, members) =>
            {
                if (!call.TryFlags(out bool history, out IResult? refusal))
                {
                    return refusal;
                }

                if (!history)
                {
                    MeetingReplies planned = call.Replies;
                    return WireJson.Rows([.. Planned(call, members)], one => planned.ScheduledOfGroup(one, group));
                }

                HistoryReplies held = call.History;
                return call.TryRange(required: true, out Interval? range, out IResult? wrong)
                    ? WireJson.Rows([.. Sessions(call, members, range)], one => held.HistoryOfGroup(one, group))
                    : wrong;
            }
        );

    private IResult InSmallGroup(
        HttpContext context,
        string key,
        Func<MeetingCall, Group, IReadOnlyList<Person>, IResult> answer
    ) =>
        InGroup(
            context,
            key,
            (call, group, members) =>
                members.Count <= MostOrganizers
                    ? answer(call, group, members)
                    : call.Errors.BadRequest($"The group has more than {MostOrganizers} organizers")
        );

    private IResult InGroup(
        HttpContext context,
        string key,
        Func<MeetingCall, Group, IReadOnlyList<Person>, IResult> answer
    ) =>
        api.Admin(
            context,
            call =>
                call.State.Groups.Find(key) is { } group && group.AccountKey == call.Caller.Person.AccountKey
                    ? answer(
                        call,
                        group,
                        [
                            .. OrganizerReplies
                                .Organizers(call.State, group.AccountKey)
                                .Where(person => person.GroupKey == group.Key),
                        ]
                    )
                    : call.Errors.BadRequest("The group does not exist")
        );

    private static IEnumerable<Planned> Planned(MeetingCall call, IReadOnlyList<Person> members) =>
        members
            .SelectMany(person => MeetingRows.Upcoming(call.State, person, call.Wire.ListLag))
            .OrderBy(planned => planned.Meeting.StartsAt);

    private static IEnumerable<Held> Sessions(MeetingCall call, IReadOnlyList<Person> members, Interval? range) =>
        members
            .SelectMany(person => MeetingRows.Sessions(call.State, person, range, call.Wire.ListLag))
            .OrderBy(held => held.StartedAt);
}
