using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Scheduling.Availability;
using Parley.Server.Access;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>A booking page as the API shows it: what was written, with every default spelled out.</summary>
public sealed record BookingPageView
{
    public required string Id { get; init; }
    public required string Slug { get; init; }

    /// <summary>What to share.</summary>
    public required string Url { get; init; }
    public required string Title { get; init; }
    public required string? Description { get; init; }
    public required int DurationMinutes { get; init; }
    public required int StepMinutes { get; init; }
    public required int StartOffsetMinutes { get; init; }
    public required Buffers Buffers { get; init; }
    public required int MinimumNoticeMinutes { get; init; }
    public required BookingPeriod Period { get; init; }
    public required BookingLimits Limits { get; init; }
    public required Schedule Schedule { get; init; }
    public required IReadOnlyList<PageHost> Hosts { get; init; }
    public required string Mode { get; init; }
    public required WhenDisconnected WhenDisconnected { get; init; }
    public required string Locale { get; init; }
    public required bool Paused { get; init; }

    /// <summary>Whose pages may show this one in a frame.</summary>
    public required IReadOnlyList<string> EmbedOrigins { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }

    public static BookingPageView Of(BookingPage page, ParleyOptions options)
    {
        var settings = page.Settings;
        return new BookingPageView
        {
            Id = page.Id,
            Slug = settings.Slug,
            Url = $"{options.Origin}/book/{settings.Slug}",
            Title = settings.Title,
            Description = settings.Description,
            DurationMinutes = settings.DurationMinutes,
            StepMinutes = settings.StepMinutes ?? settings.DurationMinutes,
            StartOffsetMinutes = settings.StartOffsetMinutes,
            Buffers = settings.Buffers,
            MinimumNoticeMinutes = settings.MinimumNoticeMinutes,
            Period = settings.Period,
            Limits = settings.Limits,
            Schedule = settings.Schedule,
            Hosts = settings.Hosts,
            Mode = "single",
            WhenDisconnected = settings.WhenDisconnected,
            Locale = settings.Locale,
            Paused = settings.Paused,
            EmbedOrigins = settings.EmbedOrigins,
            CreatedAt = page.CreatedAt,
            UpdatedAt = page.UpdatedAt,
        };
    }
}

/// <summary>Booking pages: <c>/api/v1/booking-pages</c>.</summary>
internal static class BookingPagesApi
{
    private static Problem NoPage => new(ProblemCodes.NotFound, "There is no such booking page.");

    public static void MapBookingPagesApi(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/v1/booking-pages")
            .WithTags("Booking pages")
            .KeepWithinReach("id", OwnedThing.BookingPage, () => NoPage);
        group
            .MapGet("/", ListAsync)
            .RequireScope("bookings:read")
            .WithName("listBookingPages")
            .WithSummary("Booking pages, oldest first")
            .Produces<Page<BookingPageView>>();
        group
            .MapPost("/", CreateAsync)
            .RequireScope("bookings:write")
            .WithIdempotency(
                new IdempotencyRules
                {
                    Rebuild = async (context, id) =>
                        await FindAsync(context, id, context.RequestAborted) is { } page
                            ? BookingPageView.Of(page, context.RequestServices.GetRequiredService<ParleyOptions>())
                            : null,
                    IdOf = body => ((BookingPageView)body).Id,
                }
            )
            .WithName("createBookingPage")
            .WithSummary("Create a booking page")
            .Accepts<PageSettings>("application/json")
            .Produces<BookingPageView>(201)
            .ProducesProblem(409);
        group
            .MapGet("/{id}", GetAsync)
            .RequireScope("bookings:read")
            .WithName("getBookingPage")
            .WithSummary("One booking page")
            .Produces<BookingPageView>();
        group
            .MapPatch("/{id}", PatchAsync)
            .RequireScope("bookings:write")
            .HonoursIfMatch()
            .WithName("updateBookingPage")
            .WithSummary("Change a booking page (JSON merge patch)")
            .Accepts<PageSettings>("application/merge-patch+json", "application/json")
            .Produces<BookingPageView>()
            .ProducesProblem(409);
        group
            .MapDelete("/{id}", DeleteAsync)
            .RequireScope("bookings:write")
            .WithName("deleteBookingPage")
            .WithSummary("Delete a booking page; what was booked there stays")
            .Produces(204);
    }

