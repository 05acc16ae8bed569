using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http;
using Parley.Server.Web.Layout;

namespace Parley.Server.Web;

/// <summary>
/// U+0000 means nothing in any text Parley keeps, and PostgreSQL refuses it even in a question: what carries one is refused here, once, for
/// addresses and forms of every endpoint. JSON bodies: <see cref="RequestBody"/>; cursors: <see cref="Storage.Cursor"/>.
/// </summary>
internal static class NoNul
{
    public const char Nul = '\0';

    public static bool IsIn(string? text) => text?.Contains(Nul, StringComparison.Ordinal) == true;

    public static bool IsIn(IEnumerable<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> fields) =>
        fields.Any(field => IsIn(field.Key) || field.Value.Any(IsIn));

    public static Task RefuseAsync(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
            ? ProblemOf(context).ToResult().ExecuteAsync(context)
            : Pages
                .Render<ErrorPage>(
                    context,
                    new
                    {
                        Title = "That did not work",
                        Text = "What was sent contains a character that no text has (U+0000). Go back and type it anew.",
                    },
                    StatusCodes.Status400BadRequest
                )
                .ExecuteAsync(context);

    private static Problem ProblemOf(HttpContext context)
    {
        var errors = new FieldErrors();
        foreach (var parameter in context.Request.Query.Where(parameter => parameter.Value.Any(IsIn)))
        {
            errors.Add(parameter.Key, "must not contain the character U+0000");
        }

        return errors.Any
            ? errors.ToProblem()
            : new Problem(
                ProblemCodes.Invalid,
                "The address contains the character U+0000, which no id and no text has."
            );
    }
}

/// <summary>Before routing: the path and the query. Kestrel refuses such paths by itself, other servers need not.</summary>
internal sealed class NoNulInAddress(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) =>
        NoNul.IsIn(context.Request.Path.Value)
        || (context.Request.QueryString.HasValue && NoNul.IsIn(context.Request.Query))
            ? NoNul.RefuseAsync(context)
            : next(context);
}

/// <summary>After antiforgery, which has read the form of every page that takes one.</summary>
internal sealed class NoNulInForm(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (
            context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: true }
            && context.Request.HasFormContentType
            && NoNul.IsIn(await context.Request.ReadFormAsync(context.RequestAborted))
        )
        {
            await NoNul.RefuseAsync(context);
            return;
        }

        await next(context);
    }
}
