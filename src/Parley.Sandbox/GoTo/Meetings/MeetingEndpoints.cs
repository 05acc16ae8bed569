using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>The meeting API, <c>/goto/G2M/rest</c> (reference §2, §4).</summary>
internal sealed class MeetingEndpoints(World world, SandboxAddress address)
{
    private static readonly Duration HostKeyLife = Duration.FromHours(1);

    public static void Map(IEndpointRouteBuilder routes, MeetingEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/goto/G2M/rest");
        group.MapPost("/meetings", endpoints.Create);
        group.MapGet("/meetings", endpoints.Scheduled);
        group.MapGet("/meetings/{id}", endpoints.Get);
        group.MapPut("/meetings/{id}", endpoints.Update);
        group.MapDelete("/meetings/{id}", endpoints.Delete);
        group.MapGet("/meetings/{id}/start", endpoints.Start);
        group.MapGet("/upcomingMeetings", endpoints.Upcoming);
    }

    private IResult Create(HttpContext context) =>
        Answer(
            context,
            (state, caller, replies) =>
            {
                (MeetingRequest? request, IResult? refusal) = ReadRequest(state, caller, context);
                if (request is null)
                {
                    return refusal!;
                }

                if (!caller.Person.Licensed)
                {
                    // Recorded by an integrator on a free plan: a 500 whose text speaks of 412.
                    return WireJson.MeetingError(
                        StatusCodes.Status500InternalServerError,
                        "InternalError",
                        "412 Precondition Failed: the organizer has no GoTo Meeting licence"
                    );
                }

                Instant now = state.Now;
                long id = NewId(state);
                Meeting meeting = state.Meetings.Put(
                    $"{id}",
                    new Meeting
                    {
                        Id = id,
                        OwnerKey = caller.Person.Key,
                        Subject = request.Subject,
                        StartsAt = request.StartsAt,
                        EndsAt = request.EndsAt,
                        Type = request.Type,
                        PasswordRequired = request.PasswordRequired,
                        Audio = request.Audio,
                        CoOrganizers = request.CoOrganizers,
                        CreatedAt = now,
                        UpdatedAt = now,
                    }
                );
                return WireJson.Answer(StatusCodes.Status201Created, replies.Created(meeting));
            }
        );

    private IResult Get(HttpContext context, string id) =>
        Answer(
            context,
            (state, caller, replies) =>
                Own(state, caller, id) is { } meeting
                    ? WireJson.Answer(StatusCodes.Status200OK, replies.ById(meeting, Running(state, meeting)))
                    : NoSuchMeeting()
        );

    private IResult Update(HttpContext context, string id) =>
        Answer(
            context,
            (state, caller, _) =>
            {
                if (Own(state, caller, id) is not { } meeting)
                {
                    return NoSuchMeeting();
                }

                (MeetingRequest? request, IResult? refusal) = ReadRequest(state, caller, context);
                if (request is null)
                {
                    return refusal!;
                }

                state.Meetings.Put(
                    $"{meeting.Id}",
                    meeting with
                    {
                        Subject = request.Subject,
                        StartsAt = request.StartsAt,
                        EndsAt = request.EndsAt,
                        Type = request.Type,
                        PasswordRequired = request.PasswordRequired,
                        Audio = request.Audio,
                        CoOrganizers = request.CoOrganizers,
                        UpdatedAt = state.Now,
                    }
                );
                return Results.NoContent();
            }
        );

    private IResult Delete(HttpContext context, string id) =>
        Answer(
            context,
            (state, caller, _) =>
            {
                if (Own(state, caller, id) is not { } meeting)
                {
                    return NoSuchMeeting();
                }

                state.Meetings.Put($"{meeting.Id}", meeting with { DeletedAt = state.Now });
                return Results.NoContent();
            }
        );

    /// <summary>The one reply that is an object. Co-organizers may start too.</summary>
    private IResult Start(HttpContext context, string id) =>
        Answer(
            context,
            (state, caller, replies) =>
            {
                Meeting? meeting =
                    Own(state, caller, id)
                    ?? (
                        Find(state, id) is { } shared
                        && shared.CoOrganizers.Contains(caller.Person.Key, StringComparer.Ordinal)
                            ? shared
                            : null
                    );
                if (meeting is null)
                {
                    return NoSuchMeeting();
                }

                string token = Secrets.Text(36);
                string key = Secrets.Hash(token);
                state.HostKeys.Put(key, new HostKey(key, meeting.Id, caller.Person.Key, state.Now + HostKeyLife));
                return WireJson.Answer(
                    StatusCodes.Status200OK,
                    new JsonObject { ["hostURL"] = replies.HostUrl(meeting, token, caller.Person.Locale) }
                );
            }
        );

