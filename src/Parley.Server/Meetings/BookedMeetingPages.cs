using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;
using Parley.Server.Access;
using Parley.Server.Booking;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>
/// What an organizer changes of a booked meeting: its time, by the rules of its page as the customer's own move is, and the record it belongs
/// to. The browser's side of <c>POST /api/v1/bookings/{id}/reschedule</c> and <c>PATCH /api/v1/bookings/{id}</c>.
/// </summary>
internal static class BookedMeetingPages
{
    private static readonly LocalTimePattern TimeOfDay = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    public static void MapBookedMeetingPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/meetings/{id}/booking").RequireMember().ExcludeFromDescription();
        group.MapGet("", (string id, HttpContext context) => PageAsync(id, context, null, null));
        group.MapPost("/move", MoveAsync);
        group.MapPost("/record", RecordAsync);
    }

    private static async Task<IResult> MoveAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        MeetingBoard board,
        Bookings bookings,
        Flash flash,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(id, context) is not { } found)
        {
            return Results.StatusCode(404);
        }

        var errors = new FieldErrors();
        var zone = await board.ZoneAsync(Caller.Of(context), cancellationToken);
        if (FormTime.Start(errors, zone, form["date"].ToString(), form["time"].ToString(), TimeOfDay) is not { } start)
        {
            return await PageAsync(id, context, form, errors.ToProblem());
        }

        var moved = await bookings.RescheduleAsync(found.Booking, start, byCustomer: false, cancellationToken);
        if (moved.Problem is { } problem)
        {
            return await PageAsync(id, context, form, AtTheFields(problem));
        }

        var when = MeetingWords.When(
            found.Row.Arrangement with
            {
                StartsAt = moved.Value.StartsAt,
                EndsAt = moved.Value.EndsAt,
            },
            zone,
            clock.GetCurrentInstant()
        );
        flash.Set(
            context,
            FlashKind.Ok,
            moved.Value.Version == found.Booking.Version
                ? $"It was at that time already: {when}."
                : $"Moved to {when}. {moved.Value.CustomerName} is told by mail."
        );
        return Pages.SeeOther($"/meetings/{id}");
    }

    private static async Task<IResult> RecordAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        BookingReferences references,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(id, context) is not { } found)
        {
            return Results.StatusCode(404);
        }

        // What is left empty is taken away: null, as a merge patch says it.
        var record = ReferenceRequest.Of(form)?.Tidy();
        var patch = JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["reference"] = record is null
                    ? null
                    : new Dictionary<string, string?>(StringComparer.Ordinal)
                    {
                        ["system"] = record.System,
                        ["recordType"] = record.RecordType,
                        ["recordId"] = record.RecordId,
                        ["url"] = record.Url,
                    },
            }
        );
        var changed = await references.PatchAsync(
            found.Booking.WorkspaceId,
            found.Booking.Id,
            patch,
            Precondition.None,
            cancellationToken
        );
        if (changed.Problem is { } problem)
        {
            return await PageAsync(id, context, form, problem);
        }

        flash.Set(context, FlashKind.Ok, record is null ? "It belongs to no record." : "The record is noted.");
        return Pages.SeeOther($"/meetings/{id}");
    }

    private static async Task<IResult> PageAsync(
        string id,
        HttpContext context,
        IFormCollection? typed,
        Problem? problem
    )
    {
        if (await FindAsync(id, context) is not { } found)
        {
            return Results.StatusCode(404);
        }

        var services = context.RequestServices;
        var zone = await services
            .GetRequiredService<MeetingBoard>()
            .ZoneAsync(Caller.Of(context), context.RequestAborted);
        var starts = found.Booking.StartsAt.InZone(zone);
        return Pages.Render<BookedMeetingPage>(
            context,
            new
            {
                found.Row,
                found.Booking,
                Zone = zone,
                Now = services.GetRequiredService<IClock>().GetCurrentInstant(),
                Date = typed is not null && typed.ContainsKey("date")
                    ? typed["date"].ToString()
                    : LocalDatePattern.Iso.Format(starts.Date),
                Time = typed is not null && typed.ContainsKey("time")
                    ? typed["time"].ToString()
                    : TimeOfDay.Format(starts.TimeOfDay),
                Record = (typed is null ? null : ReferenceRequest.Of(typed))
                    ?? ReferenceRequest.Of(found.Row.Arrangement.Reference),
                Problem = problem,
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }

    /// <summary>Null: no such meeting, not the caller's, or nobody booked it.</summary>
    private static async Task<Found?> FindAsync(string id, HttpContext context)
    {
        var caller = Caller.Of(context);
        var services = context.RequestServices;
        return
            await services.GetRequiredService<MeetingBoard>().FindAsync(caller, id, context.RequestAborted)
                is { Arrangement.BookingId: { } bookingId } row
            && await services
                .GetRequiredService<BookingDirectory>()
                .FindAsync(caller.WorkspaceId, bookingId, context.RequestAborted)
                is { } booking
            ? new Found(row, booking)
            : null;
    }

    // The form has a date and a time where the API has an instant.
    private static Problem AtTheFields(Problem problem) =>
        problem.Errors is { } errors && errors.TryGetValue("startsAt", out var messages)
            ? problem with
            {
                Errors = new Dictionary<string, string[]>(StringComparer.Ordinal) { ["time"] = messages },
            }
            : problem;

    private sealed record Found(MeetingRow Row, CustomerBooking Booking);
}
