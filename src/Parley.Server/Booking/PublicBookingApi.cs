using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Scheduling.Availability;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>A booking page as strangers see it.</summary>
public sealed record PublicPageView
{
    public required string Slug { get; init; }
    public required string Title { get; init; }
    public required string? Description { get; init; }
    public required int DurationMinutes { get; init; }

    /// <summary>Who hosts, by name.</summary>
    public required string? HostName { get; init; }

    /// <summary>The host's IANA zone.</summary>
    public required string TimeZone { get; init; }
    public required string Locale { get; init; }
    public required bool Paused { get; init; }
}

/// <summary>Free starts, ascending.</summary>
public sealed record SlotsView
{
    public required IReadOnlyList<SlotView> Slots { get; init; }
    public required Instant From { get; init; }
    public required Instant To { get; init; }
    public required string TimeZone { get; init; }
    public required int DurationMinutes { get; init; }
}

/// <summary>What needs no key: <c>/api/v1/public/pages/{slug}</c>.</summary>
internal static class PublicBookingApi
{
    private static readonly Duration LongestRange = Duration.FromDays(92);
    private static Problem NoPage => new(ProblemCodes.NotFound, "There is no such booking page.");

    public static void MapPublicBookingApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/public/pages/{slug}").WithTags("Public").AllowAnonymous().IsLimited();
        group
            .MapGet("/", GetAsync)
            .WithName("getPublicPage")
            .WithSummary("A booking page as strangers see it")
            .Produces<PublicPageView>();
        group
            .MapGet("/slots", SlotsAsync)
            .WithName("listSlots")
            .WithSummary("Free starts from from (inclusive) to to (exclusive), at most 92 days")
            .WithMetadata(
                new QueryParameter("from", "The first start at or after this instant.", Required: true, "date-time"),
                new QueryParameter("to", "Starts before this instant.", Required: true, "date-time"),
                new QueryParameter(
                    "timeZone",
                    "The booker's IANA zone: rolling periods count days in it; default the host's."
                )
            )
            .Produces<SlotsView>();
        group
            .MapGet("/why", () => new Problem(ProblemCodes.NotSupported, "why is not supported yet.").ToResult())
            .ExcludeFromDescription();
        group
            .MapPost("/bookings", BookAsync)
            .WithIdempotency(
                new IdempotencyRules
                {
                    Rebuild = RebuildAsync,
                    OwnerOf = async context =>
                        await PageAsync(context) is { } page ? new IdempotencyOwner(page.WorkspaceId, page.Id) : null,
                }
            )
            .Books()
            .WithName("book")
            .WithSummary("Book a start; answered at once, the meeting follows")
            .Accepts<BookingRequest>("application/json")
            .Produces<BookedView>(201);
    }

    private static async Task<IResult> GetAsync(
        HttpContext context,
        Db db,
        PageStandings standings,
        CancellationToken cancellationToken
    )
    {
        if (await PageAsync(context) is not { } page)
        {
            return Missing(context);
        }

        var host = await db.ReadAsync(
            session => PageHosts.NameAsync(session, page.WorkspaceId, page.Host.MemberId),
            cancellationToken
        );
        return Results.Json(
            new PublicPageView
            {
                Slug = page.Settings.Slug,
                Title = page.Settings.Title,
                Description = page.Settings.Description,
                DurationMinutes = page.Settings.DurationMinutes,
                HostName = host,
                TimeZone = page.Zone.Id,
                Locale = page.Settings.Locale,
                Paused = !(await standings.OfAsync(page, cancellationToken)).IsOpen,
            },
            Json.Api
        );
    }

    private static async Task<IResult> SlotsAsync(
        HttpContext context,
        FreeTimes freeTimes,
        CancellationToken cancellationToken
    )
    {
        if (await PageAsync(context) is not { } page)
        {
            return Missing(context);
        }

        var query = ListRequest.Read(context);
        var (from, to) = (query.Instant("from"), query.Instant("to"));
        var zone = query.Text("timeZone") is null ? page.Zone : query.Errors.Zone("timeZone", query.Text("timeZone"));
        foreach (var name in (string[])["from", "to"])
        {
            if (query.Text(name) is null)
            {
                query.Errors.Add(name, "is required: an instant such as 2026-12-01T09:00:00Z");
            }
        }

        foreach (var (name, given) in new[] { ("from", from), ("to", to) })
        {
            if (given is { } instant && !PageCalendar.Reaches(instant))
            {
                query.Errors.Add(name, "must lie between the years 1900 and 2200");
            }
        }

        if (from is not null && to is not null && (to <= from || to - from > LongestRange))
        {
            query.Errors.Add("to", "must lie after from, by at most 92 days");
        }

        if (query.Errors.Any)
        {
            return query.Errors.ToProblem().ToResult();
        }

        var starts = await freeTimes.FindAsync(page, from!.Value, to!.Value, zone, cancellationToken);
        return Results.Json(
            new SlotsView
            {
                Slots = starts.Select(start => new SlotView(start)).ToList(),
                From = from.Value,
                To = to.Value,
                TimeZone = zone.Id,
                DurationMinutes = page.Settings.DurationMinutes,
            },
            Json.Api
        );
    }

    private static async Task<IResult> BookAsync(
        HttpContext context,
        Bookings bookings,
        BookingViews views,
        BookingLimiter limiter,
        CancellationToken cancellationToken
    )
    {
        if (await PageAsync(context) is not { } page)
        {
            return Missing(context);
        }

        if (limiter.Change(context.Connection.RemoteIpAddress) is { } tooMany)
        {
            return tooMany.ToResult();
        }

        var body = await RequestBody.ReadAsync<BookingRequest>(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        var claim = IdempotencyClaim.Of(context);
        var booked = await bookings.BookAsync(
            page,
            body.Value,
            cancellationToken,
            claim is null ? null : (session, id) => claim.CommitAsync(session, 201, id)
        );
        return booked.Succeeded
            ? Results.Json(
                await views.ForCustomerAsync(booked.Value, cancellationToken),
                Json.Api,
                statusCode: StatusCodes.Status201Created
            )
            : booked.Problem!.ToResult();
    }

    private static async Task<object?> RebuildAsync(HttpContext context, string bookingId)
    {
        var services = context.RequestServices;
        if (await PageAsync(context) is not { } page)
        {
            return null;
        }

        var booking = await services
            .GetRequiredService<BookingDirectory>()
            .FindAsync(page.WorkspaceId, bookingId, context.RequestAborted);
        return booking is null
            ? null
            : await services.GetRequiredService<BookingViews>().ForCustomerAsync(booking, context.RequestAborted);
    }

    private static Task<BookingPage?> PageAsync(HttpContext context) =>
        context
            .RequestServices.GetRequiredService<BookingPages>()
            .FindBySlugAsync((string)context.GetRouteValue("slug")!, context.RequestAborted);

    private static IResult Missing(HttpContext context) =>
        (
            context.RequestServices.GetRequiredService<BookingLimiter>().Miss(context.Connection.RemoteIpAddress)
            ?? NoPage
        ).ToResult();
}

