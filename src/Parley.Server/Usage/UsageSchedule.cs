using NodaTime;
using Quartz;

namespace Parley.Server.Usage;

/// <summary>When an aggregation runs: a Quartz expression (seconds first: <c>0 30 3 * * ?</c>) read as wall time of a zone.</summary>
public static class UsageSchedule
{
    /// <summary>Every night, when few people hold meetings.</summary>
    public const string Daily = "0 30 3 * * ?";

    // More skipped times in a row than a zone change makes.
    private const int Patience = 100;

    public static bool IsValid(string cron) => cron.Length <= 120 && CronExpression.TryParse(cron, out _);

    /// <summary>
    /// The first time after <paramref name="after"/>; null when there is none. The expression is asked in wall time and the zone
    /// mapped by NodaTime, so that a time a change of clocks skips falls right after it, and one that comes twice is kept once, the first.
    /// </summary>
    public static Instant? Next(string cron, DateTimeZone zone, Instant after)
    {
        // The expression's own zone is left at UTC: to it, wall time is all there is.
#pragma warning disable RS0030 // The one place that must name it: Quartz would take the machine's zone.
        var expression = new CronExpression(cron, TimeZoneInfo.Utc);
#pragma warning restore RS0030
        var wall = after.InZone(zone).LocalDateTime;
        for (var attempt = 0; attempt < Patience; attempt++)
        {
            if (
                expression.GetNextValidTimeAfter(new DateTimeOffset(wall.ToDateTimeUnspecified(), TimeSpan.Zero))
                is not { } next
            )
            {
                return null;
            }

            wall = LocalDateTime.FromDateTime(next.UtcDateTime);
            var instant = wall.InZone(zone, NodaTime.TimeZones.Resolvers.LenientResolver).ToInstant();
            if (instant > after)
            {
                return instant;
            }
        }

        return null;
    }
}
