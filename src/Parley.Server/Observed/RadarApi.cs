using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Meetings;
using Parley.Server.Web;

namespace Parley.Server.Observed;

/// <summary>The radar on demand: <c>POST /api/v1/connections/{id}/radar</c>.</summary>
internal static class RadarApi
{
    public static void MapRadarApi(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/api/v1/connections/{connectionId}/radar", LookAsync)
            .RequireScope("meetings:write")
            .KeepWithinReach("connectionId", OwnedThing.Connection, () => MeetingReader.NoConnection)
            .CallsProvider()
            .WithTags("Meetings")
            .WithIdempotency(IdempotencyRules.ReplyKept)
            .WithName("runRadar")
            .WithSummary(
                "Compare what the provider lists with what Parley is responsible for; what does not fit is looked at closely and put right, each in its own ledger"
            )
            .WithDescription(
                "A connection of purpose `account` hosts no meetings, so there is nothing to compare: 409 `conflict`."
            )
            .Produces<RadarReport>();

    private static async Task<IResult> LookAsync(
        string connectionId,
        HttpContext context,
        ConnectionDirectory connections,
        Listings listings,
        OrphanRadar radar,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        if (await connections.FindAsync(workspaceId, connectionId, cancellationToken) is not { } connection)
        {
            return MeetingReader.NoConnection.ToResult();
        }

        if (connection.Connection.Purpose != ConnectionPurpose.Organizer)
        {
            return new Problem(
                ProblemCodes.Conflict,
                "This connection is for reports: it hosts no meetings, so there is nothing to compare."
            )
            {
                Next = "Run the radar on a connection whose purpose is organizer.",
            }.ToResult();
        }

        var listed = await listings.AskAsync(workspaceId, connection.Id, cancellationToken);
        return listed.Failure is { } failure
            ? ProviderProblems.From(failure).ToResult()
            : Results.Json(
                await radar.LookAsync(workspaceId, connection.Id, listed.Value, cancellationToken),
                Json.Api
            );
    }
}
