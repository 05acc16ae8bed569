using NodaTime;

namespace Parley.Conferencing.Zoom;

/// <summary>Reports take whole days (UTC), first and last included, at most a month at once and only so many months back.</summary>
internal static class ZoomMonths
{
    // A month from the 1st to the 31st; a shorter month's span would do everywhere, and costs little.
    private const int DaysAtOnce = 28;

    /// <summary>Pieces that cover a time without overlapping; none where all of it is out of reach.</summary>
    public static IEnumerable<(LocalDate First, LocalDate Last)> Within(
        Instant from,
        Instant to,
        Instant now,
        int monthsBack
    )
    {
        if (to <= from)
            yield break;
        var today = now.InUtc().Date;
        var earliest = today.PlusMonths(-monthsBack).PlusDays(1);
        var first = LocalDate.Max(from.InUtc().Date, earliest);
        var end = LocalDate.Min((to - Duration.Epsilon).InUtc().Date, today);
        while (first <= end)
        {
            var last = LocalDate.Min(first.PlusDays(DaysAtOnce - 1), end);
            yield return (first, last);
            first = last.PlusDays(1);
        }
    }
}
