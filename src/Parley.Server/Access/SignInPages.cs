using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access.Views;
using Parley.Server.Web;

namespace Parley.Server.Access;

internal static class SignInPages
{
    private const string Home = "/";

    public static void MapSignInPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        pages.MapGet("/sign-in", ShowAsync);
        pages.MapPost("/sign-in", SignInAsync);
        pages.MapPost("/sign-out", SignOutAsync);
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        FirstRun firstRun,
        [FromQuery(Name = "return_to")] string? returnTo
    )
    {
        if (await firstRun.NeedsOwnerAsync())
        {
            return Pages.Render<EmptyInstallationPage>(context);
        }

        return Caller.Find(context) is null
            ? Page(context, returnTo, null, null)
            : Pages.SeeOther(LocalPath.Or(returnTo, Home));
    }

    private static async Task<IResult> SignInAsync([FromForm] IFormCollection form, HttpContext context, SignIn signIn)
    {
        var answer = await signIn.CheckAsync(
            form["email"].ToString(),
            form["password"].ToString(),
            ClientNetwork.Of(context.Connection.RemoteIpAddress)
        );
        var returnTo = form["returnTo"].ToString();
        if (answer.Problem is { } problem)
        {
            context.Response.Headers.RetryAfter = problem.RetryAfterSeconds?.ToString(
                System.Globalization.CultureInfo.InvariantCulture
            );
            return Page(context, returnTo, form["email"], problem);
        }

        await signIn.IssueAsync(context, answer.Value, form["remember"] == "true");
        return Pages.SeeOther(LocalPath.Or(returnTo, Home));
    }

    private static async Task<IResult> SignOutAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        SignIn signIn,
        OpenStreams streams
    )
    {
        _ = form; // Bound so that the antiforgery token is demanded.
        await signIn.EndAsync(context);
        if (Caller.Find(context) is { } caller)
        {
            streams.EndOf(caller.MemberId);
        }

        return Pages.SeeOther("/sign-in");
    }

    private static IResult Page(HttpContext context, string? returnTo, string? email, Problem? problem) =>
        Pages.Render<SignInPage>(
            context,
            new
            {
                ReturnTo = LocalPath.Or(returnTo, ""),
                Email = email,
                Problem = problem,
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
}
