using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>A meeting by its arrangement, wherever it is held: <c>/api/v1/arrangements/{id}</c>. Its ledger is the provisioner's.</summary>
internal static class ArrangementsApi
{
    public static void MapArrangementsApi(this IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/api/v1/arrangements/{arrangementId}", GetArrangementAsync)
            .RequireScope("meetings:read")
            .KeepWithinReach("arrangementId", OwnedThing.Arrangement, () => MeetingReader.NoMeeting)
            .WithTags("Meetings")
            .WithName("getArrangement")
            .WithSummary("A meeting Parley is responsible for, as the ledger knows it")
            .Produces<MeetingView>();
    }

    private static async Task<IResult> GetArrangementAsync(
        string arrangementId,
        HttpContext context,
        MeetingReader reader,
        CancellationToken cancellationToken
    )
    {
        var arrangement = await reader.FindArrangementAsync(
            Caller.Of(context).WorkspaceId,
            arrangementId,
            cancellationToken
        );
        if (arrangement is null)
        {
            return MeetingReader.NoMeeting.ToResult();
        }

        EntityTags.Show(context, MeetingTags.Of(arrangement));
        return Results.Json(await reader.ViewAsync(arrangement, cancellationToken), Json.Api);
    }
}