    private IResult Upcoming(HttpContext context) =>
        Answer(
            context,
            (state, caller, replies) =>
                WireJson.Answer(
                    StatusCodes.Status200OK,
                    new JsonArray([
                        .. Listed(state, caller, context)
                            .Select(meeting => replies.Upcoming(meeting, caller.Person, Running(state, meeting))),
                    ])
                )
        );

    private IResult Scheduled(HttpContext context) =>
        Answer(
            context,
            (state, caller, replies) =>
                string.Equals(context.Request.Query["scheduled"], "true", StringComparison.OrdinalIgnoreCase)
                && !context.Request.Query.ContainsKey("history")
                    ? WireJson.Answer(
                        StatusCodes.Status200OK,
                        new JsonArray([
                            .. Listed(state, caller, context)
                                .Select(meeting => replies.Scheduled(meeting, Running(state, meeting))),
                        ])
                    )
                    : WireJson.MeetingError(
                        StatusCodes.Status400BadRequest,
                        "InvalidRequest",
                        "Send scheduled=true; the history form is not built in this sandbox"
                    )
        );

    private IResult Answer(HttpContext context, Func<World, Caller, MeetingReplies, IResult> answer) =>
        world.Change(state =>
        {
            Caller? caller = Bearer.Caller(state, context, WireCall.Of(context).ReceivedAt);
            if (caller is null)
            {
                return WireJson.MeetingError(state.Settings.ExpiryStatus, "InvalidToken", "Invalid token passed");
            }

            if (!caller.May("collab:"))
            {
                // The body of this refusal was never recorded; it must only not look like an expired token.
                return WireJson.MeetingError(
                    StatusCodes.Status403Forbidden,
                    "AccessDenied",
                    "The token lacks the scope collab:"
                );
            }

            return answer(state, caller, new MeetingReplies(address.BaseUrl, state.Settings));
        });

    private static (MeetingRequest? Request, IResult? Refusal) ReadRequest(
        World state,
        Caller caller,
        HttpContext context
    )
    {
        WireCall call = WireCall.Of(context);
        (MeetingRequest? request, string? problem) = MeetingRequest.Read(
            call.Body,
            call.ReceivedAt,
            state.Settings.PastStart
        );
        string? stranger = request?.CoOrganizers.FirstOrDefault(key =>
            state.People.Find(key) is not { Licensed: true } person || person.AccountKey != caller.Person.AccountKey
        );
        if (stranger is not null)
        {
            problem = "'coorganizerKeys' names someone who is not an organizer of this account";
        }

        return problem is null
            ? (request, null)
            : (null, WireJson.MeetingError(StatusCodes.Status400BadRequest, "InvalidRequest", problem));
    }

    /// <summary>Upcoming means: recurring, running, or not over yet.</summary>
    private static IEnumerable<Meeting> Listed(World state, Caller caller, HttpContext context)
    {
        Duration lag = WireCall.Of(context).ListLag;
        Instant now = state.Now;
        return state
            .Meetings.All.Where(meeting =>
                meeting.OwnerKey == caller.Person.Key
                && (lag == Duration.Zero || meeting.CreatedAt <= now - lag || meeting.PersonalRoom)
                && (meeting.DeletedAt is null || (lag > Duration.Zero && meeting.DeletedAt > now - lag))
                && (meeting.Type == "recurring" || meeting.EndsAt > now || Running(state, meeting))
            )
            .OrderBy(meeting => meeting.StartsAt)
            .ThenBy(meeting => meeting.Id);
    }

    private static Meeting? Find(World state, string id) =>
        long.TryParse(
            id.Replace("-", "", StringComparison.Ordinal),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out long number
        ) && state.Meetings.Find($"{number}") is { DeletedAt: null } meeting
            ? meeting
            : null;

    private static Meeting? Own(World state, Caller caller, string id) =>
        Find(state, id) is { } meeting && meeting.OwnerKey == caller.Person.Key ? meeting : null;

    private static bool Running(World state, Meeting meeting) =>
        state.Sessions.All.Any(session => session.MeetingId == meeting.Id && session.EndedAt is null);

    private static IResult NoSuchMeeting() =>
        WireJson.MeetingError(StatusCodes.Status404NotFound, "NotFound", "The meeting does not exist");

    private static long NewId(World state)
    {
        while (true)
        {
            long id = Secrets.Digits(9);
            if (state.Meetings.Find($"{id}") is null)
            {
                return id;
            }
        }
    }
}
