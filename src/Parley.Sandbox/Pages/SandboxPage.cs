using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Parley.Sandbox.Pages;

/// <summary>Answers with a page: a Razor component rendered once, under a policy that allows no script and nothing from elsewhere.</summary>
internal static class SandboxPage
{
    /// <param name="context">The request being answered.</param>
    /// <param name="parameters">Public properties become the component's parameters.</param>
    /// <param name="formTarget">Another origin the page's forms may end up at, by redirects.</param>
    /// <param name="status">HTTP status.</param>
    public static IResult Of<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] TPage>(
        HttpContext context,
        object parameters,
        string formTarget = "",
        int status = StatusCodes.Status200OK
    )
        where TPage : IComponent
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; "
            + $"frame-ancestors 'none'; form-action 'self' {formTarget}".TrimEnd();
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        return new RazorComponentResult<TPage>(parameters) { StatusCode = status };
    }
}
