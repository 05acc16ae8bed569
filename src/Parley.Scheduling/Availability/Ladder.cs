namespace Parley.Scheduling.Availability;

/// <summary>
/// The starts within free ranges: the first on the grid, the others a step apart in elapsed time. Where a ladder begins
/// depends on the range and on the earliest start, never on what was asked for.
/// </summary>
internal sealed class Ladder
{
    private readonly long earliest;
    private readonly long from;
    private readonly long to;
    private readonly long duration;
    private readonly long step;
    private readonly long offset;
    private readonly long grid;
    private readonly ZoneClock clock;

    public Ladder(AvailabilityRequest request, long earliest, long from, long to)
    {
        var page = request.Page;
        var stepMinutes = page.StepMinutes ?? page.DurationMinutes;
        var slotGrid = page.Grid ?? SlotGrid.ForStep(stepMinutes);
        this.earliest = earliest;
        this.from = from;
        this.to = to;
        duration = page.DurationMinutes * ZoneClock.Minute;
        step = stepMinutes * ZoneClock.Minute;
        offset = page.StartOffsetMinutes * ZoneClock.Minute;
        grid = slotGrid.Minutes * ZoneClock.Minute;
        clock = new ZoneClock(
            slotGrid.Zone == GridZone.Booker ? request.Query.TimeZone : request.Hosts[0].Schedule.TimeZone
        );
    }

    public void Climb(List<TickRange> ranges, Action<long> add)
    {
        foreach (var range in ranges)
        {
            if (range.End <= from)
            {
                continue;
            }

            var start = clock.RoundUp(Math.Max(range.Start, earliest), grid) + offset;
            if (start < from)
            {
                start += (from - start + step - 1) / step * step;
            }

            if (range.Start >= to)
            {
                return;
            }

            for (; start < to && start + duration <= range.End; start += step)
            {
                add(start);
            }
        }
    }
}
