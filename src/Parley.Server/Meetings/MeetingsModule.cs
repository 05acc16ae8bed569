using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Meetings;

internal static class MeetingsModule
{
    public static IServiceCollection AddMeetings(this IServiceCollection services) =>
        services
            .AddSingleton<MeetingDesk>()
            .AddSingleton<MeetingReader>()
            .AddSingleton<MeetingDirectory>()
            .AddSingleton<ForeignMeetings>()
            .AddSingleton<OrganizerDirectory>()
            .AddSingleton<OrganizerNames>()
            .AddSingleton<AccountMeetings>()
            .AddSingleton<MeetingRecords>()
            .AddSingleton<SessionChoice>()
            .AddSingleton<MeetingBoard>()
            .AddSingleton<DashboardTroubles>()
            .AddSingleton<MeetingChanges>()
            .AddHostedService(provider => provider.GetRequiredService<MeetingChanges>());

    public static void MapMeetings(this IEndpointRouteBuilder routes)
    {
        routes.MapMeetingsApi();
        routes.MapArrangementsApi();
        routes.MapRecordsApi();
        routes.MapMeetingDirectoryApi();
        routes.MapDashboardPages();
        routes.MapMeetingFormPages();
        routes.MapMeetingPages();
        routes.MapBookedMeetingPages();
        routes.MapAccountMeetingPages();
        routes.MapHistoryPages();
    }
}
