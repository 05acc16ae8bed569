using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Booking;
using Parley.Server.Connections;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>Pages of single meetings: look, start, cancel.</summary>
internal static class MeetingPages
{
    public static void MapMeetingPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/meetings").RequireMember().ExcludeFromDescription();
        group.MapGet("/{id}", ShowAsync);
        group.MapGet("/{id}/live", LiveAsync);
        group.MapPost("/{id}/start", StartAsync);
        group.MapGet("/{id}/cancel", AskAsync);
        group.MapPost("/{id}/cancel", CancelAsync);
    }

    private static async Task<IResult> ShowAsync(
        string id,
        HttpContext context,
        MeetingBoard board,
        OrganizerNames names,
        Db db,
        ProviderCatalogue catalogue,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        DashboardPages.AllowStart(context, catalogue);
        return await StoryAsync(id, context, board, names, db, clock, cancellationToken) is { } parameters
            ? Pages.Render<MeetingPage>(context, parameters)
            : Results.StatusCode(404);
    }

    private static async Task<IResult> LiveAsync(
        string id,
        HttpContext context,
        MeetingBoard board,
        OrganizerNames names,
        Db db,
        IClock clock,
        CancellationToken cancellationToken
    ) =>
        await StoryAsync(id, context, board, names, db, clock, cancellationToken) is { } parameters
            ? Pages.Render<MeetingLive>(context, parameters)
            : Results.StatusCode(404);

    // Ends in a link with host rights: fetched now, never logged.
    private static async Task<IResult> StartAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        MeetingBoard board,
        MeetingReader reader,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var caller = Caller.Of(context);
        if (await board.FindAsync(caller, id, cancellationToken) is not { } row)
        {
            return Results.StatusCode(404);
        }

        if (!row.MayStart(caller))
        {
            return Results.StatusCode(403);
        }

        var link = row.CanStart
            ? await reader.StartAsync(
                caller.WorkspaceId,
                row.Arrangement.ConnectionId,
                row.Arrangement.Id,
                cancellationToken
            )
            : (Answer<HostLink>)new Problem(ProblemCodes.Conflict, "The meeting cannot be started now.");
        if (link.Problem is { } problem)
        {
            flash.Set(
                context,
                FlashKind.Error,
                $"“{row.Arrangement.Subject}” was not started. {problem.Detail} {problem.Next}".Trim()
            );
            return Pages.SeeOther($"/meetings/{id}");
        }

        return Pages.SeeRoom(context, link.Value.Url);
    }

    private static async Task<IResult> AskAsync(
        string id,
        HttpContext context,
        MeetingBoard board,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        return await board.FindAsync(caller, id, cancellationToken) is { } row
            ? Pages.Render<CancelMeetingPage>(
                context,
                new
                {
                    Row = row,
                    Zone = await board.ZoneAsync(caller, cancellationToken),
                    Now = clock.GetCurrentInstant(),
                    Back = BackOf(context.Request.Query["back"]),
                }
            )
            : Results.StatusCode(404);
    }

    /// <summary>The list somebody came from, with what it was narrowed to.</summary>
    internal static string? BackOf(string? path) =>
        LocalPath.IsLocal(path) && path!.StartsWith(DashboardPages.Path, StringComparison.Ordinal) ? path : null;

    private static async Task<IResult> CancelAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        MeetingBoard board,
        MeetingDesk desk,
        Bookings bookings,
        BookingDirectory directory,
        Flash flash,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var back = BackOf(form["back"]);
        var caller = Caller.Of(context);
        if (await board.FindAsync(caller, id, cancellationToken) is not { } row)
        {
            return Results.StatusCode(404);
        }

        var what =
            $"“{row.Arrangement.Subject}”, {MeetingWords.When(row.Arrangement, await board.ZoneAsync(caller, cancellationToken), clock.GetCurrentInstant())},";
        if (!row.CanCancel)
        {
            flash.Set(
                context,
                FlashKind.Warn,
                row.Arrangement.IsPresent
                    ? $"{what} is over: there is nothing to cancel."
                    : $"{what} was cancelled already."
            );
            return Pages.SeeOther(back ?? $"/meetings/{id}");
        }

        if (
            row.Arrangement.BookingId is { } bookingId
            && await directory.FindAsync(caller.WorkspaceId, bookingId, cancellationToken) is { } booking
        )
        {
            var cancelled = await bookings.CancelAsync(booking, null, BookingActor.Organizer, cancellationToken);
            flash.Set(
                context,
                cancelled.Succeeded ? FlashKind.Ok : FlashKind.Error,
                cancelled.Problem?.Detail ?? $"{what} is cancelled. {booking.CustomerName} is told by mail."
            );
            return Pages.SeeOther(back ?? $"/meetings/{id}");
        }

        var removed = await desk.RemoveAsync(caller.WorkspaceId, id, cancellationToken);
        if (removed.Problem is { } problem)
        {
            flash.Set(context, FlashKind.Error, $"{what} was not cancelled. {problem.Detail} {problem.Next}".Trim());
            return Pages.SeeOther(back ?? $"/meetings/{id}");
        }

        flash.Set(
            context,
            removed.Value.Done ? FlashKind.Ok : FlashKind.Warn,
            removed.Value.Done
                ? $"{what} is cancelled, and gone at {row.ProviderName}."
                : $"{what} is cancelled. {row.ProviderName} has not confirmed that it is gone; Parley sees to it."
        );
        return Pages.SeeOther(back ?? DashboardPages.Path);
    }

    private static async Task<object?> StoryAsync(
        string id,
        HttpContext context,
        MeetingBoard board,
        OrganizerNames names,
        Db db,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await board.FindAsync(caller, id, cancellationToken) is not { } row)
        {
            return null;
        }

        return new
        {
            Caller = caller,
            Row = row,
            Story = await db.ReadAsync(session => LedgerStory.ReadAsync(session, row), cancellationToken),
            Zone = await board.ZoneAsync(caller, cancellationToken),
            Now = clock.GetCurrentInstant(),
            CoOrganizers = await CoOrganizersAsync(row, names, cancellationToken),
            Fresh = context.Request.Query.ContainsKey("scheduled"),
        };
    }

    // By name where the connection may read the account's people; asked only where there is somebody to name.
    private static async Task<IReadOnlyList<string>> CoOrganizersAsync(
        MeetingRow row,
        OrganizerNames names,
        CancellationToken cancellationToken
    )
    {
        if (row.View.CoOrganizers is not { Count: > 0 } keys || row.Connection is not { } connection)
        {
            return row.View.CoOrganizers;
        }

        var known = await names.ReadAsync(connection, cancellationToken);
        return keys.Select(known.NameOf).ToList();
    }
}
