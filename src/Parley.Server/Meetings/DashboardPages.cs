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

/// <summary>What the dashboard shows besides the list itself.</summary>
public sealed record DashboardView
{
    public required Caller Caller { get; init; }
    public required IReadOnlyList<Trouble> Troubles { get; init; }
    public required MeetingFilter Filter { get; init; }

    /// <summary>Not the first page of the list.</summary>
    public required bool IsLater { get; init; }

    /// <summary>This page of the list, as a query.</summary>
    public required string Query { get; init; }
    public required IReadOnlyList<ConnectionEntry> Connections { get; init; }

    /// <summary>To choose from: what is typed, and whose it is.</summary>
    public required IReadOnlyList<(string Address, string Name)> Organizers { get; init; }
    public required DateTimeZone Zone { get; init; }
    public required Instant Now { get; init; }

    /// <summary>Meetings can be scheduled.</summary>
    public bool CanHost => Connections.Any(entry => entry.CanHost && !IsForReports(entry));

    /// <summary>Some account shows what lies ahead.</summary>
    public bool CanList => CanHost || Connections.Any(entry => entry.Connection.ConnectedAt is not null);

    public string Heading =>
        Filter.From is null && Filter.Status != MeetingStatus.Ended ? "Upcoming meetings" : "Meetings";

    /// <summary>The way back to this list as it is.</summary>
    public string Here => Query.Length == 0 ? DashboardPages.Path : $"{DashboardPages.Path}?{Query}";

    private static bool IsForReports(ConnectionEntry entry) => entry.Connection.Purpose == ConnectionPurpose.Account;
}

/// <summary>The organizer's dashboard: problems on top, then the meetings of everybody one may see.</summary>
internal static class DashboardPages
{
    public const string Path = "/dashboard";
    private const int MostOrganizers = 200;

    public static void MapDashboardPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Path).RequireMember().ExcludeFromDescription();
        group.MapGet("", ShowAsync);
        group.MapGet("/live", LiveAsync);
        routes.MapDashboardEvents();
        routes.MapDashboardExports();
    }

    public static string Address(MeetingFilter filter, string? cursor = null) =>
        filter.ToQuery(cursor) is { Length: > 0 } query ? $"{Path}?{query}" : Path;

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

        var (view, after) = await ReadAsync(context, board, troubles, clock, cancellationToken);
        return Pages.Stream<DashboardPage, BoardRows>(
            context,
            new { View = view },
            async () => new { View = view, Meetings = await ListAsync(board, view, after, cancellationToken) }
        );
    }

    // What changes while one looks, without the frame; asked for by board.js.
    private static async Task<IResult> LiveAsync(
        HttpContext context,
        MeetingBoard board,
        DashboardTroubles troubles,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var (view, after) = await ReadAsync(context, board, troubles, clock, cancellationToken);
        return Pages.Render<DashboardLive>(
            context,
            new { View = view, Meetings = await ListAsync(board, view, after, cancellationToken) }
        );
    }

    private static Task<Page<BoardEntry>> ListAsync(
        MeetingBoard board,
        DashboardView view,
        Cursor after,
        CancellationToken cancellationToken
    ) => board.UpcomingAsync(view.Caller, view.Filter, after, view.Filter.Size, cancellationToken);

    private static async Task<(DashboardView View, Cursor After)> ReadAsync(
        HttpContext context,
        MeetingBoard board,
        DashboardTroubles troubles,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var query = context.Request.Query;
        var zone = await board.ZoneAsync(caller, cancellationToken);
        var connections = await board.ConnectionsAsync(caller, cancellationToken);
        var filter = MeetingFilter.Read(name => query[name].ToString(), connections, zone);
        var cursor = query["cursor"].ToString();
        // A cursor somebody broke shows the first page.
        var after = Cursor.TryDecode(cursor, out var decoded) ? decoded : Cursor.Start;
        return (
            new DashboardView
            {
                Caller = caller,
                Connections = connections,
                Organizers = await OrganizersAsync(board, caller, connections, cancellationToken),
                Filter = filter,
                IsLater = after != Cursor.Start,
                Query = filter.ToQuery(after == Cursor.Start ? null : cursor),
                Troubles = await troubles.ReadAsync(caller, connections, zone, cancellationToken),
                Zone = zone,
                Now = clock.GetCurrentInstant(),
            },
            after
        );
    }

    private static async Task<IReadOnlyList<(string Address, string Name)>> OrganizersAsync(
        MeetingBoard board,
        Caller caller,
        IReadOnlyList<ConnectionEntry> connections,
        CancellationToken cancellationToken
    ) =>
        connections
            .Where(entry => entry.Connection.Purpose == ConnectionPurpose.Organizer)
            .Select(entry => (entry.Connection.AccountEmail ?? entry.OrganizerKey, entry.Connection.AccountName))
            .Concat(
                (await board.OrganizersAsync(caller, MostOrganizers, cancellationToken)).Select(organizer =>
                    ((string?)(organizer.Email ?? organizer.OrganizerKey), organizer.Name)
                )
            )
            .Where(organizer => organizer.Item1 is not null)
            .DistinctBy(organizer => organizer.Item1, StringComparer.OrdinalIgnoreCase)
            .Select(organizer => (organizer.Item1!, organizer.Item2 ?? ""))
            .ToList();
}
