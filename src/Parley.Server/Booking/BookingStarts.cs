using NodaTime;
using Parley.Scheduling.Availability;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>Whether a start may be booked, and what is answered when it may not.</summary>
public sealed class BookingStarts(Db db, IClock clock)
{
    /// <summary>409 <c>slot_taken</c> with the free starts nearest to it.</summary>
    /// <param name="exceptArrangement">Its own time counts as free: it is being moved.</param>
    internal async Task<Problem> TakenAsync(
        BookingPage page,
        PageHost host,
        PageRules rules,
        Instant around,
        DateTimeZone zone,
        string? exceptArrangement,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetCurrentInstant();
        var free = await db.ReadAsync(
            session => PageCalendar.AlternativesAsync(session, page, host, rules, now, around, zone, exceptArrangement),
            cancellationToken
        );
        var alternatives = free.Select(start => new SlotView(start)).ToList();
        return new Problem(ProblemCodes.SlotTaken, "That time is not free (any more).")
        {
            Next =
                alternatives.Count > 0
                    ? "Choose one of the alternatives, or ask for the free times again."
                    : "There is no free time near it; try other dates.",
            Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["alternatives"] = alternatives },
        };
    }

    internal static StartCheck Check(
        BookingPage page,
        PageRules rules,
        IReadOnlyList<BusyItem> busy,
        Instant now,
        Instant start,
        DateTimeZone zone
    ) => AvailabilityEngine.Check(PageCalendar.Request(page, rules, busy, now, start, start, zone), start);

    /// <summary>Null: it may be booked, or could have been.</summary>
    // What can never be booked is the caller's mistake; what could have been, but is not free now, is nobody's.
    internal static Problem? Malformed(StartCheck check)
    {
        var why = check switch
        {
            StartCheck.NotOnAMinute => "must be on a whole minute",
            StartCheck.OutsideHours => "must lie within the hours of this page, the whole meeting long",
            _ => null,
        };
        return why is null ? null : StartsAtProblem(why);
    }

    private static Problem StartsAtProblem(string why)
    {
        var errors = new Web.FieldErrors();
        errors.Add("startsAt", why);
        return errors.ToProblem() with { Next = "Ask for the free times and choose one of them." };
    }

    internal static Problem TooFar() => StartsAtProblem("must lie between the years 1900 and 2200");
}

/// <summary>A start that is free.</summary>
public sealed record SlotView(Instant StartsAt);
