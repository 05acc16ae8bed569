using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Scheduling.Calendar;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>The list of the dashboard to take along, narrowed and ordered alike, but whole: as a table and as a calendar.</summary>
internal static class DashboardExports
{
    private const int AtOnce = 1_000;

    public static void MapDashboardExports(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("").RequireMember().ExcludeFromDescription();
        group.MapGet($"{DashboardPages.Path}.csv", TableAsync);
        group.MapGet($"{DashboardPages.Path}.ics", CalendarAsync);
    }

    private static async Task<IResult> TableAsync(
        HttpContext context,
        MeetingBoard board,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var filter = await FilterAsync(context, board, caller, cancellationToken);
        await using var csv = await CsvReply.StartAsync(
            context,
            "meetings",
            "Subject",
            $"Starts ({filter.Zone.Id})",
            $"Ends ({filter.Zone.Id})",
            "Minutes",
            "Organizer",
            "Organizer e-mail",
            "Provider",
            "Source",
            "Status",
            "Join link",
            "Meeting id"
        );
        await foreach (var entry in AllAsync(board, caller, filter, cancellationToken))
        {
            var view = entry.View;
            await csv.AddAsync(
                view.Subject,
                HeldWords.CellOf(view.StartsAt, filter.Zone),
                HeldWords.CellOf(view.EndsAt, filter.Zone),
                view.DurationMinutes?.ToString(CultureInfo.InvariantCulture),
                view.Organizer?.Name,
                view.Organizer?.Email,
                entry.ProviderName,
                entry.Own is { } own ? MeetingWords.Source(own) : $"Made at {entry.ProviderName}",
                (entry.Own is { } row ? MeetingWords.Status(row) : MeetingWords.Status(view)).Text,
                entry.ShareUrl,
                view.Id
            );
        }

        return Results.Empty;
    }

    private static async Task<IResult> CalendarAsync(
        HttpContext context,
        MeetingBoard board,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var filter = await FilterAsync(context, board, caller, cancellationToken);
        var now = clock.GetCurrentInstant();
        var events = new List<CalendarEvent>();
        await foreach (var entry in AllAsync(board, caller, filter, cancellationToken))
        {
            // A room that stays has no place in a calendar, a meeting that was cancelled none any more.
            if (
                entry.View is { StartsAt: { } start, EndsAt: { } end, Status: not MeetingStatus.Removing }
                && entry.View.Type != MeetingViews.Recurring
            )
            {
                events.Add(EventOf(entry, start, end, filter.Zone, now));
            }
        }

        context.Response.Headers.CacheControl = "no-cache, no-store";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"meetings.ics\"";
        return Results.Text(ICalendar.WriteAll(events, filter.Zone), "text/calendar; charset=utf-8");
    }

    // The entry of a meeting of ours is the one of its mails: who has it already sees it once.
    private static CalendarEvent EventOf(BoardEntry entry, Instant start, Instant end, DateTimeZone zone, Instant now)
    {
        var own = entry.Own?.Arrangement;
        return new CalendarEvent
        {
            Uid = own is null ? $"{entry.View.Provider}-{entry.View.Id}@parley" : $"{own.Id}@parley",
            Sequence = own?.Version ?? 0,
            Stamp = own?.UpdatedAt ?? entry.View.ObservedAt ?? now,
            StartsAt = start,
            EndsAt = end,
            TimeZone = zone,
            Summary = entry.View.Subject,
            Location = entry.ShareUrl,
            Url = entry.ShareUrl,
            Organizer = entry.View.Organizer is { Email: { } email, Name: var name }
                ? new CalendarPerson(email, name)
                : null,
        };
    }

    private static async Task<MeetingFilter> FilterAsync(
        HttpContext context,
        MeetingBoard board,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        MeetingFilter.Read(
            name => context.Request.Query[name].ToString(),
            await board.ConnectionsAsync(caller, cancellationToken),
            await board.ZoneAsync(caller, cancellationToken)
        );

    private static async IAsyncEnumerable<BoardEntry> AllAsync(
        MeetingBoard board,
        Caller caller,
        MeetingFilter filter,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var after = Cursor.Start;
        while (true)
        {
            var page = await board.UpcomingAsync(caller, filter, after, AtOnce, cancellationToken);
            foreach (var entry in page.Items)
            {
                yield return entry;
            }

            if (!Cursor.TryDecode(page.NextCursor, out after) || after == Cursor.Start)
            {
                yield break;
            }
        }
    }
}
