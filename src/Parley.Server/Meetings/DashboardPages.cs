using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What the dashboard shows.</summary>
public sealed record DashboardView
{
    public required Caller Caller { get; init; }
    public required IReadOnlyList<Trouble> Troubles { get; init; }
    public required Page<BoardEntry> Meetings { get; init; }
    public required MeetingFilter Filter { get; init; }

    /// <summary>Not the first page of the list.</summary>
    public required bool IsLater { get; init; }

    /// <summary>This page of the list, as a query.</summary>
    public required string Query { get; init; }
    public required IReadOnlyList<ConnectionEntry> Connections { get; init; }
    public required DateTimeZone Zone { get; init; }
    public required Instant Now { get; init; }
}

/// <summary>The organizer's dashboard: problems on top, then the meetings to come.</summary>
internal static class DashboardPages
{
    public const string Path = "/dashboard";
    public const int PageSize = 25;
    private const int LongestSearch = 100;

    public static void MapDashboardPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Path).RequireMember().ExcludeFromDescription();
        group.MapGet("", ShowAsync);
        group.MapGet("/live", LiveAsync);
    }

    /// <summary>Start buttons of this page end at host links, Refresh at the provider's consent: browsers hold a form's whole way to the page's policy.</summary>
    public static void AllowStart(HttpContext context, ProviderCatalogue catalogue)
    {
        foreach (var registration in catalogue.All)
        {
            context.AllowFormActionToSources(registration.Provider.LinkSources);
        }
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        MeetingBoard board,
        DashboardTroubles troubles,
        ProviderCatalogue catalogue,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        AllowStart(context, catalogue);
        foreach (var registration in catalogue.All)
        {
            AuthorizeOrigin.Allow(context, registration);
        }

        return Pages.Render<DashboardPage>(
            context,
            new { View = await ReadAsync(context, board, troubles, clock, cancellationToken) }
        );
    }

    // The same without the frame, asked for by live.js while something is on its way.
    private static async Task<IResult> LiveAsync(
        HttpContext context,
        MeetingBoard board,
        DashboardTroubles troubles,
        IClock clock,
        CancellationToken cancellationToken
    ) =>
        Pages.Render<DashboardLive>(
            context,
            new { View = await ReadAsync(context, board, troubles, clock, cancellationToken) }
        );

    private static async Task<DashboardView> ReadAsync(
        HttpContext context,
        MeetingBoard board,
        DashboardTroubles troubles,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var zone = await board.ZoneAsync(caller, cancellationToken);
        var connections = await board.ConnectionsAsync(caller, cancellationToken);
        var filter = FilterOf(context.Request.Query, connections);
        var cursor = context.Request.Query["cursor"].ToString();
        // A cursor somebody broke shows the first page.
        var after =
            Cursor.TryDecode(cursor, out var decoded) && !decoded.Id.Any(char.IsControl) ? decoded : Cursor.Start;
        return new DashboardView
        {
            Caller = caller,
            Connections = connections,
            Filter = filter,
            IsLater = after != Cursor.Start,
            Query = filter.ToQuery(after == Cursor.Start ? null : cursor),
            Meetings = await board.UpcomingAsync(caller, filter, after, PageSize, cancellationToken),
            Troubles = await troubles.ReadAsync(caller, connections, zone, cancellationToken),
            Zone = zone,
            Now = clock.GetCurrentInstant(),
        };
    }

    // What is not one of the choices narrows nothing.
    private static MeetingFilter FilterOf(IQueryCollection query, IReadOnlyList<ConnectionEntry> connections)
    {
        var text = new string(query["q"].ToString().Where(character => !char.IsControl(character)).ToArray()).Trim();
        if (text.Length > LongestSearch)
        {
            text = text[..LongestSearch];
        }

        var connection = query["connection"].ToString();
        var status = query["status"].ToString();
        return new MeetingFilter(
            text.Length == 0 ? null : text,
            connections.Any(entry => entry.Id == connection) ? connection : null,
            MeetingFilter.Statuses.Contains(status, StringComparer.Ordinal) ? status : null
        );
    }
}
