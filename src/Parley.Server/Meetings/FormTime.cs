using System.Globalization;
using NodaTime;
using NodaTime.Text;
using NodaTime.TimeZones;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>Days and times as people type them, where the clocks change twice a year.</summary>
internal static class FormTime
{
    /// <returns>Null: one of the fields <c>date</c> and <c>time</c> says why. Of a time that comes twice, the first.</returns>
    public static Instant? Start(
        FieldErrors errors,
        DateTimeZone zone,
        string dateText,
        string timeText,
        LocalTimePattern pattern
    )
    {
        var date = LocalDatePattern.Iso.Parse(dateText.Trim());
        if (!date.Success)
        {
            errors.Add("date", "must be a day such as 2026-12-01");
        }

        var time = TimeOf(timeText, pattern);
        if (time is null)
        {
            errors.Add("time", "must be a time such as 14:30");
        }

        if (!date.Success || time is not { } at)
        {
            return null;
        }

        var mapping = zone.MapLocal(date.Value + at);
        if (mapping.Count == 0)
        {
            errors.Add("time", LeptOver(mapping, zone));
            return null;
        }

        return mapping.First().ToInstant();
    }

    /// <returns>Null: the field <c>endTime</c> says why.</returns>
    public static Instant? End(
        FieldErrors errors,
        DateTimeZone zone,
        Instant start,
        string timeText,
        LocalTimePattern pattern
    )
    {
        if (TimeOf(timeText, pattern) is not { } time)
        {
            errors.Add("endTime", "must be a time such as 15:30");
            return null;
        }

        var date = start.InZone(zone).Date;
        for (var day = 0; day <= 1; day++)
        {
            var mapping = zone.MapLocal(date.PlusDays(day) + time);
            if (mapping.Count == 0)
            {
                errors.Add("endTime", LeptOver(mapping, zone));
                return null;
            }

            // Of an hour that comes twice, the first that lies after the start.
            foreach (var end in mapping.Count == 2 ? [mapping.First(), mapping.Last()] : new[] { mapping.Single() })
            {
                if (end.ToInstant() > start)
                {
                    return end.ToInstant();
                }
            }
        }

        errors.Add("endTime", "must lie after the start");
        return null;
    }

    /// <summary>For whoever typed a time that comes twice: which of the two it is. Null where there was no doubt.</summary>
    public static string? WhichOfTwo(Arrangement arrangement)
    {
        if (
            arrangement.Details.Type != Conferencing.MeetingType.Scheduled
            || DateTimeZoneProviders.Tzdb.GetZoneOrNull(arrangement.TimeZone) is not { } zone
        )
        {
            return null;
        }

        var local = arrangement.StartsAt.InZone(zone);
        var mapping = zone.MapLocal(local.LocalDateTime);
        if (mapping.Count < 2)
        {
            return null;
        }

        var taken = local.Offset == mapping.First().Offset ? "first" : "second";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{local.LocalDateTime:HH:mm} comes twice that night in {zone.Id}, because the clocks go back. The {taken} was taken: UTC{local.Offset:+H:mm}. If the other is meant, change the meeting and give its time in UTC: {(taken == "first" ? mapping.Last() : mapping.First()).ToInstant():HH:mm}."
        );
    }

    private static LocalTime? TimeOf(string text, LocalTimePattern pattern)
    {
        var typed = text.Trim();
        // Browsers may send seconds.
        var parsed = pattern.Parse(typed is { Length: 8 } ? typed[..5] : typed);
        return parsed.Success ? parsed.Value : null;
    }

    private static string LeptOver(ZoneLocalMapping mapping, DateTimeZone zone) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"does not exist on that day in {zone.Id}: the clocks go forward, from {mapping.EarlyInterval.IsoLocalEnd:HH:mm} to {mapping.LateInterval.IsoLocalStart:HH:mm}"
        );
}
