using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access;
using Parley.Server.Meetings;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Outcomes;

/// <summary>What was held of a meeting Parley made, as far as it is known: <c>/api/v1/arrangements/{id}/sessions</c>.</summary>
internal static class OutcomesApi
{
    public static void MapOutcomesApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/arrangements/{arrangementId}/sessions")
            .WithTags("Meetings")
            .KeepWithinReach("arrangementId", OwnedThing.Arrangement, () => MeetingReader.NoMeeting);
        api.MapGet("", ListAsync)
            .RequireScope("meetings:read")
            .WithName("listArrangementSessions")
            .WithSummary("Sessions held of a meeting, with who came, the earliest first; as told by meeting.ended")
            .Produces<Page<SessionOutcome>>()
            .ProducesProblem(400)
            .ProducesProblem(404);
        api.MapPost("/look", LookAsync)
            .RequireScope("meetings:read")
            .WithIdempotency(IdempotencyRules.ReplyKept)
            .WithName("lookForSessions")
            .WithSummary(
                "Asks the provider now instead of after the planned end; what is found is told by meeting.ended"
            )
            .Produces(202)
            .ProducesProblem(404)
            .ProducesProblem(409);
    }

    private static async Task<IResult> ListAsync(
        string arrangementId,
        HttpContext context,
        Db db,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        if (list.Errors.Any)
        {
            return list.Errors.ToProblem().ToResult();
        }

        var workspaceId = Caller.Of(context).WorkspaceId;
        var rows = await db.ReadAsync<List<HeldRow>?>(
            async session =>
                await Arrangements.FindAsync(session, workspaceId, arrangementId) is null
                    ? null
                    : await HeldSessions.OfAsync(session, workspaceId, arrangementId),
            cancellationToken
        );
        if (rows is null)
        {
            return MeetingReader.NoMeeting.ToResult();
        }

        // A meeting is held a few times, and begins at each instant once.
        var page = new PageCut<SessionOutcome>(list.After, list.Limit);
        foreach (var row in rows)
        {
            page.Add(new Cursor(Micros.From(row.StartedAt), arrangementId), SessionViews.Told(row));
        }

        return Results.Json(page.ToPage(), Json.Api);
    }

    private static async Task<IResult> LookAsync(
        string arrangementId,
        HttpContext context,
        OutcomeDesk desk,
        CancellationToken cancellationToken
    ) =>
        await desk.LookAsync(Caller.Of(context).WorkspaceId, arrangementId, cancellationToken) is { } problem
            ? problem.ToResult()
            : Results.Accepted();
}

/// <summary>Looks asked for by hand or by API.</summary>
public sealed class OutcomeDesk(Db db, OutcomePlans plans)
{
    /// <returns>Why nothing is looked for; null: it is.</returns>
    public Task<Problem?> LookAsync(string workspaceId, string arrangementId, CancellationToken cancellationToken) =>
        db.WriteAsync<Problem?>(
            async session =>
            {
                switch (await Arrangements.LockAsync(session, workspaceId, arrangementId))
                {
                    case null:
                        return MeetingReader.NoMeeting;
                    case { ProviderMeetingId: null }:
                        return new Problem(ProblemCodes.Conflict, "The meeting is not ready at the provider.")
                        {
                            Next = "Wait until its status is scheduled.",
                        };
                    case { } arrangement:
                        await plans.AskAsync(session, arrangement);
                        return null;
                }
            },
            cancellationToken
        );
}