/// <summary>The free starts of a page.</summary>
public sealed class FreeTimes(Db db, IClock clock, PageStandings standings)
{
    /// <param name="zone">The booker's: rolling periods count days in it.</param>
    /// <param name="moving">An arrangement that is to be moved: it is not in its own way.</param>
    /// <param name="durationMinutes">Of a booking that is moved; null: the page's.</param>
    public async Task<IReadOnlyList<Instant>> FindAsync(
        BookingPage page,
        Instant from,
        Instant to,
        DateTimeZone zone,
        CancellationToken cancellationToken,
        string? moving = null,
        int? durationMinutes = null
    )
    {
        var standing = moving is null ? await standings.OfAsync(page, cancellationToken) : null;
        if (standing is { IsOpen: false })
        {
            return [];
        }

        var rules = page.RulesFor(durationMinutes ?? page.Settings.DurationMinutes);
        var busy = await db.ReadAsync(
            async session =>
                await PageCalendar.BusyAsync(
                    session,
                    page,
                    standing?.Host ?? await HostOfAsync(session, page, moving!),
                    rules,
                    from,
                    to,
                    moving
                ),
            cancellationToken
        );
        return AvailabilityEngine.FindSlots(
            PageCalendar.Request(page, rules, busy, clock.GetCurrentInstant(), from, to, zone)
        );
    }

    // A moved booking keeps its host, though the page may have another by now.
    private static async Task<PageHost> HostOfAsync(DbSession session, BookingPage page, string arrangementId) =>
        (
            await session.FirstOrDefaultAsync<CustomerBooking>(
                $"SELECT {CustomerBooking.Columns} FROM booking WHERE workspace_id = @WorkspaceId AND arrangement_id = @arrangementId",
                new { page.WorkspaceId, arrangementId }
            )
        )?.Host
        ?? page.Host;
}
