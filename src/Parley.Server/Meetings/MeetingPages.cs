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

/// <summary>Pages of single meetings: schedule, look, start, cancel.</summary>
internal static class MeetingPages
{
    public static void MapMeetingPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/meetings").RequireMember().ExcludeFromDescription();
        group.MapGet("/new", NewAsync);
        group.MapPost("/new", CreateAsync);
        group.MapGet("/{id}", ShowAsync);
        group.MapGet("/{id}/live", LiveAsync);
        group.MapPost("/{id}/start", StartAsync);
        group.MapGet("/{id}/cancel", AskAsync);
        group.MapPost("/{id}/cancel", CancelAsync);
    }

    private static async Task<IResult> NewAsync(
        HttpContext context,
        MeetingBoard board,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var zone = await board.ZoneAsync(caller, cancellationToken);
        var choices = await ChoicesAsync(board, caller, cancellationToken);
        var own =
            choices.FirstOrDefault(entry => entry.MemberId == caller.MemberId)
            ?? (choices.Count > 0 ? choices[0] : null);
        return FormOf(context, choices, NewMeetingForm.Empty(zone, clock.GetCurrentInstant(), own?.Id), null);
    }

    private static async Task<IResult> CreateAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        MeetingBoard board,
        MeetingDesk desk,
        Flash flash,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var typed = NewMeetingForm.Of(form);
        var choices = await ChoicesAsync(board, caller, cancellationToken);
        var wish = typed.Check(clock.GetCurrentInstant());
        var connection = choices.FirstOrDefault(entry => entry.Id == typed.ConnectionId);
        if (!wish.Succeeded || connection is null)
        {
            return FormOf(context, choices, typed, With(wish.Problem, connection));
        }

        var made = await desk.CreateAsync(
            caller.WorkspaceId,
            connection,
            caller.MemberId,
            ArrangementSource.Web,
            wish.Value,
            cancellationToken
        );
        if (!made.Succeeded)
        {
            return FormOf(context, choices, typed, made.Problem);
        }

        var arrangement = made.Value.Arrangement;
        var zone = await board.ZoneAsync(caller, cancellationToken);
        var what = $"“{arrangement.Subject}”, {MeetingWords.When(arrangement, zone, clock.GetCurrentInstant())}";
        flash.Set(
            context,
            made.Value.Done ? FlashKind.Ok : FlashKind.Warn,
            made.Value.Done
                ? $"{what}, is scheduled. Its links are below, ready to be copied."
                : $"{what}, is noted. {connection.Provider.Name} has not confirmed it yet; the door link below works all the same."
        );
        return Pages.SeeOther($"/meetings/{arrangement.Id}");
    }

    private static async Task<IResult> ShowAsync(
        string id,
        HttpContext context,
        MeetingBoard board,
        Db db,
        ProviderCatalogue catalogue,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        DashboardPages.AllowStart(context, catalogue);
        return await StoryAsync(id, context, board, db, clock, cancellationToken) is { } parameters
            ? Pages.Render<MeetingPage>(context, parameters)
            : Results.StatusCode(404);
    }

    private static async Task<IResult> LiveAsync(
        string id,
        HttpContext context,
        MeetingBoard board,
        Db db,
        IClock clock,
        CancellationToken cancellationToken
    ) =>
        await StoryAsync(id, context, board, db, clock, cancellationToken) is { } parameters
            ? Pages.Render<MeetingLive>(context, parameters)
            : Results.StatusCode(404);

    // The one reply with host rights: never stored, never logged, the provider does not learn where it came from.
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

        context.SendNoReferrer();
        context.Response.Headers.CacheControl = "no-store";
        return Pages.SeeOther(link.Value.Url);
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
                }
            )
            : Results.StatusCode(404);
    }

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
        _ = form;
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
            return Pages.SeeOther($"/meetings/{id}");
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
            return Pages.SeeOther($"/meetings/{id}");
        }

        var removed = await desk.RemoveAsync(caller.WorkspaceId, id, cancellationToken);
        if (removed.Problem is { } problem)
        {
            flash.Set(context, FlashKind.Error, $"{what} was not cancelled. {problem.Detail} {problem.Next}".Trim());
            return Pages.SeeOther($"/meetings/{id}");
        }

        flash.Set(
            context,
            removed.Value.Done ? FlashKind.Ok : FlashKind.Warn,
            removed.Value.Done
                ? $"{what} is cancelled, and gone at {row.ProviderName}."
                : $"{what} is cancelled. {row.ProviderName} has not confirmed that it is gone; Parley sees to it."
        );
        return Pages.SeeOther(DashboardPages.Path);
    }

    private static async Task<object?> StoryAsync(
        string id,
        HttpContext context,
        MeetingBoard board,
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
        };
    }

    private static async Task<IReadOnlyList<ConnectionEntry>> ChoicesAsync(
        MeetingBoard board,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        (await board.ConnectionsAsync(caller, cancellationToken))
            .Where(entry => entry.CanHost && entry.Connection.Purpose == ConnectionPurpose.Organizer)
            .ToList();

    private static Problem? With(Problem? problem, ConnectionEntry? connection)
    {
        if (connection is not null)
        {
            return problem;
        }

        var errors = new FieldErrors();
        foreach (var (field, messages) in problem?.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal))
        {
            foreach (var message in messages)
            {
                errors.Add(field, message);
            }
        }

        errors.Add("connectionId", "must be one of the accounts offered");
        return errors.ToProblem();
    }

    private static IResult FormOf(
        HttpContext context,
        IReadOnlyList<ConnectionEntry> choices,
        NewMeetingForm form,
        Problem? problem
    ) =>
        Pages.Render<NewMeetingPage>(
            context,
            new
            {
                Choices = choices,
                Form = form,
                Problem = problem,
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
}
