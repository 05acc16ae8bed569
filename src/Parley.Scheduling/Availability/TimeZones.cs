using NodaTime;

namespace Parley.Scheduling.Availability;

/// <summary>Zones by their IANA name, from NodaTime's embedded TZDB.</summary>
public static class TimeZones
{
    private static readonly HashSet<string> Names = new(DateTimeZoneProviders.Tzdb.Ids, StringComparer.Ordinal);

    /// <summary>Null if there is no such zone. Spelling counts; NodaTime's own <c>UTC+03</c> is no IANA name.</summary>
    public static DateTimeZone? Find(string? id) =>
        id is not null && Names.Contains(id) ? DateTimeZoneProviders.Tzdb[id] : null;
}