    private static Task<IResult> ListAsync(
        HttpContext context,
        BookingPages pages,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        return list.AnswerAsync(async () =>
            (await pages.ListAsync(Caller.Of(context), list.Limit, list.After, cancellationToken)).Select(page =>
                BookingPageView.Of(page, options)
            )
        );
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context,
        BookingPages pages,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var settings = Read(await RequestBody.ReadBytesAsync(context), caller, null);
        if (!settings.Succeeded)
        {
            return settings.Problem!.ToResult();
        }

        var made = await pages.CreateAsync(caller, settings.Value, cancellationToken);
        if (!made.Succeeded)
        {
            return made.Problem!.ToResult();
        }

        context.Response.Headers.Location = $"/api/v1/booking-pages/{made.Value.Id}";
        EntityTags.Show(context, StateOf(made.Value));
        return Results.Json(BookingPageView.Of(made.Value, options), Json.Api, statusCode: 201);
    }

    private static async Task<IResult> GetAsync(
        string id,
        HttpContext context,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(context, id, cancellationToken) is not { } page)
        {
            return NoPage.ToResult();
        }

        EntityTags.Show(context, StateOf(page));
        return Results.Json(BookingPageView.Of(page, options), Json.Api);
    }

    private static async Task<IResult> PatchAsync(
        string id,
        HttpContext context,
        BookingPages pages,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(context, id, cancellationToken) is not { } page)
        {
            return NoPage.ToResult();
        }

        // Who changes the page in between wins: ChangeAsync refuses what was read before.
        if (Precondition.Of(context).Refuse(StateOf(page), "The page") is { } changedMeanwhile)
        {
            return changedMeanwhile.ToResult();
        }

        var caller = Caller.Of(context);
        var settings = Read(await RequestBody.ReadBytesAsync(context), caller, page.Settings);
        if (!settings.Succeeded)
        {
            return settings.Problem!.ToResult();
        }

        var changed = await pages.ChangeAsync(caller, page, settings.Value, cancellationToken);
        if (!changed.Succeeded)
        {
            return changed.Problem!.ToResult();
        }

        EntityTags.Show(context, StateOf(changed.Value));
        return Results.Json(BookingPageView.Of(changed.Value, options), Json.Api);
    }

    private static async Task<IResult> DeleteAsync(
        string id,
        HttpContext context,
        BookingPages pages,
        CancellationToken cancellationToken
    ) =>
        await pages.DeleteAsync(Caller.Of(context).WorkspaceId, id, cancellationToken)
            ? Results.NoContent()
            : NoPage.ToResult();

    private static Task<BookingPage?> FindAsync(HttpContext context, string id, CancellationToken cancellationToken) =>
        context
            .RequestServices.GetRequiredService<Db>()
            .ReadAsync(
                session =>
                    context
                        .RequestServices.GetRequiredService<BookingPages>()
                        .FindAsync(session, Caller.Of(context).WorkspaceId, id),
                cancellationToken
            );

    private static Answer<PageSettings> Read(Answer<byte[]> body, Caller caller, PageSettings? current)
    {
        if (!body.Succeeded)
        {
            return body.Problem!;
        }

        try
        {
            if (JsonNode.Parse(body.Value) is not JsonObject wanted)
            {
                return new Problem(ProblemCodes.MalformedJson, "A JSON object is expected.");
            }

            if (current is not null)
            {
                wanted = WithWholePeriod(wanted);
                wanted = RequestBody.Merged(JsonSerializer.SerializeToNode(current, Json.Api)!.AsObject(), wanted);
            }

            using var document = JsonDocument.Parse(wanted.ToJsonString());
            return BookingPageJson.Read(document.RootElement, caller.MemberId);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return new Problem(ProblemCodes.MalformedJson, "The body cannot be read as JSON.");
        }
    }

    // One kind of period has nothing to do with another: naming a kind replaces the fields that the others have.
    private static JsonObject WithWholePeriod(JsonObject patch)
    {
        if (patch["period"] is JsonObject period && period["kind"] is not null)
        {
            foreach (var name in (string[])["days", "from", "to"])
            {
                if (!period.ContainsKey(name) && OtherKind(period, name))
                {
                    period[name] = null;
                }
            }
        }

        return patch;
    }

    private static bool OtherKind(JsonObject period, string field) =>
        (period["kind"]!.ToString() == "range") == (field == "days");

    private static string StateOf(BookingPage page) => EntityTags.StateOf(page.Id, page.Version);
}
