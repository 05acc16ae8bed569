using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Scheduling.Availability;
using Parley.Server.Access;
using Parley.Server.Web;

namespace Parley.Server.Booking;

public sealed record AvailabilityReply(IReadOnlyList<SlotView> Slots);

/// <summary>The engine by itself, no state: <c>POST /api/v1/availability/query</c>.</summary>
internal static class AvailabilityApi
{
    public static void MapAvailabilityApi(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/api/v1/availability/query", (Delegate)QueryAsync)
            .RequireScope("bookings:read")
            .WithTags("Availability")
            .WithIdempotency(IdempotencyRules.DoneAgain)
            .WithName("queryAvailability")
            .WithSummary("Free starts for the rules, hosts and busy times in the body; nothing is stored")
            .Accepts<JsonElement>("application/json")
            .Produces<AvailabilityReply>();

    private static async Task<IResult> QueryAsync(HttpContext context)
    {
        var body = await RequestBody.ReadBytesAsync(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body.Value);
        }
        catch (JsonException)
        {
            return new Problem(ProblemCodes.MalformedJson, "The body cannot be read as JSON.").ToResult();
        }

        using (document)
        {
            return AvailabilityJson.TryParse(document.RootElement, out var request, out var errors)
                ? Results.Json(
                    new AvailabilityReply(
                        AvailabilityEngine.FindSlots(request).Select(start => new SlotView(start)).ToList()
                    ),
                    Json.Api
                )
                : BookingPageJson.Problem(ProblemCodes.Invalid, errors.Items).ToResult();
        }
    }
}
