using System.Runtime.InteropServices;

namespace Parley.Scheduling.Availability;

/// <summary>Half-open stretch of time in ticks since 1970. Lists of them are ordered, apart and never empty inside.</summary>
internal readonly record struct TickRange(long Start, long End)
{
    /// <summary>Orders in place and joins what overlaps or touches; drops what is empty.</summary>
    public static void Merge(List<TickRange> ranges)
    {
        var span = CollectionsMarshal.AsSpan(ranges);
        for (var i = 1; i < span.Length; i++)
        {
            if (span[i].Start < span[i - 1].Start)
            {
                span.Sort(static (a, b) => a.Start.CompareTo(b.Start));
                break;
            }
        }

        var kept = 0;
        foreach (var range in span)
        {
            if (range.End <= range.Start)
            {
                continue;
            }

            if (kept > 0 && range.Start <= span[kept - 1].End)
            {
                span[kept - 1] = new TickRange(span[kept - 1].Start, Math.Max(span[kept - 1].End, range.End));
            }
            else
            {
                span[kept++] = range;
            }
        }

        CollectionsMarshal.SetCount(ranges, kept);
    }

    /// <summary>What of <paramref name="ranges"/> is not in <paramref name="taken"/>. Both merged.</summary>
    public static List<TickRange> Subtract(List<TickRange> ranges, List<TickRange> taken)
    {
        if (taken.Count == 0)
        {
            return ranges;
        }

        var left = new List<TickRange>(ranges.Count + taken.Count);
        var next = 0;
        foreach (var range in ranges)
        {
            while (next < taken.Count && taken[next].End <= range.Start)
            {
                next++;
            }

            var start = range.Start;
            for (; next < taken.Count && taken[next].Start < range.End; next++)
            {
                if (taken[next].Start > start)
                {
                    left.Add(new TickRange(start, taken[next].Start));
                }

                start = taken[next].End;
                if (start >= range.End)
                {
                    // It may reach into the next range too.
                    break;
                }
            }

            if (start < range.End)
            {
                left.Add(range with { Start = start });
            }
        }

        return left;
    }

    /// <summary>What is in both. Both merged.</summary>
    public static List<TickRange> Intersect(List<TickRange> one, List<TickRange> other)
    {
        var both = new List<TickRange>(Math.Max(one.Count, other.Count));
        for (int i = 0, j = 0; i < one.Count && j < other.Count; )
        {
            var start = Math.Max(one[i].Start, other[j].Start);
            var end = Math.Min(one[i].End, other[j].End);
            if (start < end)
            {
                both.Add(new TickRange(start, end));
            }

            if (one[i].End < other[j].End)
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return both;
    }

    /// <summary>Whether one range holds [<paramref name="start"/>, <paramref name="end"/>) whole.</summary>
    public static bool Covers(List<TickRange> ranges, long start, long end) =>
        ranges.Exists(range => range.Start <= start && end <= range.End);

    public static bool Touches(List<TickRange> ranges, long start, long end) =>
        ranges.Exists(range => range.Start < end && start < range.End);
}
