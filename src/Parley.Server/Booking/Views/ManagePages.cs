using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Mail;
using Parley.Server.Web;

namespace Parley.Server.Booking.Views;

/// <summary>
/// The customer's own page of one booking. Opening any of it changes nothing: mail programs and link scanners open everything.
/// The address is a secret: no referrer, no storage, the same 404 for every wrong one.
/// </summary>
internal static class ManagePages
{
    public static void MapManagePages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/booking/{id}/{token}").AllowAnonymous().ExcludeFromDescription();
        pages.MapGet("", ShowAsync);
        pages.MapGet("/join", JoinAsync);
        pages.MapGet("/invite.ics", CalendarAsync);
        pages.MapGet("/reschedule", ChooseAsync);
        pages.MapPost("/reschedule", RescheduleAsync);
        pages.MapGet("/cancel", ConfirmAsync);
        pages.MapPost("/cancel", CancelAsync);
    }

    private static Task<IResult> ShowAsync(
        string id,
        string token,
        HttpContext context,
        ManagedBookings managed,
        BookingLimiter limiter,
        CancellationToken cancellationToken
    ) => OpenAsync(id, token, context, managed, limiter, booking => Show(context, booking), cancellationToken);

    private static Task<IResult> JoinAsync(
        string id,
        string token,
        HttpContext context,
        ManagedBookings managed,
        BookingLimiter limiter,
        CancellationToken cancellationToken
    ) =>
        OpenAsync(
            id,
            token,
            context,
            managed,
            limiter,
            booking => Task.FromResult(Pages.Render<JoinDetails>(context, new { Managed = booking })),
            cancellationToken
        );

    private static Task<IResult> CalendarAsync(
        string id,
        string token,
        HttpContext context,
        ManagedBookings managed,
        BookingLimiter limiter,
        CancellationToken cancellationToken
    ) =>
        OpenAsync(
            id,
            token,
            context,
            managed,
            limiter,
            booking => Task.FromResult(booking.CanCancel ? Calendar(context, booking) : Gone(context, booking)),
            cancellationToken
        );

    private static Task<IResult> ChooseAsync(
        string id,
        string token,
        HttpContext context,
        ManagedBookings managed,
        OfferedTimes times,
        BookingLimiter limiter,
        CancellationToken cancellationToken
    ) =>
        OpenAsync(
            id,
            token,
            context,
            managed,
            limiter,
            async booking =>
            {
                if (!booking.CanMove)
                {
                    return Gone(context, booking);
                }

                var visit = Visit.Of(context, booking.Zone) with { ZoneIsChosen = true };
                var offer = Offer.Of(booking.Page, booking.Booking);
                if (Visit.Start(context.Request.Query["start"]) is not { } start)
                {
                    return Pages.Render<ReschedulePage>(
                        context,
                        new
                        {
                            Managed = booking,
                            Visit = visit,
                            Times = await times.MonthAsync(offer, visit, cancellationToken),
                        }
                    );
                }

                var free = await times.IsFreeAsync(offer, start, visit.Zone, cancellationToken);
                return Pages.Render<ReschedulePage>(
                    context,
                    new
                    {
                        Managed = booking,
                        Visit = visit,
                        Start = (Instant?)start,
                        Problem = free
                            ? null
                            : new Problem(ProblemCodes.SlotTaken, "That time is not free (any more)."),
                        Alternatives = free ? [] : await times.NearAsync(offer, start, visit.Zone, cancellationToken),
                    },
                    free ? StatusCodes.Status200OK : StatusCodes.Status409Conflict
                );
            },
            cancellationToken
        );

    private static Task<IResult> RescheduleAsync(
        string id,
        string token,
        [FromForm] IFormCollection form,
        HttpContext context,
        ManagedBookings managed,
        Bookings bookings,
        BookingLimiter limiter,
        Flash flash,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            id,
            token,
            context,
            managed,
            limiter,
            async booking =>
            {
                if (!booking.CanMove)
                {
                    return Gone(context, booking);
                }

                var visit = Visit.Of(form["tz"], null, null, booking.Zone) with { ZoneIsChosen = true };
                if (Visit.Start(form["start"]) is not { } start)
                {
                    return Pages.SeeOther($"{booking.Path}/reschedule");
                }

                var answer = await bookings.RescheduleAsync(
                    booking.Booking,
                    start,
                    byCustomer: true,
                    cancellationToken
                );
                if (answer.Problem is { } problem)
                {
                    return problem.Code == ProblemCodes.TooManyRequests
                        ? BookPages.Busy(context, problem)
                        : Pages.Render<ReschedulePage>(
                            context,
                            new
                            {
                                Managed = booking,
                                Visit = visit,
                                Start = (Instant?)start,
                                Problem = problem,
                                Alternatives = BookPages.AlternativesOf(problem),
                            },
                            problem.Code.Status
                        );
                }

                flash.Set(context, FlashKind.Ok, "The meeting is moved. The new time is on its way to you by mail.");
                return Pages.SeeOther(booking.Path);
            },
            cancellationToken
        );

    private static Task<IResult> ConfirmAsync(
        string id,
        string token,
        HttpContext context,
        ManagedBookings managed,
        BookingLimiter limiter,
        CancellationToken cancellationToken
    ) =>
        OpenAsync(
            id,
            token,
            context,
            managed,
            limiter,
            booking =>
                Task.FromResult(
                    booking.CanCancel
                        ? Pages.Render<CancelPage>(context, new { Managed = booking })
                        : Gone(context, booking)
                ),
            cancellationToken
        );

    private static Task<IResult> CancelAsync(
        string id,
        string token,
        [FromForm] IFormCollection form,
        HttpContext context,
        ManagedBookings managed,
        Bookings bookings,
        BookingLimiter limiter,
        Flash flash,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            id,
            token,
            context,
            managed,
            limiter,
            async booking =>
            {
                var errors = new FieldErrors();
                var reason = errors.Lines("reason", form["reason"], 500);
                if (errors.Any)
                {
                    return Pages.Render<CancelPage>(
                        context,
                        new
                        {
                            Managed = booking,
                            Reason = form["reason"].ToString(),
                            Problem = errors.ToProblem(),
                        },
                        StatusCodes.Status400BadRequest
                    );
                }

                var answer = await bookings.CancelAsync(
                    booking.Booking,
                    reason,
                    BookingActor.Customer,
                    cancellationToken
                );
                flash.Set(
                    context,
                    answer.Succeeded ? FlashKind.Ok : FlashKind.Warn,
                    answer.Problem?.Detail ?? "The meeting is cancelled and its time is free again."
                );
                return Pages.SeeOther(booking.Path);
            },
            cancellationToken
        );

    private static async Task<IResult> ChangeAsync(
        string id,
        string token,
        HttpContext context,
        ManagedBookings managed,
        BookingLimiter limiter,
        Func<ManagedBooking, Task<IResult>> then,
        CancellationToken cancellationToken
    )
    {
        context.SendNoReferrer();
        return limiter.Change(context.Connection.RemoteIpAddress) is { } tooMany
            ? BookPages.Busy(context, tooMany)
            : await OpenAsync(id, token, context, managed, limiter, then, cancellationToken);
    }

    private static async Task<IResult> OpenAsync(
        string id,
        string token,
        HttpContext context,
        ManagedBookings managed,
        BookingLimiter limiter,
        Func<ManagedBooking, Task<IResult>> then,
        CancellationToken cancellationToken
    )
    {
        context.SendNoReferrer();
        return await managed.FindAsync(id, token, cancellationToken) is { } booking
            ? await then(booking)
            : BookPages.Missing(context, limiter);
    }

    private static Task<IResult> Show(HttpContext context, ManagedBooking booking) =>
        Task.FromResult(Pages.Render<ManagePage>(context, new { Managed = booking }));

    // Cancelled, begun or over: the page itself says so.
    private static IResult Gone(HttpContext context, ManagedBooking booking) =>
        Pages.Render<ManagePage>(context, new { Managed = booking }, StatusCodes.Status409Conflict);

    private static IResult Calendar(HttpContext context, ManagedBooking managed)
    {
        var booking = managed.Booking;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"invite.ics\"";
        return Results.Text(
            MailCalendar.Download(
                managed.Facts,
                new MailPayload
                {
                    Role = MailRole.Attendee,
                    Name = booking.CustomerName,
                    Email = booking.CustomerEmail,
                    TimeZone = booking.CustomerTimeZone,
                    Locale = booking.CustomerLocale,
                }
            ),
            "text/calendar; charset=utf-8; method=PUBLISH",
            Encoding.UTF8
        );
    }
}
