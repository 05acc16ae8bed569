using Microsoft.AspNetCore.Http;

namespace Parley.Sandbox.Pages;

/// <summary>Answers to the forms of the sandbox's own pages.</summary>
internal static class PageForms
{
    /// <summary>303 to one of our own paths, so that a reload does not send the form again.</summary>
    public static IResult SeeOther(string path) => new Redirect(path);

    /// <summary>The fields of a form; none when the body is not a readable form, which the callers answer as an empty one.</summary>
    public static async Task<IFormCollection> ReadAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return FormCollection.Empty;
        }

        try
        {
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return FormCollection.Empty;
        }
    }

    private sealed class Redirect(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            httpContext.Response.Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }
    }
}

/// <summary>
/// Refuses changes that a page of another site asks this browser for. Browsers say so themselves (Fetch Metadata); clients that are not
/// browsers send nothing and pass.
/// </summary>
internal sealed class SameOriginOnly(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        string site = context.Request.Headers["Sec-Fetch-Site"].ToString();
        if (
            !HttpMethods.IsGet(context.Request.Method)
            && !HttpMethods.IsHead(context.Request.Method)
            && site is "cross-site" or "same-site"
        )
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        return next(context);
    }
}
