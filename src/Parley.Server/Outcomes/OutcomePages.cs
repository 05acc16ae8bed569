using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access;
using Parley.Server.Meetings;
using Parley.Server.Web;

namespace Parley.Server.Outcomes;

/// <summary>The button on a meeting's page that asks the provider at once how it went.</summary>
internal static class OutcomePages
{
    public static void MapOutcomePages(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/meetings/{id}/look", LookAsync).RequireMember().ExcludeFromDescription();

    private static async Task<IResult> LookAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        MeetingBoard board,
        OutcomeDesk desk,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var caller = Caller.Of(context);
        if (await board.FindAsync(caller, id, cancellationToken) is null)
        {
            return Results.StatusCode(404);
        }

        var problem = await desk.LookAsync(caller.WorkspaceId, id, cancellationToken);
        flash.Set(
            context,
            problem is null ? FlashKind.Ok : FlashKind.Error,
            problem is null
                ? "Parley asks the provider now. Reload this page in a moment to see what it says."
                : $"{problem.Detail} {problem.Next}".Trim()
        );
        return Pages.SeeOther($"/meetings/{id}#held");
    }
}
