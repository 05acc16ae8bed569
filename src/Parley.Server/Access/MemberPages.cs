using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access.Views;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Web.Parts;

namespace Parley.Server.Access;

internal static class MemberPages
{
    private const int MostInvitationsShown = 200;

    public static void MapMemberPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/members").RequireMember(Role.Owner, Role.Admin).ExcludeFromDescription();
        // With one parameter alone it would be taken for a delegate whose answer nobody sends.
        pages.MapGet("", (Delegate)((HttpContext context) => PageAsync(context)));
        pages.MapPost("/invitations", InviteAsync);
        pages.MapPost("/invitations/{id}/withdraw", WithdrawAsync).RequireCsrf();
        pages.MapPost("/{id}/role", ChangeRoleAsync);
        pages.MapPost("/{id}/reactivate", ReactivateAsync).RequireCsrf();
        pages.MapPost("/{id}/sign-out", SignOutAsync).RequireCsrf();
    }

    private static async Task<IResult> InviteAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        Invitations invitations
    )
    {
        var days = form["expiresInDays"].ToString();
        var answer = await invitations.InviteAsync(
            Caller.Of(context),
            form["role"],
            form["note"],
            days.Length == 0 ? null
                : int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : 0
        );
        return answer.Succeeded
            ? await PageAsync(context, made: answer.Value)
            : await PageAsync(context, answer.Problem);
    }

    private static async Task<IResult> WithdrawAsync(
        string id,
        HttpContext context,
        Invitations invitations,
        Flash flash
    )
    {
        if ((await invitations.WithdrawAsync(Caller.Of(context), id)).Succeeded)
        {
            flash.Set(context, FlashKind.Ok, "The invitation is withdrawn; its link no longer works.");
        }

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
            flash,
            await memberships.ChangeRoleAsync(Caller.Of(context), id, form["role"]),
            member => $"{member.Name} is now {member.Role}."
        );

    private static async Task<IResult> ReactivateAsync(
        string id,
        HttpContext context,
        Memberships memberships,
        Flash flash
    ) =>
        await DoneAsync(
            context,
            flash,
            await memberships.ReactivateAsync(Caller.Of(context), id),
            member => $"{member.Name} can sign in again. What was given away stays where it is."
        );

    private static async Task<IResult> SignOutAsync(
        string id,
        HttpContext context,
        Memberships memberships,
        Flash flash
    ) =>
        await DoneAsync(
            context,
            flash,
            await memberships.SignOutAsync(Caller.Of(context), id),
            member => $"{member.Name} is signed out everywhere."
        );

    private static async Task<IResult> DoneAsync(
        HttpContext context,
        Flash flash,
        Answer<Member> answer,
        Func<Member, string> words
    )
    {
        if (answer.Problem is { } problem)
        {
            return problem.Code == ProblemCodes.NotFound
                ? Results.StatusCode(StatusCodes.Status404NotFound)
                : await PageAsync(context, problem);
        }

        flash.Set(context, FlashKind.Ok, words(answer.Value));
        return Pages.SeeOther("/members");
    }

    private static async Task<IResult> PageAsync(
        HttpContext context,
        Problem? problem = null,
        (Invitation Invitation, string Link)? made = null
    )
    {
        var caller = Caller.Of(context);
        var services = context.RequestServices;
        var members = await services.GetRequiredService<Memberships>().ListAsync(caller.WorkspaceId);
        return Pages.Render<MembersPage>(
            context,
            new
            {
                Caller = caller,
                Members = members,
                Invitations = (
                    await services
                        .GetRequiredService<Invitations>()
                        .ListAsync(caller.WorkspaceId, MostInvitationsShown, Cursor.Start)
                ).Items,
                Zone = Zones.Of(members.Find(member => member.Id == caller.MemberId)?.TimeZone),
                Made = made,
                Problem = problem,
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }
}
