using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Parley.Server.Booking.Views;

/// <summary>The pages of booking: the customer's (book, manage, door) and the organizer's (list, editor).</summary>
internal static class BookingViewsModule
{
    public static IServiceCollection AddBookingViews(this IServiceCollection services)
    {
        services.TryAddSingleton<BookingLimiter>();
        services.TryAddSingleton<BookingPages>();
        services.TryAddSingleton<PageHosts>();
        services.TryAddSingleton<Bookings>();
        services.TryAddSingleton<ManageLinks>();
        services.AddSingleton<FreeTimes>();
        services.AddSingleton<ManagedBookings>();
        services.AddSingleton<Doors>();
        return services;
    }

    public static void MapBookingViews(this IEndpointRouteBuilder routes)
    {
        routes.MapBookPages();
        routes.MapManagePages();
        routes.MapDoorPages();
        routes.MapEditorPages();
    }
}
