using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking.Views;

/// <summary>A page in the organizer's list.</summary>
public sealed record ListedPage(BookingPage Page, string Url, string? HostName, bool CanEdit);

/// <summary>
/// The organizer's side of booking pages: list, editor, pause, delete. Members edit pages they host; owners and administrators all.
/// </summary>
internal static class EditorPages
{
    public static void MapEditorPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/booking-pages").RequireMember().ExcludeFromDescription();
        pages.MapGet("", ListAsync);
        pages.MapGet("/new", NewAsync);
        pages.MapPost("/new", CreateAsync);
        pages.MapGet("/{id}", EditAsync);
        pages.MapPost("/{id}", ChangeAsync);
        pages.MapPost("/{id}/pause", PauseAsync).RequireCsrf();
        pages.MapGet("/{id}/delete", AskAsync);
        pages.MapPost("/{id}/delete", DeleteAsync).RequireCsrf();
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
        var found = await pages.ListAsync(
            caller.WorkspaceId,
            ListRequest.LargestLimit,
            Cursor.Start,
            cancellationToken
        );
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
                            await PageHosts.NameAsync(session, page.WorkspaceId, page.Host.MemberId),
                            MayEdit(caller, page)
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
        var settings = typed.ToSettings(caller, null);
        var made = settings.Succeeded
            ? await pages.CreateAsync(caller, settings.Value, cancellationToken)
            : settings.Problem!;
        if (!made.Succeeded)
        {
            var hosts = await HostsAsync(db, caller, null, cancellationToken);
            return Editor(context, typed, hosts, null, made.Problem, made.Problem!.Code.Status);
        }

        flash.Set(context, FlashKind.Ok, $"“{made.Value.Settings.Title}” is open. Share its link.");
        return Pages.SeeOther($"/booking-pages/{made.Value.Id}");
    }

    private static async Task<IResult> EditAsync(
        string id,
        HttpContext context,
        BookingPages pages,
        Db db,
        CancellationToken cancellationToken
    )
    {
        if (await MineAsync(context, id, pages, db, cancellationToken) is not { } page)
        {
            return Results.NotFound();
        }

        var hosts = await HostsAsync(db, Caller.Of(context), page, cancellationToken);
        return Editor(context, PageForm.Of(page), hosts, page, null, 200);
    }

    private static async Task<IResult> ChangeAsync(
        string id,
        HttpContext context,
        [FromForm] IFormCollection form,
        BookingPages pages,
        Flash flash,
        Db db,
        CancellationToken cancellationToken
    )
    {
        if (await MineAsync(context, id, pages, db, cancellationToken) is not { } page)
        {
            return Results.NotFound();
        }

        var caller = Caller.Of(context);
        var typed = PageForm.Read(form);
        var settings = typed.ToSettings(caller, page.Settings);
        var changed = settings.Succeeded
            ? await pages.ChangeAsync(caller, page, settings.Value, cancellationToken)
            : settings.Problem!;
        if (!changed.Succeeded)
        {
            var hosts = await HostsAsync(db, caller, page, cancellationToken);
            return Editor(context, typed, hosts, page, changed.Problem, changed.Problem!.Code.Status);
        }

        flash.Set(context, FlashKind.Ok, $"“{changed.Value.Settings.Title}” is saved.");
        return Pages.SeeOther($"/booking-pages/{page.Id}");
    }

    private static async Task<IResult> PauseAsync(
        string id,
        HttpContext context,
        BookingPages pages,
        Flash flash,
        Db db,
        CancellationToken cancellationToken
    )
    {
        if (await MineAsync(context, id, pages, db, cancellationToken) is not { } page)
        {
            return Results.NotFound();
        }

        var changed = await pages.ChangeAsync(
            Caller.Of(context),
            page,
            page.Settings with
            {
                Paused = !page.Settings.Paused,
            },
            cancellationToken
        );
        flash.Set(
            context,
            changed.Succeeded ? FlashKind.Ok : FlashKind.Error,
            changed.Problem?.Detail
                ?? (
                    changed.Value.Settings.Paused
                        ? $"“{page.Settings.Title}” takes no bookings until you resume it."
                        : $"“{page.Settings.Title}” takes bookings again."
                )
        );
        return Pages.SeeOther("/booking-pages");
    }

    private static async Task<IResult> AskAsync(
        string id,
        HttpContext context,
        BookingPages pages,
        Db db,
        CancellationToken cancellationToken
    ) =>
        await MineAsync(context, id, pages, db, cancellationToken) is { } page
            ? Pages.Render<DeletePagePage>(context, new { Page = page })
            : Results.NotFound();

    private static async Task<IResult> DeleteAsync(
        string id,
        HttpContext context,
        BookingPages pages,
        Flash flash,
        Db db,
        CancellationToken cancellationToken
    )
    {
        if (await MineAsync(context, id, pages, db, cancellationToken) is not { } page)
        {
            return Results.NotFound();
        }

        await pages.DeleteAsync(page.WorkspaceId, page.Id, cancellationToken);
        flash.Set(context, FlashKind.Ok, $"“{page.Settings.Title}” is deleted. What was booked there stays.");
        return Pages.SeeOther("/booking-pages");
    }

    private static IResult Editor(
        HttpContext context,
        PageForm form,
        List<HostConnection> hosts,
        BookingPage? page,
        Problem? problem,
        int status
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

    private static async Task<BookingPage?> MineAsync(
        HttpContext context,
        string id,
        BookingPages pages,
        Db db,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var page = await db.ReadAsync(session => pages.FindAsync(session, caller.WorkspaceId, id), cancellationToken);
        return page is not null && MayEdit(caller, page) ? page : null;
    }

    private static bool MayEdit(Caller caller, BookingPage page) =>
        caller.IsAdministrator || page.Settings.Hosts.Any(host => host.MemberId == caller.MemberId);
}
