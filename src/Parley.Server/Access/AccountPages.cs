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
        pages.MapGet("", (HttpContext context, Accounts accounts) => PageAsync(context, accounts, null));
        pages.MapPost("", ChangeAsync);
        pages.MapPost("/password", ChangePasswordAsync);
        pages.MapPost("/sign-out-everywhere", SignOutEverywhereAsync);
    }

    private static async Task<IResult> ChangeAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        Accounts accounts,
        Flash flash
    )
    {
        var answer = await accounts.ChangeAsync(Caller.Of(context), form["name"], form["timeZone"]);
        if (answer.Problem is { } problem)
        {
            return await PageAsync(context, accounts, problem);
        }

        flash.Set(context, FlashKind.Ok, "Saved.");
        return Pages.SeeOther("/account");
    }

    private static async Task<IResult> ChangePasswordAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        Accounts accounts,
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
            return await PageAsync(context, accounts, problem);
        }

        await signIn.IssueAsync(context, answer.Value, remember: false);
        flash.Set(context, FlashKind.Ok, "Your new password is set. You are signed out everywhere else.");
        return Pages.SeeOther("/account");
    }

    private static async Task<IResult> SignOutEverywhereAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        Accounts accounts,
        Flash flash
    )
    {
        _ = form; // Bound so that the antiforgery token is demanded.
        await accounts.SignOutEverywhereAsync(Caller.Of(context));
        flash.Set(context, FlashKind.Ok, "You are signed out everywhere.");
        return Pages.SeeOther("/sign-in");
    }

    private static async Task<IResult> PageAsync(HttpContext context, Accounts accounts, Problem? problem) =>
        Pages.Render<AccountPage>(
            context,
            new { Member = await accounts.FindAsync(Caller.Of(context)), Problem = problem },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
}
