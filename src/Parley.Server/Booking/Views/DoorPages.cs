using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Web;

namespace Parley.Server.Booking.Views;

/// <summary>The door: the one link of a meeting that never changes, and leads to wherever the meeting is now.</summary>
internal static class DoorPages
{
    public static void MapDoorPages(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/j/{code}", OpenAsync).AllowAnonymous().ExcludeFromDescription();

    private static async Task<IResult> OpenAsync(
        string code,
        HttpContext context,
        Doors doors,
        BookingLimiter limiter,
        CancellationToken cancellationToken
    )
    {
        context.SendNoReferrer();
        if (await doors.FindAsync(code, cancellationToken) is not { } door)
        {
            return BookPages.Missing(context, limiter);
        }

        if (door.State == DoorState.Open)
        {
            return Pages.SeeRoom(context, door.Room.JoinUrl!);
        }

        return Pages.Render<DoorPage>(
            context,
            new { Door = door, Visit = Visit.Of(context, door.Zone) },
            door.State is DoorState.Ended or DoorState.Cancelled ? StatusCodes.Status410Gone : StatusCodes.Status200OK
        );
    }
}
