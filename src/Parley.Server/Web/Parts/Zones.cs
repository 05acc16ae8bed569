using System.Collections.Frozen;
using NodaTime;
using NodaTime.TimeZones;

namespace Parley.Server.Web.Parts;

/// <summary>The zones people choose from: one per place of the TZDB's zone table, and UTC.</summary>
internal static class Zones
{
    public static readonly FrozenSet<string> Ids = (TzdbDateTimeZoneSource.Default.ZoneLocations ?? [])
        .Select(location => location.ZoneId)
        .Append("UTC")
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>UTC where the name is none.</summary>
    public static DateTimeZone Of(string? id) =>
        (id is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(id)) ?? DateTimeZone.Utc;

    public static readonly IReadOnlyList<IGrouping<string, (string Id, string City)>> ByRegion = Ids.Order(
            StringComparer.Ordinal
        )
        .GroupBy(
            id => id.Split('/')[0],
            id =>
                (
                    id,
                    id.Contains('/', StringComparison.Ordinal)
                        ? id[(id.IndexOf('/', StringComparison.Ordinal) + 1)..].Replace('_', ' ')
                        : id
                ),
            StringComparer.Ordinal
        )
        .ToList();
}
