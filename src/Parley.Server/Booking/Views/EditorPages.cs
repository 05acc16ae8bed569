using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking.Views;

/// <summary>A page in the organizer's list.</summary>
public sealed record ListedPage(BookingPage Page, string Url, string? HostName);

/// <summary>
/// The organizer's side of booking pages: list, editor, pause, delete. Members edit pages they host; owners and administrators all.
/// </summary>
internal static class EditorPages
{
    private const int MostNumbered = 50;

    public static void MapEditorPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/booking-pages").RequireMember().ExcludeFromDescription();
        pages.MapGet("", ListAsync);
        pages.MapGet("/new", NewAsync);
        pages.MapPost("/new", CreateAsync);
        var page = pages.MapGroup("/{id}");
        page.AddEndpointFilter(FindAsync);
        page.MapGet("", EditAsync);
        page.MapPost("", ChangeAsync);
        page.MapPost("/pause", PauseAsync).RequireCsrf();
        page.MapGet("/delete", Ask);
        page.MapPost("/delete", DeleteAsync).RequireCsrf();
    }

    private static async Task<IResult> ListAsync(
        HttpContext context,
        BookingPages pages,
        ParleyOptions options,
        Db db,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var found = await pages.ListAsync(caller, ListRequest.LargestLimit, Cursor.Start, cancellationToken);
        var listed = new List<ListedPage>();
        var canHost = await db.ReadAsync(
            async session =>
            {
                foreach (var page in found.Items)
                {
                    listed.Add(
                        new ListedPage(
                            page,
                            options.Origin + BookPages.PathOf(page),
                            await PageHosts.NameAsync(session, page.WorkspaceId, page.Host.MemberId)
                        )
                    );
                }

                return (await PageHosts.UsableAsync(session, caller)).Count > 0;
            },
            cancellationToken
        );
        return Pages.Render<PageListPage>(context, new { Listed = listed, CanHost = canHost });
    }

    private static async Task<IResult> NewAsync(HttpContext context, Db db, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        var hosts = await HostsAsync(db, caller, null, cancellationToken);
        var zone = await db.ReadAsync(
            session =>
                session.FirstOrDefaultAsync<string>(
                    "SELECT time_zone FROM member WHERE workspace_id = @WorkspaceId AND id = @MemberId",
                    new { caller.WorkspaceId, caller.MemberId }
                ),
            cancellationToken
        );
        return Editor(context, PageForm.Fresh(zone ?? "Etc/UTC", hosts.FirstOrDefault()?.Id), hosts, null, null, 200);
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context,
        [FromForm] IFormCollection form,
        BookingPages pages,
        Flash flash,
        Db db,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var typed = PageForm.Read(form);
        var hosts = await HostsAsync(db, caller, null, cancellationToken);
        var settings = typed.ToSettings(caller, null, hosts);
        var made = settings.Succeeded
            ? await WithFreeSlugAsync(
                typed,
                settings.Value,
                wanted => pages.CreateAsync(caller, wanted, cancellationToken)
            )
            : settings.Problem!;
        if (!made.Succeeded)
        {
            return Editor(
                context,
                typed,
                hosts,
                null,
                PageForm.InItsOwnWords(made.Problem!),
                made.Problem!.Code.Status
            );
        }

        flash.Set(context, FlashKind.Ok, $"“{made.Value.Settings.Title}” is open. Share its link.");
        return Pages.SeeOther($"/booking-pages/{made.Value.Id}");
    }

    private static async Task<IResult> EditAsync(HttpContext context, Db db, CancellationToken cancellationToken)
    {
        var page = Found(context);
        var hosts = await HostsAsync(db, Caller.Of(context), page, cancellationToken);
        return Editor(context, PageForm.Of(page), hosts, page, null, 200);
    }

    private static async Task<IResult> ChangeAsync(
        HttpContext context,
        [FromForm] IFormCollection form,
        BookingPages pages,
        Flash flash,
        Db db,
        CancellationToken cancellationToken
    )
    {
        var page = Found(context);
        var caller = Caller.Of(context);
        var typed = PageForm.Read(form);
        var hosts = await HostsAsync(db, caller, page, cancellationToken);
        if (typed.Version != page.Version)
        {
            return Stale(context, typed, page, hosts);
        }

        var settings = typed.ToSettings(caller, page.Settings, hosts);
        var changed = settings.Succeeded
            ? await WithFreeSlugAsync(
                typed,
                settings.Value,
                wanted => pages.ChangeAsync(caller, page, wanted, cancellationToken)
            )
            : settings.Problem!;
        if (changed.Problem?.Code == ProblemCodes.PreconditionFailed)
        {
            // Between the look above and the write.
            return await MineAsync(context, page.Id) is { } newer
                ? Stale(context, typed, newer, await HostsAsync(db, caller, newer, cancellationToken))
                : Results.StatusCode(StatusCodes.Status404NotFound);
        }

        if (!changed.Succeeded)
        {
            return Editor(
                context,
                typed,
                hosts,
                page,
                PageForm.InItsOwnWords(changed.Problem!),
                changed.Problem!.Code.Status
            );
        }

        flash.Set(context, FlashKind.Ok, $"“{changed.Value.Settings.Title}” is saved.");
        return Pages.SeeOther($"/booking-pages/{page.Id}");
    }

    // The form says which state it wants: pressed twice, it asks for the same twice.
    private static async Task<IResult> PauseAsync(
        HttpContext context,
        [FromForm] IFormCollection form,
        BookingPages pages,
        Db db,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (form["paused"].ToString() is not ("true" or "false"))
        {
            return Results.StatusCode(400);
        }

        var page = Found(context);
        var wanted = form["paused"] == "true";
        var problem =
            page.Settings.Paused == wanted
                ? null
                : (
                    await pages.ChangeAsync(
                        Caller.Of(context),
                        page,
                        page.Settings with
                        {
                            Paused = wanted,
                        },
                        cancellationToken
                    )
                ).Problem;
        // Of two clicks at the same moment one comes second; what it wanted is so by then.
        if (
            problem is not null
            && await db.ReadAsync(session => pages.FindAsync(session, page.WorkspaceId, page.Id), cancellationToken)
                is { } now
            && now.Settings.Paused == wanted
        )
        {
            problem = null;
        }

        flash.Set(
            context,
            problem is null ? FlashKind.Ok : FlashKind.Error,
            problem?.Detail
                ?? (
                    wanted
                        ? $"“{page.Settings.Title}” takes no bookings until you resume it."
                        : $"“{page.Settings.Title}” takes bookings again."
                )
        );
        return Pages.SeeOther("/booking-pages");
    }

    private static IResult Ask(HttpContext context) =>
        Pages.Render<DeletePagePage>(context, new { Page = Found(context) });

    private static async Task<IResult> DeleteAsync(
        HttpContext context,
        BookingPages pages,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var page = Found(context);
        await pages.DeleteAsync(page.WorkspaceId, page.Id, cancellationToken);
        flash.Set(context, FlashKind.Ok, $"“{page.Settings.Title}” is deleted. What was booked there stays.");
        return Pages.SeeOther("/booking-pages");
    }

    // A name nobody typed is ours to choose: the next free one.
    private static async Task<Answer<BookingPage>> WithFreeSlugAsync(
        PageForm typed,
        PageSettings settings,
        Func<PageSettings, Task<Answer<BookingPage>>> save
    )
    {
        var saved = await save(settings);
        for (
            var number = 2;
            typed.Slug.Length == 0 && number <= MostNumbered && saved.Problem?.Errors?.ContainsKey("slug") == true;
            number++
        )
        {
            saved = await save(settings with { Slug = PageSlug.Numbered(settings.Slug, number) });
        }

        return saved;
    }

    /// <summary>Somebody else saved first: theirs is shown, and field by field what was typed here.</summary>
    private static IResult Stale(HttpContext context, PageForm typed, BookingPage page, List<HostConnection> hosts)
    {
        var current = PageForm.Of(page);
        var lost = PageFormDifferences.Between(typed, current);
        return Editor(
            context,
            current,
            hosts,
            page,
            lost.Count == 0
                ? null
                : new Problem(ProblemCodes.Conflict, "The page was changed meanwhile.") { Errors = lost },
            StatusCodes.Status409Conflict,
            stale: true
        );
    }

    private static IResult Editor(
        HttpContext context,
        PageForm form,
        List<HostConnection> hosts,
        BookingPage? page,
        Problem? problem,
        int status,
        bool stale = false
    ) =>
        Pages.Render<PageEditorPage>(
            context,
            new
            {
                Form = form,
                Hosts = hosts,
                Page = page,
                Url = page is null
                    ? null
                    : context.RequestServices.GetRequiredService<ParleyOptions>().Origin + BookPages.PathOf(page),
                Problem = problem,
                Stale = stale,
            },
            status
        );

    // The page's own connection stays a choice, even when it could not be chosen anew.
    private static Task<List<HostConnection>> HostsAsync(
        Db db,
        Caller caller,
        BookingPage? page,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            async session =>
            {
                var hosts = await PageHosts.UsableAsync(session, caller);
                if (page is not null && !hosts.Exists(host => host.Id == page.Host.ConnectionId))
                {
                    hosts.Insert(
                        0,
                        new HostConnection
                        {
                            Id = page.Host.ConnectionId,
                            Provider = "",
                            Status = "",
                            AccountName = "The present account",
                        }
                    );
                }

                return hosts;
            },
            cancellationToken
        );

    /// <summary>Before every handler of one page: members have <see cref="Found"/> of those they host, administrators of all.</summary>
    private static async ValueTask<object?> FindAsync(
        EndpointFilterInvocationContext invocation,
        EndpointFilterDelegate next
    )
    {
        var context = invocation.HttpContext;
        if (await MineAsync(context, context.GetRouteValue("id") as string ?? "") is not { } page)
        {
            return Results.StatusCode(StatusCodes.Status404NotFound);
        }

        context.Features.Set(page);
        return await next(invocation);
    }

    private static BookingPage Found(HttpContext context) => context.Features.GetRequiredFeature<BookingPage>();

    private static Task<BookingPage?> MineAsync(HttpContext context, string id)
    {
        var caller = Caller.Of(context);
        var services = context.RequestServices;
        return services
            .GetRequiredService<Db>()
            .ReadAsync(
                async session =>
                    await OwnedThing.BookingPage.IsReachedAsync(session, caller, id)
                        ? await services.GetRequiredService<BookingPages>().FindAsync(session, caller.WorkspaceId, id)
                        : null,
                context.RequestAborted
            );
    }
}
