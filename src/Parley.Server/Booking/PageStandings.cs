using Parley.Server.Connections;
using Parley.Server.Storage;

namespace Parley.Server.Booking;

/// <summary>How a page stands right now.</summary>
/// <param name="IsOpen">Whether it takes bookings.</param>
/// <param name="Host">Who hosts what is booked now: the page's own host, or the same member with the fallback connection.</param>
public sealed record PageStanding(bool IsOpen, PageHost Host);

/// <summary>
/// Puts a page's rules and the health of its connection together. A page that holds, the usual one, is never asked about its
/// connection: its bookings do not depend on it.
/// </summary>
public sealed class PageStandings(Db db, ConnectionDirectory connections)
{
    public Task<PageStanding> OfAsync(BookingPage page, CancellationToken cancellationToken) =>
        Quick(page) is { } known
            ? Task.FromResult(known)
            : db.ReadAsync(session => OfAsync(session, page), cancellationToken);

    public async Task<PageStanding> OfAsync(DbSession session, BookingPage page)
    {
        if (Quick(page) is { } known)
        {
            return known;
        }

        if (await CanHostAsync(session, page, page.Host.ConnectionId))
        {
            return new PageStanding(true, page.Host);
        }

        var policy = page.Settings.WhenDisconnected;
        if (policy.FallbackConnectionId is not { } fallback)
        {
            return new PageStanding(!policy.Pauses, page.Host);
        }

        // Neither works: held for the page's own connection, as if there were no fallback.
        return await CanHostAsync(session, page, fallback)
            ? new PageStanding(true, page.Host with { ConnectionId = fallback, InsteadOf = page.Host.ConnectionId })
            : new PageStanding(true, page.Host);
    }

    private static PageStanding? Quick(BookingPage page) =>
        !page.TakesBookings ? new PageStanding(false, page.Host)
        : page.Settings.WhenDisconnected == WhenDisconnected.Hold ? new PageStanding(true, page.Host)
        : null;

    private async Task<bool> CanHostAsync(DbSession session, BookingPage page, string connectionId) =>
        await connections.FindAsync(session, page.WorkspaceId, connectionId) is { CanHost: true };
}
