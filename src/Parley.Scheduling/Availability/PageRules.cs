using System.Text.Json.Serialization;
using NodaTime;

namespace Parley.Scheduling.Availability;

/// <summary>What a booking page asks of a start. Durations are whole minutes of elapsed time.</summary>
public sealed record PageRules
{
    /// <summary>Items with this page id count towards <see cref="Limits"/>.</summary>
    public string? Id { get; init; }
    public required int DurationMinutes { get; init; }

    /// <summary>Elapsed minutes between starts of one free range. Null: the duration.</summary>
    public int? StepMinutes { get; init; }
    public int StartOffsetMinutes { get; init; }
    public int MinimumNoticeMinutes { get; init; }
    public Buffers Buffers { get; init; } = Buffers.None;
    public BookingLimits Limits { get; init; } = BookingLimits.None;

    /// <summary>Null: as far ahead as anyone asks.</summary>
    public BookingPeriod? Period { get; init; }

    /// <summary>Null: <see cref="SlotGrid.ForStep"/> on the host's wall clock.</summary>
    public SlotGrid? Grid { get; init; }
}

/// <summary>Minutes kept free around a booking. Buffers may reach out of the working hours.</summary>
[JsonConverter(typeof(BuffersConverter))]
public sealed record Buffers
{
    public static Buffers None { get; } = new();

    public int BeforeMinutes { get; init; }
    public int AfterMinutes { get; init; }
}

/// <summary>
/// How much of one page a host takes per day or Monday-based week of the host's own calendar. Null: no limit.
/// A limit that is reached closes the whole day or week for that host.
/// </summary>
[JsonConverter(typeof(BookingLimitsConverter))]
public sealed record BookingLimits
{
    public static BookingLimits None { get; } = new();

    public int? BookingsPerDay { get; init; }
    public int? BookingsPerWeek { get; init; }
    public int? MinutesPerDay { get; init; }
    public int? MinutesPerWeek { get; init; }
}

/// <summary>
/// Which dates may be booked at all, judged by a slot's start.
/// As JSON: <c>{"kind":"rollingCalendarDays","days":60}</c>, <c>{"kind":"rollingBusinessDays","days":10}</c>,
/// <c>{"kind":"range","from":"2027-06-15","to":"2027-06-16"}</c>.
/// </summary>
[JsonConverter(typeof(BookingPeriodConverter))]
public abstract record BookingPeriod
{
    private BookingPeriod() { }

    /// <summary>Today in the booker's zone and this many days after it, whole.</summary>
    public sealed record RollingCalendarDays(int Days) : BookingPeriod;

    /// <summary>Today in the booker's zone up to the end of the Nth later day from Monday to Friday; weekends between stay bookable.</summary>
    public sealed record RollingBusinessDays(int Days) : BookingPeriod;

    /// <summary>From the first to the last date, both included, on the calendar of the first host's zone.</summary>
    public sealed record DateRange(LocalDate From, LocalDate To) : BookingPeriod;
}

/// <summary>On whose wall clock first starts are rounded up.</summary>
public enum GridZone
{
    /// <summary>The first host's schedule.</summary>
    Host,

    /// <summary>The zone of the query.</summary>
    Booker,
}

/// <summary>First starts fall on multiples of <see cref="Minutes"/> past the hour; multiples begin anew each hour.</summary>
public sealed record SlotGrid
{
    private static readonly int[] Usual = [60, 30, 20, 15, 10, 5];

    /// <summary>1 to 60.</summary>
    public required int Minutes { get; init; }
    public GridZone Zone { get; init; }

    /// <summary>The widest usual grid (60, 30, 20, 15, 10, 5 minutes) that the step keeps to, else every minute.</summary>
    public static SlotGrid ForStep(int stepMinutes)
    {
        foreach (var minutes in Usual)
        {
            if (stepMinutes % minutes == 0)
            {
                return new SlotGrid { Minutes = minutes };
            }
        }

        return new SlotGrid { Minutes = 1 };
    }
}
