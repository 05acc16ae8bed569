using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>Reply of <c>…/start</c>. A bearer secret: never stored, never cached.</summary>
public sealed record HostLinkView(string HostUrl, Instant? ExpiresAt);

/// <summary>Meetings of one connection: <c>/api/v1/connections/{id}/meetings</c>.</summary>
internal static class MeetingsApi
{
    public static void MapMeetingsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/v1/connections/{connectionId}")
            .WithTags("Meetings")
            .KeepWithinReach("connectionId", OwnedThing.Connection, () => MeetingReader.NoConnection)
            .CallsProvider();
        group
            .MapGet("/meetings", ListAsync)
            .RequireScope("meetings:read")
            .WithName("listMeetings")
            .WithSummary("Meetings to come and in progress, Parley's and others', as the provider lists them now")
            .WithMetadata(
                new QueryParameter("from", "Ends after this instant.", Format: "date-time"),
                new QueryParameter("to", "Starts before this instant.", Format: "date-time"),
                new QueryParameter(
                    "organizer",
                    "Another organizer's, by key or e-mail address; takes an administrator's connection."
                )
            )
            .Produces<Page<MeetingView>>();
        group
            .MapPost("/meetings", CreateAsync)
            .RequireScope("meetings:write")
            .WithName("createMeeting")
            .WithSummary("Create a meeting; 202 when the provider has not answered in time")
            .Accepts<MeetingRequest>("application/json")
            .Produces<MeetingView>(201)
            .Produces<MeetingView>(202)
            .WithIdempotency(
                new IdempotencyRules
                {
                    Rebuild = async (context, id) =>
                    {
                        var reader = context.RequestServices.GetRequiredService<MeetingReader>();
                        var workspaceId = Caller.Of(context).WorkspaceId;
                        return
                            await reader.FindArrangementAsync(workspaceId, id, context.RequestAborted)
                                is { } arrangement
                            ? await reader.ViewAsync(arrangement, context.RequestAborted)
                            : null;
                    },
                }
            );
        group
            .MapGet("/meetings/{meetingId}", GetAsync)
            .RequireScope("meetings:read")
            .WithName("getMeeting")
            .WithSummary("One meeting, by the provider's id or an arrangement id")
            .Produces<MeetingView>();
        group
            .MapPatch("/meetings/{meetingId}", PatchAsync)
            .RequireScope("meetings:write")
            .HonoursIfMatch()
            .WithName("updateMeeting")
            .WithSummary("Change a meeting (JSON merge patch)")
            .Accepts<MeetingRequest>("application/merge-patch+json", "application/json")
            .Produces<MeetingView>()
            .Produces<MeetingView>(202);
        group
            .MapDelete("/meetings/{meetingId}", DeleteAsync)
            .RequireScope("meetings:write")
            .WithName("deleteMeeting")
            .WithSummary("Remove a meeting; 202 when the provider has not answered in time")
            .WithDescription(
                "The wish to remove one of Parley's own meetings is kept: where the provider does not answer, or the connection must be renewed first, the answer is 202 with `status: removing`, and the meeting is removed as soon as the connection works again. One made elsewhere is removed at once or not at all: then it is 409 `connection_needs_reconnect`."
            )
            .Produces(204)
            .Produces<MeetingView>(202);
        group
            .MapPost("/meetings/{meetingId}/start", StartAsync)
            .RequireScope("meetings:write")
            .WithIdempotency(IdempotencyRules.DoneAgain)
            .WithName("startMeeting")
            .WithSummary("The link that opens the meeting with host rights, fetched now")
            .Produces<HostLinkView>();
    }

    private static async Task<IResult> ListAsync(
        string connectionId,
        HttpContext context,
        MeetingReader reader,
        MeetingRecords records,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        var (from, to) = list.Range();
        var organizer = list.Text("organizer");
        if (list.Errors.Any)
        {
            return list.Errors.ToProblem().ToResult();
        }

        var workspaceId = Caller.Of(context).WorkspaceId;
        var found = organizer is null
            ? await reader.UpcomingAsync(workspaceId, connectionId, cancellationToken)
            : await records.UpcomingOfAsync(workspaceId, connectionId, organizer, cancellationToken);
        if (!found.Succeeded)
        {
            return found.Problem!.ToResult();
        }

        var page = new PageCut<MeetingView>(list.After, list.Limit);
        foreach (
            var meeting in found
                .Value.Where(meeting => from is null || meeting.EndsAt is null || meeting.EndsAt > from)
                .Where(meeting => to is null || meeting.StartsAt is null || meeting.StartsAt < to)
        )
        {
            page.Add(CursorOf(meeting), meeting);
        }

        return Results.Json(page.ToPage(), Json.Api);
    }

    private static async Task<IResult> CreateAsync(
        string connectionId,
        HttpContext context,
        MeetingDesk desk,
        MeetingReader reader,
        ConnectionDirectory connections,
        OrganizerDirectory organizers,
        IClock clock,
        Db db,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await connections.FindAsync(caller.WorkspaceId, connectionId, cancellationToken) is not { } connection)
        {
            return MeetingReader.NoConnection.ToResult();
        }

        var body = await RequestBody.ReadAsync<MeetingRequest>(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        if (MeetingDesk.Unusable(connection) is { } unusable)
        {
            return unusable.ToResult();
        }

        // Nobody is looked up at the provider for a request that is refused anyway.
        var first = MeetingWish.Check(body.Value.WithoutAddresses(), clock.GetCurrentInstant());
        if (!first.Succeeded)
        {
            return first.Problem!.ToResult();
        }

        var coOrganizers = await organizers.KeysAsync(
            caller.WorkspaceId,
            connection,
            body.Value.CoOrganizers ?? [],
            cancellationToken
        );
        if (!coOrganizers.Succeeded)
        {
            return coOrganizers.Problem!.ToResult();
        }

        var wish = MeetingWish.Check(body.Value with { CoOrganizers = coOrganizers.Value }, clock.GetCurrentInstant());
        if (!wish.Succeeded)
        {
            return wish.Problem!.ToResult();
        }

        var claim = IdempotencyClaim.Of(context);
        var made = await desk.CreateAsync(
            caller.WorkspaceId,
            connection,
            caller.MemberId,
            ArrangementSource.Api,
            wish.Value,
            cancellationToken,
            // Kept with the wish: a repetition after a crash finds it instead of wishing a second time.
            claim is null
                ? null
                : (session, arrangement) => claim.CommitAsync(session, 202, arrangement.Id, LocationOf(arrangement))
        );
        if (claim is { Kept: true } && (!made.Succeeded || made.Value.Done))
        {
            int? status = made.Succeeded ? StatusCodes.Status201Created : null;
            var location = made.Succeeded ? LocationOf(made.Value.Arrangement, done: true) : null;
            await db.WriteAsync(session => claim.AmendAsync(session, status, location), CancellationToken.None);
        }

        return made.Succeeded
            ? await ToResultAsync(context, reader, made.Value, StatusCodes.Status201Created, cancellationToken)
            : made.Problem!.ToResult();
    }

    private static async Task<IResult> GetAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        MeetingReader reader,
        CancellationToken cancellationToken
    )
    {
        var found = await reader.GetAsync(Caller.Of(context).WorkspaceId, connectionId, meetingId, cancellationToken);
        if (!found.Succeeded)
        {
            return found.Problem!.ToResult();
        }

        EntityTags.Show(context, found.Value.Tag);
        return Results.Json(found.Value.View, Json.Api);
    }

    private static async Task<IResult> PatchAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        MeetingDesk desk,
        MeetingReader reader,
        ForeignMeetings foreign,
        ConnectionDirectory connections,
        OrganizerDirectory organizers,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        var owned = await reader.FindOwnAsync(workspaceId, connectionId, meetingId, cancellationToken);
        if (!owned.Succeeded)
        {
            return owned.Problem!.ToResult();
        }

        if (owned.Value.Own is not { } arrangement)
        {
            var id = owned.Value.ProviderMeetingId!;
            var changed = await foreign.ChangeAsync(workspaceId, connectionId, id, context, cancellationToken);
            EntityTags.Show(context, changed.Succeeded ? changed.Value.Tag : null);
            return changed.Succeeded ? Results.Json(changed.Value.View, Json.Api) : changed.Problem!.ToResult();
        }

        var demanded = Precondition.Of(context);
        // The body is read, and addresses looked up, before the row is locked; the merge itself happens against the locked row.
        var body = await RequestBody.ReadBytesAsync(context);
        var connection = await connections.FindAsync(workspaceId, arrangement.ConnectionId, cancellationToken);
        var patch =
            body.Succeeded && connection is not null
                ? await organizers.KeysInPatchAsync(workspaceId, connection, body.Value, cancellationToken)
                : body;
        if (!patch.Succeeded)
        {
            return patch.Problem!.ToResult();
        }

        var made = await desk.ChangeAsync(
            workspaceId,
            arrangement.Id,
            current =>
            {
                if (demanded.Refuse(MeetingTags.Of(current), "The meeting") is { } mismatch)
                {
                    return mismatch;
                }

                var merged = RequestBody.Merge(patch.Value, MergeBase(current, patch.Value));
                return merged.Succeeded
                    ? MeetingWish.Check(merged.Value, clock.GetCurrentInstant(), current.StartsAt, current.Details.Type)
                    : merged.Problem!;
            },
            cancellationToken
        );
        return made.Succeeded
            ? await ToResultAsync(context, reader, made.Value, StatusCodes.Status200OK, cancellationToken)
            : made.Problem!.ToResult();
    }

    // A patch that gives the end replaces the length, which the row would otherwise contradict.
    private static MeetingRequest MergeBase(Arrangement current, byte[] patch)
    {
        var request = MeetingRequest.Of(current);
        return RequestBody.Names(patch, "endsAt") && !RequestBody.Names(patch, "durationMinutes")
            ? request with
            {
                DurationMinutes = null,
            }
            : request;
    }

    private static async Task<IResult> DeleteAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        MeetingDesk desk,
        MeetingReader reader,
        ForeignMeetings foreign,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        var owned = await reader.FindOwnAsync(workspaceId, connectionId, meetingId, cancellationToken);
        if (!owned.Succeeded)
        {
            return owned.Problem!.ToResult();
        }

        if (owned.Value.Own is not { } arrangement)
        {
            var gone = await foreign.RemoveAsync(
                workspaceId,
                connectionId,
                owned.Value.ProviderMeetingId!,
                cancellationToken
            );
            return gone is null ? Results.NoContent() : gone.ToResult();
        }

        var removed = await desk.RemoveAsync(workspaceId, arrangement.Id, cancellationToken);
        return !removed.Succeeded ? removed.Problem!.ToResult()
            : removed.Value.Done ? Results.NoContent()
            : await ToResultAsync(context, reader, removed.Value, StatusCodes.Status200OK, cancellationToken);
    }

    private static async Task<IResult> StartAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        MeetingReader reader,
        CancellationToken cancellationToken
    )
    {
        var link = await reader.StartAsync(Caller.Of(context).WorkspaceId, connectionId, meetingId, cancellationToken);
        if (!link.Succeeded)
        {
            return link.Problem!.ToResult();
        }

        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(new HostLinkView(link.Value.Url, link.Value.ExpiresAt), Json.Api);
    }

    private static async Task<IResult> ToResultAsync(
        HttpContext context,
        MeetingReader reader,
        MeetingChange change,
        int statusWhenDone,
        CancellationToken cancellationToken
    )
    {
        var view = await reader.ViewAsync(change.Arrangement, cancellationToken);
        EntityTags.Show(context, MeetingTags.Of(change.Arrangement));
        var created = statusWhenDone == StatusCodes.Status201Created;
        if (!change.Done || created)
        {
            context.Response.Headers.Location = LocationOf(change.Arrangement, change.Done);
        }

        return Results.Json(view, Json.Api, statusCode: change.Done ? statusWhenDone : StatusCodes.Status202Accepted);
    }

    private static string LocationOf(Arrangement arrangement, bool done = false) =>
        done
            ? $"/api/v1/connections/{arrangement.ConnectionId}/meetings/{arrangement.ProviderMeetingId}"
            : $"/api/v1/arrangements/{arrangement.Id}";

    // A room that stays stands behind all that have their time, whatever time it was given.
    internal static Cursor CursorOf(MeetingView meeting) =>
        new(
            meeting.StartsAt is { } start && meeting.Type != MeetingViews.Recurring
                ? Micros.From(start)
                : long.MaxValue,
            meeting.Id ?? meeting.ArrangementId ?? ""
        );
}
