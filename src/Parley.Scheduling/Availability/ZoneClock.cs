using NodaTime;

namespace Parley.Scheduling.Availability;

/// <summary>
/// Wall clock of one zone in ticks (100 ns) since 1970, remembering the last zone interval: within it both directions
/// are one addition. Not thread-safe; one per question.
/// </summary>
internal sealed class ZoneClock(DateTimeZone zone)
{
    public const long Minute = NodaConstants.TicksPerMinute;
    public const long Hour = NodaConstants.TicksPerHour;
    public const long Day = NodaConstants.TicksPerDay;

    /// <summary>Wall clocks never differ by more than this, so farther than this from a transition nothing is skipped or repeated.</summary>
    private const long Guard = 50 * Hour;

    private static readonly LocalDateTime Epoch = new(1970, 1, 1, 0, 0);

    private long start = 1;
    private long end;
    private long offset;

    /// <summary>What the wall clock shows at an instant.</summary>
    public long ToLocal(long instant)
    {
        Seek(instant);
        return instant + offset;
    }

    /// <summary>
    /// The instant a wall-clock time means by RFC 5545 §3.3.5: a time that is skipped uses the offset before the gap,
    /// one that occurs twice is its first occurrence.
    /// </summary>
    public long ToInstant(long local)
    {
        if (start > end)
        {
            Seek(local);
        }

        Seek(local - offset);
        var instant = local - offset;
        if (instant >= start + Guard && instant < end - Guard)
        {
            return instant;
        }

        var mapping = zone.MapLocal(Epoch.PlusTicks(local));
        var ruling = mapping.EarlyInterval;
        return local - ruling.WallOffset.Ticks;
    }

    /// <summary>The first instant of a local date, counted in days since 1970-01-01.</summary>
    public long StartOfDay(long day) => ToInstant(day * Day);

    /// <summary>
    /// The local date an instant belongs to. A day runs from its first midnight to the next day's first midnight, so
    /// that days never interleave where a transition just after midnight sets the clock back into the evening.
    /// </summary>
    public long DayOf(long instant)
    {
        var day = FloorDiv(ToLocal(instant), Day);
        return instant >= StartOfDay(day + 1) ? day + 1 : day;
    }

    /// <summary>The first instant, not before the given one, at which the wall clock shows a multiple of the grid past the hour.</summary>
    public long RoundUp(long instant, long grid)
    {
        while (true)
        {
            var local = ToLocal(instant);
            var past = local - (FloorDiv(local, Hour) * Hour);
            var wanted = Math.Min(Hour, (past + grid - 1) / grid * grid);
            var rounded = instant + wanted - past;
            if (rounded < end)
            {
                return rounded;
            }

            // The clock is changed before it gets there: look again from the change on.
            instant = end;
        }
    }

    public static long FloorDiv(long value, long divisor)
    {
        var quotient = value / divisor;
        return value % divisor < 0 ? quotient - 1 : quotient;
    }

    private void Seek(long instant)
    {
        if (instant >= start && instant < end)
        {
            return;
        }

        var interval = zone.GetZoneInterval(Instant.FromUnixTimeTicks(instant));
        // Halved so that adding the guard or an offset cannot overflow.
        start = interval.HasStart ? interval.Start.ToUnixTimeTicks() : long.MinValue / 2;
        end = interval.HasEnd ? interval.End.ToUnixTimeTicks() : long.MaxValue / 2;
        offset = interval.WallOffset.Ticks;
    }
}
