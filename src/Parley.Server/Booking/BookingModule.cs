using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Booking.Views;

namespace Parley.Server.Booking;

internal static class BookingModule
{
    public static IServiceCollection AddBooking(this IServiceCollection services) =>
        services
            .AddSingleton<BookingPages>()
            .AddSingleton<PageHosts>()
            .AddSingleton<PageStandings>()
            .AddSingleton<BookingLimiter>()
            .AddSingleton<Bookings>()
            .AddSingleton<BookingStarts>()
            .AddSingleton<Reassignments>()
            .AddSingleton<BookingDirectory>()
            .AddSingleton<BookingReferences>()
            .AddSingleton<BookingViews>()
            .AddSingleton<FreeTimes>()
            .AddSingleton<ManageLinks>()
            .AddBookingViews();

    public static void MapBooking(this IEndpointRouteBuilder routes)
    {
        routes.MapBookingPagesApi();
        routes.MapPublicBookingApi();
        routes.MapBookingsApi();
        routes.MapAvailabilityApi();
        routes.MapBookingViews();
    }
}
