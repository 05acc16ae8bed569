using NodaTime;

namespace Parley.Server.Usage;

/// <summary>A meeting somebody hosted: from its start to its end.</summary>
public readonly record struct HostedTime(string Host, Instant From, Instant To);

/// <param name="Peak">Most people hosting at one moment of the day.</param>
/// <param name="At">When that was first so; null on a day without meetings.</param>
public sealed record DayPeak(LocalDate Day, int Peak, Instant? At);

/// <summary>How many host licences would have been enough, had they been shared.</summary>
/// <param name="All">Enough for every day: the highest peak (p100).</param>
/// <param name="P99">Enough for 99 days of 100; on the others somebody would have waited.</param>
public sealed record PoolSize(int All, int P99);

/// <summary>
/// Replays hosted meetings and counts who hosts at the same time, day by day. One pass; memory grows with how many meetings run at
/// once, and with the days, not with the meetings.
/// </summary>
public sealed class ConcurrentHosts
{
    private readonly LocalDate _first;
    private readonly DateTimeZone _zone;
    private readonly int[] _peaks;
    private readonly Instant?[] _at;
    private readonly PriorityQueue<string, Instant> _ends = new();
    private readonly Dictionary<string, int> _running = new(StringComparer.Ordinal);
    private Instant _last = Instant.MinValue;

    // Days that start before this instant have been noted; one that starts right at it has not.
    private Instant _noted = Instant.MinValue;

    /// <param name="first">First day counted, in <paramref name="zone"/>.</param>
    /// <param name="last">Last day counted.</param>
    public ConcurrentHosts(LocalDate first, LocalDate last, DateTimeZone zone)
    {
        (_first, _zone) = (first, zone);
        var days = Math.Max(0, Period.DaysBetween(first, last) + 1);
        (_peaks, _at) = (new int[days], new Instant?[days]);
    }

    /// <param name="time">Meetings come in the order of their starts. One that ends when another starts does not overlap it.</param>
    /// <exception cref="ArgumentException">It starts before the one before it.</exception>
    public void Add(HostedTime time)
    {
        if (time.From < _last)
        {
            throw new ArgumentException("Meetings must come in the order of their starts.", nameof(time));
        }

        _last = time.From;
        if (time.To <= time.From)
        {
            return;
        }

        AdvanceTo(time.From);
        _running[time.Host] = _running.GetValueOrDefault(time.Host) + 1;
        _ends.Enqueue(time.Host, time.To);
        Note(time.From);
    }

    /// <summary>After the last one: a peak per day.</summary>
    public IReadOnlyList<DayPeak> Days()
    {
        AdvanceTo(Instant.MaxValue);
        return [.. _peaks.Select((peak, index) => new DayPeak(_first.PlusDays(index), peak, _at[index]))];
    }

    /// <summary>Nearest-rank percentiles over all days, those without meetings included.</summary>
    public static PoolSize Enough(IReadOnlyList<DayPeak> days)
    {
        if (days.Count == 0)
        {
            return new PoolSize(0, 0);
        }

        var sorted = days.Select(day => day.Peak).Order().ToList();
        return new PoolSize(sorted[^1], sorted[(int)Math.Ceiling(0.99 * sorted.Count) - 1]);
    }

    // Meetings that run on past midnight count on the next day too: what is running is noted again at each day's start.
    private void AdvanceTo(Instant instant)
    {
        while (_ends.TryPeek(out var host, out var end) && end <= instant)
        {
            NoteDayStarts(end);
            _ends.Dequeue();
            if (--_running[host] == 0)
            {
                _running.Remove(host);
            }
        }

        NoteDayStarts(instant);
    }

    private void NoteDayStarts(Instant until)
    {
        if (_running.Count > 0 && _peaks.Length > 0)
        {
            var day = _noted.InZone(_zone).Date;
            for (var start = StartOf(day); start < until; day = day.PlusDays(1), start = StartOf(day))
            {
                if (start >= _noted)
                {
                    Note(start);
                }
            }
        }

        _noted = Instant.Max(_noted, until);
    }

    private Instant StartOf(LocalDate day) => _zone.AtStartOfDay(day).ToInstant();

    private void Note(Instant instant)
    {
        var index = Period.DaysBetween(_first, instant.InZone(_zone).Date);
        if (index < 0 || index >= _peaks.Length || _running.Count <= _peaks[index])
        {
            return;
        }

        _peaks[index] = _running.Count;
        _at[index] = instant;
    }
}
