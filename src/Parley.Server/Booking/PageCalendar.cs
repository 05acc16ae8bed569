using NodaTime;
using Parley.Scheduling.Availability;
using Parley.Server.Observed;
using Parley.Server.Storage;

namespace Parley.Server.Booking;

/// <summary>What the engine is asked about one page: its rules, its host's hours and the time that is taken on the host's calendars.</summary>
internal static class PageCalendar
{
    /// <summary>A limit counts a whole day or week of the host; this reaches over both ends of any.</summary>
    private static readonly Duration LimitReach = Duration.FromDays(8);

    private const int AlternativesOffered = 6;
    private static readonly Duration AlternativesReach = Duration.FromDays(62);

    private static readonly Instant First = Instant.FromUtc(1900, 1, 1, 0, 0);
    private static readonly Instant Last = Instant.FromUtc(2200, 1, 1, 0, 0);

    /// <summary>Whether there is a calendar at all: nearer to the ends of time than this, looking around would fall off.</summary>
    public static bool Reaches(Instant instant) => instant >= First && instant <= Last;

    /// <param name="page">Rules and hours.</param>
    /// <param name="host">Whose calendars count: a moved booking keeps its host, though the page may have another by now.</param>
    /// <param name="rules">Usually the page's; a moved booking's with its own length.</param>
    /// <param name="from">First start that will be asked about.</param>
    /// <param name="to">Last start that will be asked about.</param>
    /// <param name="exceptArrangement">Of the booking being moved: it is not in its own way.</param>
    public static async Task<IReadOnlyList<BusyItem>> BusyAsync(
        DbSession session,
        BookingPage page,
        PageHost host,
        PageRules rules,
        Instant from,
        Instant to,
        string? exceptArrangement
    )
    {
        var parameters = new
        {
            page.WorkspaceId,
            host.MemberId,
            host.ConnectionId,
            host.InsteadOf,
            From = Micros.From(from - Duration.FromMinutes(rules.Buffers.BeforeMinutes)),
            To = Micros.From(to + Duration.FromMinutes(rules.DurationMinutes + rules.Buffers.AfterMinutes)),
            Except = exceptArrangement,
        };
        var (also, alsoLongest) = host.InsteadOf is null ? ("", "") : (", @InsteadOf", $" + {Longest("@InsteadOf")}");
        // The blocked range already holds the item's own buffers: two numbers of a covering index say it all.
        var ranges = await session.QueryAsync<Range>(
            $"SELECT blocked_from, blocked_to FROM occupancy WHERE workspace_id = @WorkspaceId AND subject IN (@MemberId, @ConnectionId{also}) AND blocked_to > @From AND blocked_from < @To AND blocked_to < @To + {Longest("@MemberId")} + {Longest("@ConnectionId")}{alsoLongest}"
                + (
                    exceptArrangement is null
                        ? ""
                        // Nor is its meeting in its way where the organizer has moved that at the provider.
                        : $" AND arrangement_id <> @Except AND arrangement_id <> {ObservedTimes.KeyOfExceptSql}"
                ),
            parameters
        );
        var busy = new List<BusyItem>(ranges.Count);
        var previous = default(Range);
        foreach (var range in ranges)
        {
            // Bookings take their member's and their connection's time alike; neighbours in the index are often twins.
            if (range != previous)
            {
                busy.Add(Item(range.BlockedFrom, range.BlockedTo, null));
            }

            previous = range;
        }

        if (rules.Limits != BookingLimits.None)
        {
            busy.AddRange(await CountedAsync(session, page, host, from, to, exceptArrangement));
        }

        return busy;
    }

    public static AvailabilityRequest Request(
        BookingPage page,
        PageRules rules,
        IReadOnlyList<BusyItem> busy,
        Instant now,
        Instant from,
        Instant to,
        DateTimeZone booker
    ) =>
        new()
        {
            Now = now,
            Page = rules,
            Hosts = [new AvailabilityHost { Schedule = page.Settings.Schedule, Busy = busy }],
            Query = new AvailabilityQuery
            {
                From = from,
                To = to,
                TimeZone = booker,
            },
        };

    /// <summary>The free starts nearest to one that is not, best first.</summary>
    /// <param name="booker">In whose days "near" is judged.</param>
    public static async Task<IReadOnlyList<Instant>> AlternativesAsync(
        DbSession session,
        BookingPage page,
        PageHost host,
        PageRules rules,
        Instant now,
        Instant around,
        DateTimeZone booker,
        string? exceptArrangement
    ) =>
        AvailabilityEngine.Alternatives(
            Request(
                page,
                rules,
                await BusyAsync(
                    session,
                    page,
                    host,
                    rules,
                    around - AlternativesReach,
                    around + AlternativesReach,
                    exceptArrangement
                ),
                now,
                around,
                around,
                booker
            ),
            around,
            AlternativesOffered
        );

    private static async Task<IEnumerable<BusyItem>> CountedAsync(
        DbSession session,
        BookingPage page,
        PageHost host,
        Instant from,
        Instant to,
        string? exceptArrangement
    )
    {
        var rows = await session.QueryAsync<Range>(
            "SELECT starts_at AS blocked_from, ends_at AS blocked_to FROM occupancy WHERE workspace_id = @WorkspaceId AND subject = @MemberId AND page_id = @Id AND blocked_to > @From AND blocked_from < @To"
                + (exceptArrangement is null ? "" : " AND arrangement_id <> @Except"),
            new
            {
                page.WorkspaceId,
                host.MemberId,
                page.Id,
                From = Micros.From(from - LimitReach),
                To = Micros.From(to + LimitReach),
                Except = exceptArrangement,
            }
        );
        return rows.Select(row => Item(row.BlockedFrom, row.BlockedTo, page.Id));
    }

    // Nothing taken is longer than this, so that what ends much later need not be looked at: without it one start costs as many
    // rows as the calendar has ahead. Answered from the end of an index.
    private static string Longest(string subject) =>
        $"COALESCE((SELECT l.blocked_to - l.blocked_from FROM occupancy l WHERE l.workspace_id = @WorkspaceId AND l.subject = {subject} ORDER BY l.blocked_to - l.blocked_from DESC LIMIT 1), 0)";

    private static BusyItem Item(long from, long to, string? pageId) =>
        new()
        {
            StartsAt = Micros.ToInstant(from),
            EndsAt = Micros.ToInstant(to),
            PageId = pageId,
        };

    private readonly record struct Range
    {
        public long BlockedFrom { get; init; }
        public long BlockedTo { get; init; }
    }
}
