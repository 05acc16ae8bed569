using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access.Views;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>A forgotten password: the same answer whoever asks, a link by mail, a new password.</summary>
internal static class PasswordPages
{
    private const int MostPerAddress = 20;

    public static void MapPasswordPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        pages.MapGet("/forgot", (HttpContext context) => Pages.Render<ForgotPage>(context));
        pages.MapPost("/forgot", Ask);
        pages.MapGet("/reset", ShowAsync);
        pages.MapPost("/reset", SetAsync);
    }

    private static IResult Ask(
        [FromForm] IFormCollection form,
        HttpContext context,
        PasswordResetRequests requests,
        AttemptLimit attempts
    )
    {
        var errors = new FieldErrors();
        var email = errors.Email("email", form["email"]);
        if (errors.Any)
        {
            return Pages.Render<ForgotPage>(
                context,
                new { Problem = errors.ToProblem(), Email = email },
                StatusCodes.Status400BadRequest
            );
        }

        var key = "reset from " + ClientNetwork.Of(context.Connection.RemoteIpAddress);
        if (attempts.WaitFor(key, MostPerAddress) is not null)
        {
            return Results.StatusCode(StatusCodes.Status429TooManyRequests);
        }

        attempts.Count(key, Duration.FromHours(1));
        requests.Ask(email);
        return Pages.Render<ForgotPage>(context, new { Asked = true, Email = email });
    }

    private static async Task<IResult> ShowAsync(HttpContext context, PasswordResets resets, [FromQuery] string? token)
    {
        context.SendNoReferrer();
        var member = token is null ? null : await resets.MemberOfAsync(token);
        return Page(context, token, member, null);
    }

    private static async Task<IResult> SetAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        PasswordResets resets,
        Flash flash
    )
    {
        context.SendNoReferrer();
        var token = form["token"].ToString();
        var answer = await resets.SetAsync(token, form["password"]);
        if (answer.Problem is { } problem)
        {
            return Page(context, token, await resets.MemberOfAsync(token), problem);
        }

        flash.Set(context, FlashKind.Ok, "Your new password is set. Sign in with it.");
        return Pages.SeeOther("/sign-in");
    }

    private static IResult Page(HttpContext context, string? token, Member? member, Problem? problem) =>
        Pages.Render<ResetPage>(
            context,
            new
            {
                Token = token,
                member?.Email,
                Problem = problem,
            },
            member is null ? StatusCodes.Status404NotFound : problem?.Code.Status ?? StatusCodes.Status200OK
        );
}
