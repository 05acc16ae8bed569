using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.Pages;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Crm;

/// <summary>
/// A pretend CRM, to see what a button in somebody else's page does: contacts with the Schedule Meeting button, and their logs. Its pages have
/// the strictest policy a CRM may have; the button must do with it.
/// </summary>
internal sealed partial class CrmPages(World world)
{
    private const string Nothing = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; ";

    public static void Map(IEndpointRouteBuilder routes, CrmPages pages)
    {
        routes.MapGet("/crm", pages.List);
        routes.MapGet("/crm/contacts/{id}", pages.Show);
        routes.MapGet("/crm/contacts/{id}/notes", pages.Notes);
        routes.MapGet("/crm/website", pages.Website);
        routes.MapGet("/assets/crm.css", context => SendAsync(context, "crm.css", "text/css; charset=utf-8"));
        routes.MapGet("/assets/crm.js", context => SendAsync(context, "crm.js", "text/javascript; charset=utf-8"));
    }

    private IResult List(HttpContext context) =>
        SandboxPage.Of<CrmListPage>(
            context,
            new { Contacts = CrmContact.All, IsConnected = world.Read(state => state.Crm.Link is not null) }
        );

    private IResult Show(HttpContext context, string id)
    {
        if (CrmContact.Find(id) is not { } contact)
        {
            return NoContact(context);
        }

        (CrmLink? link, IReadOnlyList<CrmNote> notes) = world.Read(state => (state.Crm.Link, state.Crm.Of(id)));
        IResult page = SandboxPage.Of<CrmContactPage>(
            context,
            new
            {
                Contact = contact,
                Link = link,
                Notes = notes,
                Address = $"{context.Request.Scheme}://{context.Request.Host}{context.Request.Path}",
            }
        );
        context.Response.Headers.ContentSecurityPolicy =
            Nothing
            + $"script-src 'self' {link?.Origin}; connect-src 'self' {link?.Origin}; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
        return page;
    }

    private IResult Notes(HttpContext context, string id)
    {
        context.Response.Headers.CacheControl = "no-store";
        return CrmContact.Find(id) is null
            ? Results.StatusCode(StatusCodes.Status404NotFound)
            : Results.Json(world.Read(state => state.Crm.Of(id)), StateJson.Default.IReadOnlyListCrmNote);
    }

    /// <summary>The company's public site, with a booking page in it: <c>?slug=</c> and <c>&amp;mode=inline|popup</c>.</summary>
    private IResult Website(HttpContext context, string? slug, string? mode)
    {
        CrmLink? link = world.Read(state => state.Crm.Link);
        IResult page = SandboxPage.Of<CrmWebsitePage>(
            context,
            new
            {
                Origin = link?.Origin,
                Slug = slug is not null && SlugShape().IsMatch(slug) ? slug : null,
                Mode = mode == "popup" ? "popup" : "inline",
            }
        );
        context.Response.Headers.ContentSecurityPolicy =
            Nothing
            + $"script-src {link?.Origin}; frame-src {link?.Origin}; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
        return page;
    }

    private static IResult NoContact(HttpContext context) =>
        SandboxPage.Of<MessagePage>(
            context,
            new { Title = "No such contact", Text = "The CRM always has the same three." },
            status: StatusCodes.Status404NotFound
        );

    private static async Task SendAsync(HttpContext context, string name, string type)
    {
        await using Stream stream =
            typeof(CrmPages).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        context.Response.ContentType = type;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await stream.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    [GeneratedRegex("^[a-z0-9-]{1,64}\\z", RegexOptions.NonBacktracking)]
    private static partial Regex SlugShape();
}
