using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>Meetings of the organizer who calls, <c>/goto/G2M/rest/meetings</c> (reference §2.1).</summary>
internal sealed class MeetingEndpoints(MeetingApi api)
{
    private static readonly Duration HostKeyLife = Duration.FromHours(1);

    public static void Map(IEndpointRouteBuilder routes, MeetingEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/goto/G2M/rest/meetings");
        group.MapPost("/", endpoints.Create);
        group.MapGet("/{id}", endpoints.Get);
        group.MapPut("/{id}", endpoints.Update);
        group.MapDelete("/{id}", endpoints.Delete);
        group.MapGet("/{id}/start", endpoints.Start);
    }

    private IResult Create(HttpContext context) =>
        api.Own(
            context,
            call =>
            {
                (MeetingRequest? request, IResult? refusal) = ReadRequest(call);
                if (request is null)
                {
                    return refusal!;
                }

                if (!call.Caller.Person.Licensed)
                {
                    // Recorded by an integrator on a free plan: a 500 whose text speaks of 412.
                    return call.Errors.Of(
                        StatusCodes.Status500InternalServerError,
                        "InternalError",
                        "412 Precondition Failed: the organizer has no GoTo Meeting licence"
                    );
                }

                World state = call.State;
                Instant now = state.Now;
                long id = NewId(state);
                Meeting meeting = state.Meetings.Put(
                    $"{id}",
                    new Meeting
                    {
                        Id = id,
                        OwnerKey = call.Caller.Person.Key,
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
                return WireJson.Answer(StatusCodes.Status201Created, call.Replies.Created(meeting));
            }
        );

    private IResult Get(HttpContext context, string id) =>
        api.Own(
            context,
            call =>
                call.OwnMeeting(id) is { } meeting
                    ? WireJson.Answer(
                        StatusCodes.Status200OK,
                        call.Replies.ById(meeting, MeetingRows.Running(call.State, meeting))
                    )
                    : call.NoSuchMeeting()
        );

    /// <summary>A full replace: what is not sent is not kept.</summary>
    private IResult Update(HttpContext context, string id) =>
        api.Own(
            context,
            call =>
            {
                if (call.OwnMeeting(id) is not { } meeting)
                {
                    return call.NoSuchMeeting();
                }

                (MeetingRequest? request, IResult? refusal) = ReadRequest(call);
                if (request is null)
                {
                    return refusal!;
                }

                call.State.Meetings.Put(
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
                        UpdatedAt = call.State.Now,
                    }
                );
                return Results.NoContent();
            }
        );

    private IResult Delete(HttpContext context, string id) =>
        api.Own(
            context,
            call =>
            {
                if (call.OwnMeeting(id) is not { } meeting)
                {
                    return call.NoSuchMeeting();
                }

                call.State.Meetings.Put($"{meeting.Id}", meeting with { DeletedAt = call.State.Now });
                return Results.NoContent();
            }
        );

    /// <summary>The one reply that is an object. Co-organizers may start too; what others get is a switch.</summary>
    private IResult Start(HttpContext context, string id) =>
        api.Own(
            context,
            call =>
            {
                World state = call.State;
                Person person = call.Caller.Person;
                Meeting? meeting = call.Meeting(id);
                bool colleague =
                    meeting is not null
                    && state.People.Find(meeting.OwnerKey) is { } owner
                    && owner.AccountKey == person.AccountKey;
                if (meeting is not { DeletedAt: null } || !colleague)
                {
                    return call.NoSuchMeeting();
                }

                if (
                    meeting.OwnerKey != person.Key
                    && !meeting.CoOrganizers.Contains(person.Key, StringComparer.Ordinal)
                )
                {
                    switch (call.Form.Switches.StartForOthers)
                    {
                        case StatusCodes.Status403Forbidden:
                            return call.Errors.Forbidden("The meeting is another organizer's");
                        case StatusCodes.Status404NotFound:
                            return call.NoSuchMeeting();
                    }
                }

                string token = Secrets.Text(36);
                string key = Secrets.Hash(token);
                state.HostKeys.Put(key, new HostKey(key, meeting.Id, person.Key, state.Now + HostKeyLife));
                return WireJson.Answer(
                    StatusCodes.Status200OK,
                    new JsonObject { ["hostURL"] = call.Replies.HostUrl(meeting, token, person.Locale) }
                );
            }
        );

    private static (MeetingRequest? Request, IResult? Refusal) ReadRequest(MeetingCall call)
    {
        (MeetingRequest? request, string? problem) = MeetingRequest.Read(
            call.Wire.Body,
            call.Wire.ReceivedAt,
            call.State.Settings.PastStart,
            call.Form.Strict
        );
        if (request is null)
        {
            return (null, call.Errors.BadRequest(problem!));
        }

        List<string> organizers = [.. request.CoOrganizers.Where(key => IsOrganizer(call, key))];
        return call.Form.Switches.BadCoOrganizer switch
        {
            "kept" => (request, null),
            "ignored" => (request with { CoOrganizers = organizers }, null),
            _ when organizers.Count == request.CoOrganizers.Count => (request, null),
            _ => (
                null,
                call.Errors.BadRequest("'coorganizerKeys' names someone who is not an organizer of this account")
            ),
        };
    }

    private static bool IsOrganizer(MeetingCall call, string key) =>
        call.State.People.Find(key) is { Licensed: true } person && person.AccountKey == call.Caller.Person.AccountKey;

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
