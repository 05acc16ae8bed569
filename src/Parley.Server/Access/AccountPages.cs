using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access.Views;
using Parley.Server.Web;

namespace Parley.Server.Access;

internal static class AccountPages
{
    public static void MapAccountPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/account").RequireMember().ExcludeFromDescription();
        pages.MapGet(
            "",
            (HttpContext context, Accounts accounts, BrowserSessions sessions) =>
                PageAsync(context, accounts, sessions, null)
        );
        pages.MapPost("", ChangeAsync);
        pages.MapPost("/password", ChangePasswordAsync);
        pages.MapPost("/browsers/{id}/sign-out", SignOutAsync).RequireCsrf();
        pages.MapPost("/sign-out-others", SignOutOthersAsync).RequireCsrf();
        pages.MapPost("/sign-out-everywhere", SignOutEverywhereAsync).RequireCsrf();
    }

    private static async Task<IResult> ChangeAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        Accounts accounts,
        BrowserSessions sessions,
        Flash flash
    )
    {
        var answer = await accounts.ChangeAsync(Caller.Of(context), form["name"], form["timeZone"]);
        if (answer.Problem is { } problem)
        {
            return await PageAsync(context, accounts, sessions, problem);
        }

        flash.Set(context, FlashKind.Ok, "Saved.");
        return Pages.SeeOther("/account");
    }

    private static async Task<IResult> ChangePasswordAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        Accounts accounts,
        BrowserSessions sessions,
        SignIn signIn,
        Flash flash
    )
    {
        var answer = await accounts.ChangePasswordAsync(
            Caller.Of(context),
            form["currentPassword"].ToString(),
            form["password"]
        );
        if (answer.Problem is { } problem)
        {
            return await PageAsync(context, accounts, sessions, problem);
        }

        await signIn.IssueAsync(context, answer.Value, remember: false);
        flash.Set(context, FlashKind.Ok, "Your new password is set. You are signed out everywhere else.");
        return Pages.SeeOther("/account");
    }

    private static async Task<IResult> SignOutAsync(string id, HttpContext context, Accounts accounts, Flash flash)
    {
        var caller = Caller.Of(context);
        if (!await accounts.SignOutAsync(caller, id))
        {
            return Results.StatusCode(StatusCodes.Status404NotFound);
        }

        flash.Set(
            context,
            FlashKind.Ok,
            id == caller.SessionId ? "You are signed out." : "That browser is signed out."
        );
        return Pages.SeeOther(id == caller.SessionId ? "/sign-in" : "/account");
    }

    private static async Task<IResult> SignOutOthersAsync(HttpContext context, Accounts accounts, Flash flash)
    {
        await accounts.SignOutEverywhereAsync(Caller.Of(context), butThisOne: true);
        flash.Set(context, FlashKind.Ok, "You are signed out everywhere but here.");
        return Pages.SeeOther("/account");
    }

    private static async Task<IResult> SignOutEverywhereAsync(HttpContext context, Accounts accounts, Flash flash)
    {
        await accounts.SignOutEverywhereAsync(Caller.Of(context), butThisOne: false);
        flash.Set(context, FlashKind.Ok, "You are signed out everywhere.");
        return Pages.SeeOther("/sign-in");
    }

    private static async Task<IResult> PageAsync(
        HttpContext context,
        Accounts accounts,
        BrowserSessions sessions,
        Problem? problem
    )
    {
        var caller = Caller.Of(context);
        return Pages.Render<AccountPage>(
            context,
            new
            {
                Member = await accounts.FindAsync(caller),
                Browsers = await sessions.ListAsync(caller.WorkspaceId, caller.MemberId),
                Here = caller.SessionId,
                Problem = problem,
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }
}
