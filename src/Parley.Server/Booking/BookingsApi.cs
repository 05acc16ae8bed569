using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Meetings;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

public sealed record RescheduleRequest
{
    public required Instant StartsAt { get; init; }
}

public sealed record CancelRequest
{
    /// <summary>Told to the other side; at most 500 characters.</summary>
    public string? Reason { get; init; }
}

/// <summary>The organizer's side of bookings: <c>/api/v1/bookings</c>.</summary>
internal static class BookingsApi
{
    private static Problem NoBooking => new(ProblemCodes.NotFound, "There is no such booking.");

    public static void MapBookingsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/v1/bookings")
            .WithTags("Bookings")
            .KeepWithinReach("id", OwnedThing.Booking, () => NoBooking);
        group
            .MapGet("/", ListAsync)
            .RequireScope("bookings:read")
            .WithName("listBookings")
            .WithSummary("Bookings by start")
            .WithMetadata(
                new QueryParameter("from", "Ends after this instant.", Format: "date-time"),
                new QueryParameter("to", "Starts before this instant.", Format: "date-time"),
                new QueryParameter("status", $"One of {string.Join(", ", BookingStatus.All)}."),
                new QueryParameter("pageId", "Booked on this page."),
                new QueryParameter("email", "The customer's e-mail address."),
                new QueryParameter("reference", "Of one record alone: system:recordId."),
                new QueryParameter("recordId", "Of the record with this id, whatever the system.")
            )
            .Produces<Page<BookingView>>();
        group
            .MapGet("/{id}", GetAsync)
            .RequireScope("bookings:read")
            .WithName("getBooking")
            .WithSummary("One booking")
            .Produces<BookingView>();
        group
            .MapPatch("/{id}", PatchAsync)
            .RequireScope("bookings:write")
            .HonoursIfMatch()
            .WithName("updateBooking")
            .WithSummary("Name the record of another system it belongs to (JSON merge patch)")
            .WithDescription(
                "Only `reference` can be changed so; times are changed with `POST …/reschedule`. Neither the customer nor the provider hears of it. Customers never set it themselves."
            )
            .Accepts<BookingPatch>("application/merge-patch+json", "application/json")
            .Produces<BookingView>();
        group
            .MapPost("/{id}/reschedule", RescheduleAsync)
            .RequireScope("bookings:write")
            .WithIdempotency(Repeats)
            .HonoursIfMatch()
            .Books()
            .WithName("rescheduleBooking")
            .WithSummary("Move a booking; the page's hours, notice and limits hold")
            .Accepts<RescheduleRequest>("application/json")
            .Produces<BookingView>();
        group
            .MapPost("/{id}/cancel", CancelAsync)
            .RequireScope("bookings:write")
            .WithIdempotency(Repeats)
            .HonoursIfMatch()
            .Books()
            .WithName("cancelBooking")
            .WithSummary("Call a booking off; a second time changes nothing")
            .Accepts<CancelRequest>("application/json")
            .Produces<BookingView>();
    }

    private static IdempotencyRules Repeats =>
        new()
        {
            Rebuild = async (context, id) =>
                await Directory(context).FindAsync(Caller.Of(context).WorkspaceId, id, context.RequestAborted)
                    is { } booking
                    ? await Views(context).OfAsync(booking, context.RequestAborted)
                    : null,
            IdOf = body => ((BookingView)body).Id,
        };

    private static Task<IResult> ListAsync(
        HttpContext context,
        BookingDirectory directory,
        BookingViews views,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        var (system, recordId) = ReferenceRequest.ReadFilter(list);
        var (from, to) = list.Range();
        var query = new BookingQuery
        {
            From = from,
            To = to,
            Status = list.Text("status"),
            PageId = list.Text("pageId"),
            Email = list.Text("email"),
            ReferenceSystem = system,
            RecordId = recordId,
        };
        if (query.Status is not null && !BookingStatus.All.Contains(query.Status, StringComparer.Ordinal))
        {
            list.Errors.Add("status", $"must be one of {string.Join(", ", BookingStatus.All)}");
        }

        foreach (var name in (string[])["pageId", "email"])
        {
            // PostgreSQL takes no NUL in a text.
            if (list.Text(name)?.Any(char.IsControl) == true)
            {
                list.Errors.Add(name, "must not contain control characters");
            }
        }

        return list.AnswerAsync(async () =>
        {
            var page = await directory.ListAsync(Caller.Of(context), query, list.Limit, list.After, cancellationToken);
            return new Page<BookingView>(await views.OfAsync(page.Items, cancellationToken), page.NextCursor);
        });
    }

    private static async Task<IResult> GetAsync(
        string id,
        HttpContext context,
        BookingDirectory directory,
        BookingViews views,
        CancellationToken cancellationToken
    ) =>
        await directory.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is { } booking
            ? await ShowAsync(context, views, booking, cancellationToken)
            : NoBooking.ToResult();

    private static async Task<IResult> PatchAsync(
        string id,
        HttpContext context,
        BookingReferences references,
        BookingViews views,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadBytesAsync(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        var changed = await references.PatchAsync(
            Caller.Of(context).WorkspaceId,
            id,
            body.Value,
            Precondition.Of(context),
            cancellationToken
        );
        return changed.Problem is { } problem ? problem.ToResult()
            : changed.Value is { } booking ? await ShowAsync(context, views, booking, cancellationToken)
            : NoBooking.ToResult();
    }

    private static async Task<IResult> RescheduleAsync(
        string id,
        HttpContext context,
        BookingDirectory directory,
        Bookings bookings,
        BookingViews views,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is not { } booking)
        {
            return NoBooking.ToResult();
        }

        var body = await RequestBody.ReadAsync<RescheduleRequest>(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        var moved = await bookings.RescheduleAsync(
            booking,
            body.Value.StartsAt,
            byCustomer: false,
            cancellationToken,
            Precondition.Of(context)
        );
        return moved.Succeeded
            ? await ShowAsync(context, views, moved.Value, cancellationToken)
            : moved.Problem!.ToResult();
    }

    private static async Task<IResult> CancelAsync(
        string id,
        HttpContext context,
        BookingDirectory directory,
        Bookings bookings,
        BookingViews views,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is not { } booking)
        {
            return NoBooking.ToResult();
        }

        string? reason = null;
        // The body is optional: calling off needs no reason.
        if (context.Request.ContentLength is not 0 and not null || context.Request.Headers.TransferEncoding.Count > 0)
        {
            var body = await RequestBody.ReadAsync<CancelRequest>(context);
            if (!body.Succeeded)
            {
                return body.Problem!.ToResult();
            }

            var errors = new FieldErrors();
            reason = errors.Lines("reason", body.Value.Reason, 500);
            if (errors.Any)
            {
                return errors.ToProblem().ToResult();
            }
        }

        var cancelled = await bookings.CancelAsync(
            booking,
            reason,
            BookingActor.Organizer,
            cancellationToken,
            Precondition.Of(context)
        );
        return cancelled.Succeeded
            ? await ShowAsync(context, views, cancelled.Value, cancellationToken)
            : cancelled.Problem!.ToResult();
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        BookingViews views,
        CustomerBooking booking,
        CancellationToken cancellationToken
    )
    {
        EntityTags.Show(context, booking.State);
        return Results.Json(await views.OfAsync(booking, cancellationToken), Json.Api);
    }

    private static BookingDirectory Directory(HttpContext context) =>
        context.RequestServices.GetRequiredService<BookingDirectory>();

    private static BookingViews Views(HttpContext context) =>
        context.RequestServices.GetRequiredService<BookingViews>();
}
