using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access.Views;
using Parley.Server.Web;

namespace Parley.Server.Access;

internal static class MemberPages
{
    public static void MapMemberPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/members").RequireMember(Role.Owner, Role.Admin).ExcludeFromDescription();
        pages.MapGet("", (HttpContext context, Memberships memberships) => PageAsync(context, memberships));
        pages.MapPost("/invitations", InviteAsync);
        pages.MapPost("/invitations/{id}/withdraw", WithdrawAsync);
        pages.MapPost("/{id}/role", ChangeRoleAsync);
        pages.MapPost("/{id}/deactivate", DeactivateAsync);
        pages.MapPost("/{id}/reactivate", ReactivateAsync);
    }

    private static async Task<IResult> InviteAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        Memberships memberships
    )
    {
        var answer = await memberships.InviteAsync(Caller.Of(context), form["role"], form["note"]);
        return answer.Succeeded
            ? await PageAsync(context, memberships, link: answer.Value)
            : await PageAsync(context, memberships, answer.Problem);
    }

    private static async Task<IResult> WithdrawAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        Memberships memberships,
        Flash flash
    )
    {
        _ = form; // Bound so that the antiforgery token is demanded.
        await memberships.WithdrawAsync(Caller.Of(context), id);
        flash.Set(context, FlashKind.Ok, "The invitation is withdrawn; its link no longer works.");
        return Pages.SeeOther("/members");
    }

    private static async Task<IResult> ChangeRoleAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        Memberships memberships,
        Flash flash
    ) =>
        await DoneAsync(
            context,
            memberships,
            flash,
            await memberships.ChangeRoleAsync(Caller.Of(context), id, form["role"]),
            member => $"{member.Name} is now {member.Role}."
        );

    private static async Task<IResult> DeactivateAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        Memberships memberships,
        Flash flash
    )
    {
        _ = form; // Bound so that the antiforgery token is demanded.
        return await DoneAsync(
            context,
            memberships,
            flash,
            await memberships.DeactivateAsync(Caller.Of(context), id),
            member => $"{member.Name} can no longer sign in."
        );
    }

    private static async Task<IResult> ReactivateAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        Memberships memberships,
        Flash flash
    )
    {
        _ = form; // Bound so that the antiforgery token is demanded.
        return await DoneAsync(
            context,
            memberships,
            flash,
            await memberships.ReactivateAsync(Caller.Of(context), id),
            member => $"{member.Name} can sign in again."
        );
    }

    private static async Task<IResult> DoneAsync(
        HttpContext context,
        Memberships memberships,
        Flash flash,
        Answer<Member> answer,
        Func<Member, string> words
    )
    {
        if (answer.Problem is { } problem)
        {
            return problem.Code == ProblemCodes.NotFound
                ? Results.StatusCode(StatusCodes.Status404NotFound)
                : await PageAsync(context, memberships, problem);
        }

        flash.Set(context, FlashKind.Ok, words(answer.Value));
        return Pages.SeeOther("/members");
    }

    private static async Task<IResult> PageAsync(
        HttpContext context,
        Memberships memberships,
        Problem? problem = null,
        string? link = null
    )
    {
        var caller = Caller.Of(context);
        return Pages.Render<MembersPage>(
            context,
            new
            {
                Caller = caller,
                Members = await memberships.ListAsync(caller.WorkspaceId),
                Invitations = await memberships.OpenInvitationsAsync(caller.WorkspaceId),
                Link = link,
                Problem = problem,
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }
}
