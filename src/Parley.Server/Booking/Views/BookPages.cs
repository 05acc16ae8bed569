using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking.Views;

/// <summary>Where a calm page sends people on.</summary>
public sealed record CalmLink(string Path, string Words);

/// <summary>The public booking page: choose a time, say who you are. Two pages, both whole without script.</summary>
internal static class BookPages
{
    public static void MapBookPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("/book/{slug}").AllowAnonymous().ExcludeFromDescription();
        pages.MapGet("", ChooseAsync);
        pages.MapGet("/details", DetailsAsync);
        pages.MapPost("/details", BookAsync).TakesStrangersForms();
    }

    public static string PathOf(BookingPage page) => $"/book/{page.Settings.Slug}";

    public static string DetailsPathOf(BookingPage page) => PathOf(page) + "/details";

    private static async Task<IResult> ChooseAsync(
        string slug,
        HttpContext context,
        BookingPages pages,
        OfferedTimes times,
        PageStandings standings,
        BookingLimiter limiter,
        Db db,
        CancellationToken cancellationToken
    )
    {
        if (await pages.FindBySlugAsync(slug, cancellationToken) is not { } page)
        {
            return Missing(context, limiter);
        }

        context.AllowFramingBy(page.Settings.EmbedOrigins);
        var hostName = await HostNameAsync(db, page, cancellationToken);
        var standing = await standings.OfAsync(page, cancellationToken);
        if (!standing.IsOpen)
        {
            return Pages.Render<BookClosedPage>(context, new { Page = page, HostName = hostName });
        }

        var visit = Visit.Of(context, page.Zone);
        return Pages.Render<BookPage>(
            context,
            new
            {
                Page = page,
                HostName = hostName,
                Times = await times.MonthAsync(Offer.Of(page, standing.Host), visit, cancellationToken),
                Visit = visit,
            }
        );
    }

    private static async Task<IResult> DetailsAsync(
        string slug,
        HttpContext context,
        BookingPages pages,
        OfferedTimes times,
        PageStandings standings,
        BookingLimiter limiter,
        Db db,
        CancellationToken cancellationToken
    )
    {
        if (await pages.FindBySlugAsync(slug, cancellationToken) is not { } page)
        {
            return Missing(context, limiter);
        }

        context.AllowFramingBy(page.Settings.EmbedOrigins);
        var visit = Visit.Of(context, page.Zone);
        var standing = await standings.OfAsync(page, cancellationToken);
        if (!standing.IsOpen || Visit.Start(context.Request.Query["start"]) is not { } start)
        {
            return Pages.SeeOther(visit.Link(PathOf(page)));
        }

        var offer = Offer.Of(page, standing.Host);
        var free = await times.IsFreeAsync(offer, start, visit.Zone, cancellationToken);
        return Pages.Render<BookDetailsPage>(
            context,
            new
            {
                Page = page,
                HostName = await HostNameAsync(db, page, cancellationToken),
                Visit = visit,
                Start = (Instant?)start,
                Taken = !free,
                Alternatives = free ? [] : await times.NearAsync(offer, start, visit.Zone, cancellationToken),
            },
            free ? StatusCodes.Status200OK : StatusCodes.Status409Conflict
        );
    }

    private static async Task<IResult> BookAsync(
        string slug,
        [FromForm] IFormCollection form,
        HttpContext context,
        BookingPages pages,
        Bookings bookings,
        ManageLinks links,
        BookingLimiter limiter,
        IClock clock,
        PageStandings standings,
        Db db,
        CancellationToken cancellationToken
    )
    {
        if (limiter.Change(context.Connection.RemoteIpAddress) is { } tooMany)
        {
            return Busy(context, tooMany);
        }

        if (await pages.FindBySlugAsync(slug, cancellationToken) is not { } page)
        {
            return Missing(context, limiter);
        }

        context.AllowFramingBy(page.Settings.EmbedOrigins);
        if (!(await standings.OfAsync(page, cancellationToken)).IsOpen)
        {
            return Pages.SeeOther(PathOf(page));
        }

        var visit = Visit.Of(form["tz"], null, null, page.Zone) with { ZoneIsChosen = true };
        var start = Visit.Start(form["start"]);
        var once = form[FormOnce.Field].ToString();
        var answer = start is { } wanted
            ? await bookings.BookAsync(
                page,
                new BookingRequest
                {
                    StartsAt = wanted,
                    Name = form["name"].ToString(),
                    Email = form["email"].ToString(),
                    TimeZone = visit.Zone.Id,
                    Topic = form["topic"].ToString(),
                },
                cancellationToken,
                (session, id) => FormOnce.RememberAsync(session, page, once, id, clock.GetCurrentInstant())
            )
            : NoTime();
        if (answer.Problem?.Code == ProblemCodes.SlotTaken)
        {
            // Taken by this very form, perhaps, sent a moment ago.
            var before = await db.ReadAsync(
                session => FormOnce.FindAsync(session, page, once, start!.Value),
                cancellationToken
            );
            answer = before is null ? answer : before;
        }

        if (answer.Succeeded)
        {
            return Pages.SeeOther(
                await db.ReadAsync(session => links.PathAsync(session, answer.Value), cancellationToken)
            );
        }

        var problem = answer.Problem!;
        if (problem.Code == ProblemCodes.TooManyRequests)
        {
            return Busy(context, problem);
        }

        return Pages.Render<BookDetailsPage>(
            context,
            new
            {
                Page = page,
                HostName = await HostNameAsync(db, page, cancellationToken),
                Visit = visit,
                Start = start,
                Problem = problem,
                Taken = problem.Code == ProblemCodes.SlotTaken,
                Alternatives = AlternativesOf(problem),
                Typed = true,
                Name = form["name"].ToString(),
                Email = form["email"].ToString(),
                Topic = form["topic"].ToString(),
            },
            problem.Code.Status
        );
    }

    /// <summary>The free starts that came with a <c>slot_taken</c>.</summary>
    public static IReadOnlyList<Instant> AlternativesOf(Problem problem) =>
        problem.Extensions?.GetValueOrDefault("alternatives") is IEnumerable<SlotView> slots
            ? [.. slots.Select(slot => slot.StartsAt)]
            : [];

    /// <summary>The same 404 for whatever does not exist; 429 for who asks too often.</summary>
    public static IResult Missing(HttpContext context, BookingLimiter limiter) =>
        limiter.Miss(context.Connection.RemoteIpAddress) is { } tooMany
            ? Busy(context, tooMany)
            : Results.StatusCode(StatusCodes.Status404NotFound);

    public static IResult Busy(HttpContext context, Problem problem)
    {
        context.Response.Headers.RetryAfter = problem.RetryAfterSeconds?.ToString(CultureInfo.InvariantCulture);
        return Pages.Render<CalmPage>(
            context,
            new { Title = "A moment, please", Text = $"{problem.Detail} {problem.Next}" },
            problem.Code.Status
        );
    }

    private static Problem NoTime()
    {
        var errors = new FieldErrors();
        errors.Add("startsAt", "must be chosen");
        return errors.ToProblem();
    }

    private static Task<string?> HostNameAsync(Db db, BookingPage page, CancellationToken cancellationToken) =>
        db.ReadAsync(session => PageHosts.NameAsync(session, page.WorkspaceId, page.Host.MemberId), cancellationToken);
}
