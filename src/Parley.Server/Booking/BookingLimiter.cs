using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>
/// Brakes for what strangers may do without a key. Per address of origin in this process's memory; per e-mail address and per page
/// counted in the database, so that they hold over all nodes. All off with <c>RateLimits__Enabled=false</c>.
/// </summary>
public sealed class BookingLimiter(ParleyOptions options, IClock clock, ProviderCatalogue catalogue)
{
    /// <summary>Bookings, moves and cancellations one origin may ask for in a minute.</summary>
    public const int ChangesPerMinute = 240;

    /// <summary>Unknown doors, pages and manage links one origin may try in a minute: guessing is hopeless anyway, this keeps it cheap.</summary>
    public const int MissesPerMinute = 60;

    /// <summary>Bookings one e-mail address gets in 24 hours in one workspace: its owner may not have asked for any.</summary>
    public const int BookingsPerAddressPerDay = 20;

    /// <summary>
    /// Bookings one page takes in an hour: what a flood may cost its host. Where the provider limits a host's day, no more in an hour than it
    /// takes in a day.
    /// </summary>
    public const int BookingsPerPagePerHour = 200;

    /// <summary>How often a customer may move one booking.</summary>
    public const int MovesPerBooking = 30;

    private const int OriginsKept = 50_000;
    private readonly ConcurrentDictionary<(string What, string Origin), Window> _windows = new();

    public bool IsOn => options.RateLimitsEnabled;

    /// <summary>Counts a change asked for from this origin. Null: go ahead.</summary>
    public Problem? Change(IPAddress? origin) => Count("change", origin, ChangesPerMinute);

    /// <summary>Counts something that does not exist being asked for. Null: answer 404 as usual.</summary>
    public Problem? Miss(IPAddress? origin) => Count("miss", origin, MissesPerMinute);

    /// <summary>Inside the booking's transaction. Null: neither the address nor the page has had too many.</summary>
    internal async Task<Problem?> CountedAsync(DbSession session, BookingPage page, string provider, string emailKey)
    {
        if (!IsOn)
        {
            return null;
        }

        var now = clock.GetCurrentInstant();
        var daily = catalogue.Find(provider)?.Provider.Descriptor.DailyWrites?.Calls ?? BookingsPerPagePerHour;
        var perPage = Math.Min(BookingsPerPagePerHour, daily);
        var counts = await session.FirstAsync<Counts>(
            """
            SELECT (SELECT COUNT(*) FROM (SELECT 1 AS one FROM booking
                    WHERE workspace_id = @WorkspaceId AND customer_email_key = @emailKey AND created_at > @dayAgo LIMIT @perAddress) a) AS by_address,
                (SELECT COUNT(*) FROM (SELECT 1 AS one FROM booking
                    WHERE workspace_id = @WorkspaceId AND page_id = @Id AND created_at > @hourAgo LIMIT @perPage) p) AS by_page
            """,
            new
            {
                page.WorkspaceId,
                page.Id,
                emailKey,
                dayAgo = now - Duration.FromDays(1),
                hourAgo = now - Duration.FromHours(1),
                // Beyond the limit nobody needs to count.
                perAddress = BookingsPerAddressPerDay,
                perPage,
            }
        );
        return counts.ByAddress >= BookingsPerAddressPerDay ? TooMany("This address has many bookings today.", 3600)
            : counts.ByPage >= perPage ? TooMany("This page was booked very often just now.", 600)
            : null;
    }

    public static Problem TooMany(string why, int retryAfterSeconds) =>
        new(ProblemCodes.TooManyRequests, why)
        {
            Next = "Try again later, or write to the host.",
            RetryAfterSeconds = retryAfterSeconds,
        };

    private Problem? Count(string what, IPAddress? origin, int most)
    {
        if (!IsOn || origin is null)
        {
            return null;
        }

        var seconds = clock.GetCurrentInstant().ToUnixTimeSeconds();
        var minute = seconds / 60;
        if (_windows.Count > OriginsKept)
        {
            foreach (var (key, old) in _windows.Where(window => window.Value.Minute < minute).ToList())
            {
                _windows.TryRemove(new KeyValuePair<(string, string), Window>(key, old));
            }
        }

        var window = _windows.AddOrUpdate(
            (what, NetworkOf(origin)),
            static (_, now) => new Window(now, 1),
            static (_, old, now) => old.Minute == now ? old with { Count = old.Count + 1 } : new Window(now, 1),
            minute
        );
        return window.Count > most
            ? TooMany("Too many requests from your network.", (int)(((minute + 1) * 60) - seconds))
            : null;
    }

    // A household or a phone has a whole /64 of IPv6.
    internal static string NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4().ToString();
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }

    private sealed record Window(long Minute, int Count);

    private sealed record Counts
    {
        public required long ByAddress { get; init; }
        public required long ByPage { get; init; }
    }
}
