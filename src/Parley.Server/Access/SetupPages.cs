using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access.Views;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>The setup link and invitations: how somebody becomes a member.</summary>
internal static class SetupPages
{
    public static void MapSetupPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        pages.MapGet("/setup/{token}", ShowSetupAsync);
        pages.MapPost("/setup/{token}", SetUpAsync);
        pages.MapGet("/invite/{token}", ShowInvitationAsync);
        pages.MapPost("/invite/{token}", AcceptAsync);
    }

    private static async Task<IResult> ShowSetupAsync(string token, HttpContext context, FirstRun firstRun)
    {
        context.SendNoReferrer();
        return await firstRun.WorkspaceOfLinkAsync(token) is null ? Gone() : Join(context, null, "UTC");
    }

    private static async Task<IResult> SetUpAsync(
        string token,
        [FromForm] IFormCollection form,
        HttpContext context,
        FirstRun firstRun,
        SignIn signIn
    ) => await FinishAsync(context, form, await firstRun.BecomeOwnerAsync(token, PersonOf(form)), null, signIn);

    private static async Task<IResult> ShowInvitationAsync(string token, HttpContext context, Invitations invitations)
    {
        context.SendNoReferrer();
        return await invitations.OfLinkAsync(token) is { } invitation ? Join(context, invitation, "UTC") : Gone();
    }

    private static async Task<IResult> AcceptAsync(
        string token,
        [FromForm] IFormCollection form,
        HttpContext context,
        Invitations invitations,
        SignIn signIn
    )
    {
        var invitation = await invitations.OfLinkAsync(token);
        return await FinishAsync(
            context,
            form,
            await invitations.AcceptAsync(token, PersonOf(form)),
            invitation,
            signIn
        );
    }

    private static async Task<IResult> FinishAsync(
        HttpContext context,
        IFormCollection form,
        Answer<Member> answer,
        Invitation? invitation,
        SignIn signIn
    )
    {
        context.SendNoReferrer();
        if (answer.Succeeded)
        {
            await signIn.IssueAsync(context, answer.Value, remember: false);
            return Pages.SeeOther("/");
        }

        return answer.Problem!.Code == ProblemCodes.NotFound
            ? Gone()
            : Join(context, invitation, form["timeZone"].ToString(), answer.Problem, PersonOf(form));
    }

    private static IResult Join(
        HttpContext context,
        Invitation? invitation,
        string timeZone,
        Problem? problem = null,
        NewMember? typed = null
    ) =>
        Pages.Render<JoinPage>(
            context,
            new
            {
                Invitation = invitation,
                Problem = problem,
                Typed = typed ?? new NewMember(null, null, null, timeZone),
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );

    private static NewMember PersonOf(IFormCollection form) =>
        new(form["email"], form["name"], form["password"], form["timeZone"]);

    private static IResult Gone() => Results.StatusCode(StatusCodes.Status404NotFound);
}
