using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Booking.Views;

/// <summary>The pages of booking: the customer's (book, manage, door) and the organizer's (list, editor).</summary>
internal static class BookingViewsModule
{
    /// <summary>On top of what <see cref="BookingModule"/> registers.</summary>
    public static IServiceCollection AddBookingViews(this IServiceCollection services)
    {
        services.AddSingleton<OfferedTimes>();
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
