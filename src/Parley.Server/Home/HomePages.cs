using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Access.Views;
using Parley.Server.Booking;
using Parley.Server.Booking.Views;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Meetings;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Home;

/// <summary><c>/</c>: a member's own day; for everybody else the way in.</summary>
internal static class HomePages
{
    private const int MostMeetings = 50;
    private const int MostPages = 5;

    public static void MapHome(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/", ShowAsync).AllowAnonymous().ExcludeFromDescription();

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        FirstRun firstRun,
        MeetingBoard board,
        DashboardTroubles troubles,
        BookingPages pages,
        ProviderCatalogue catalogue,
        ParleyOptions options,
        Db db,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        if (Caller.Find(context) is not { } caller)
        {
            return await firstRun.NeedsOwnerAsync(cancellationToken)
                ? Pages.Render<EmptyInstallationPage>(context)
                : Pages.SeeOther("/sign-in");
        }

        DashboardPages.AllowStart(context, catalogue);
        foreach (var registration in catalogue.All)
        {
            AuthorizeOrigin.Allow(context, registration);
        }

        // What is shown of one's own day is one's own; an administrator has the dashboard for everybody's.
        var oneself = caller with
        {
            Role = Role.Member,
        };
        var zone = await board.ZoneAsync(caller, cancellationToken);
        var now = clock.GetCurrentInstant();
        var connections = await board.ConnectionsAsync(caller, cancellationToken);
        var own = connections.Where(entry => entry.MemberId == caller.MemberId).ToList();
        var shared = (await pages.ListAsync(oneself, MostPages, Cursor.Start, cancellationToken)).Items;
        var meetings = (
            await board.UpcomingAsync(
                oneself,
                new MeetingFilter(null, null, null),
                Cursor.Start,
                MostMeetings,
                cancellationToken
            )
        )
            .Items.Where(IsAwaited)
            .ToList();
        var next = meetings.FirstOrDefault();
        var today = now.InZone(zone).Date;
        return Pages.Render<HomePage>(
            context,
            new
            {
                View = new HomeView
                {
                    Caller = caller,
                    Troubles = await troubles.ReadAsync(caller, connections, zone, cancellationToken),
                    Next = next,
                    Today = meetings.Skip(1).Where(entry => DateOf(entry, zone) <= today).ToList(),
                    Tomorrow = meetings.Skip(1).Where(entry => DateOf(entry, zone) == today.PlusDays(1)).ToList(),
                    Connections = own,
                    HasTeamAccounts = connections.Count > own.Count,
                    Pages = shared
                        .Select(page => new SharedPage(page, options.Origin + BookPages.PathOf(page)))
                        .ToList(),
                    Steps = new FirstSteps(
                        own.Any(entry => entry.CanHost),
                        shared.Count > 0,
                        await WasBookedAsync(db, caller, cancellationToken)
                    ),
                    Zone = zone,
                    Now = now,
                },
            }
        );
    }

    // With a time of its own, and neither cancelled nor ended: a room that stays open is no appointment.
    private static bool IsAwaited(BoardEntry entry) =>
        entry.View is { StartsAt: not null, EndsAt: not null }
        && entry.View.Status is not (MeetingStatus.Ended or MeetingStatus.Removing)
        && entry.Own is not { Arrangement: { IsRecurring: true } or { IsPresent: false } };

    private static LocalDate DateOf(BoardEntry entry, DateTimeZone zone) =>
        entry.View.StartsAt!.Value.InZone(zone).Date;

    private static Task<bool> WasBookedAsync(Db db, Caller caller, CancellationToken cancellationToken) =>
        db.ReadAsync(
            session =>
                session.ScalarAsync<bool>(
                    $"SELECT EXISTS (SELECT 1 FROM booking b WHERE b.workspace_id = @WorkspaceId AND {OwnedThing.Booking.Within("b")})",
                    new
                    {
                        caller.WorkspaceId,
                        memberId = caller.MemberId,
                        seesAll = false,
                    }
                ),
            cancellationToken
        );
}
