using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Booking;

internal static class BookingModule
{
    public static IServiceCollection AddBooking(this IServiceCollection services) => services;

    public static void MapBooking(this IEndpointRouteBuilder routes) { }
}
