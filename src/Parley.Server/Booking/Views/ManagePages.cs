using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
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
        pages.AddEndpointFilter(OpenAsync);
        pages.MapGet("", Show);
        pages.MapGet("/join", Join);
        pages.MapGet("/invite.ics", Calendar);
        pages.MapGet("/reschedule", ChooseAsync);
        pages.MapPost("/reschedule", RescheduleAsync);
        pages.MapGet("/cancel", Confirm);
        pages.MapPost("/cancel", CancelAsync);
    }

    private static IResult Show(HttpContext context)
    {
        var managed = Opened(context);
        if (managed.Page.Settings.EmbedOrigins is { Count: > 0 } origins && FramedPages.IsFramed(context))
        {
            // Booked in somebody else's page: there only to be read, since what can be clicked in a frame can be clicked unawares.
            context.AllowFramingBy(origins);
            return Pages.Render<BookedPage>(context, new { Managed = managed });
        }

        return Pages.Render<ManagePage>(context, new { Managed = managed });
    }

    private static IResult Join(HttpContext context) =>
        Pages.Render<JoinDetails>(context, new { Managed = Opened(context) });

    private static IResult Calendar(HttpContext context)
    {
        var managed = Opened(context);
        if (!managed.CanCancel)
        {
            return Gone(context, managed);
        }

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

    private static async Task<IResult> ChooseAsync(
        HttpContext context,
        OfferedTimes times,
        CancellationToken cancellationToken
    )
    {
        var booking = Opened(context);
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
                Problem = free ? null : new Problem(ProblemCodes.SlotTaken, "That time is not free (any more)."),
                Alternatives = free ? [] : await times.NearAsync(offer, start, visit.Zone, cancellationToken),
            },
            free ? StatusCodes.Status200OK : StatusCodes.Status409Conflict
        );
    }

    private static async Task<IResult> RescheduleAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        Bookings bookings,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var booking = Opened(context);
        if (!booking.CanMove)
        {
            return Gone(context, booking);
        }

        var visit = Visit.Of(form["tz"], null, null, booking.Zone) with { ZoneIsChosen = true };
        if (Visit.Start(form["start"]) is not { } start)
        {
            return Pages.SeeOther($"{booking.Path}/reschedule");
        }

        var answer = await bookings.RescheduleAsync(booking.Booking, start, byCustomer: true, cancellationToken);
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
    }

    private static IResult Confirm(HttpContext context)
    {
        var booking = Opened(context);
        return booking.CanCancel
            ? Pages.Render<CancelPage>(context, new { Managed = booking })
            : Gone(context, booking);
    }

    private static async Task<IResult> CancelAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        Bookings bookings,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var booking = Opened(context);
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

        var answer = await bookings.CancelAsync(booking.Booking, reason, BookingActor.Customer, cancellationToken);
        flash.Set(
            context,
            answer.Succeeded ? FlashKind.Ok : FlashKind.Warn,
            answer.Problem?.Detail ?? "The meeting is cancelled and its time is free again."
        );
        return Pages.SeeOther(booking.Path);
    }

    /// <summary>Before every handler: whoever came with the right link has <see cref="Opened"/>, anyone else was answered.</summary>
    private static async ValueTask<object?> OpenAsync(
        EndpointFilterInvocationContext invocation,
        EndpointFilterDelegate next
    )
    {
        var context = invocation.HttpContext;
        var services = context.RequestServices;
        var limiter = services.GetRequiredService<BookingLimiter>();
        context.SendNoReferrer();
        if (
            HttpMethods.IsPost(context.Request.Method)
            && limiter.Change(context.Connection.RemoteIpAddress) is { } tooMany
        )
        {
            return BookPages.Busy(context, tooMany);
        }

        var found = await services
            .GetRequiredService<ManagedBookings>()
            .FindAsync(
                context.GetRouteValue("id") as string ?? "",
                context.GetRouteValue("token") as string ?? "",
                context.RequestAborted
            );
        if (found is null)
        {
            return BookPages.Missing(context, limiter);
        }

        context.Features.Set(found);
        return await next(invocation);
    }

    private static ManagedBooking Opened(HttpContext context) => context.Features.GetRequiredFeature<ManagedBooking>();

    // Cancelled, begun or over: the page itself says so.
    private static IResult Gone(HttpContext context, ManagedBooking booking) =>
        Pages.Render<ManagePage>(context, new { Managed = booking }, StatusCodes.Status409Conflict);
}
