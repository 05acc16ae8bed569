using NodaTime;
using NodaTime.Text;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Times as Zoom writes and reads them: seconds, UTC with <c>Z</c>; without it, local in a named zone (reference §2.1).</summary>
internal static class MeetingTimes
{
    private static readonly InstantPattern Written = InstantPattern.CreateWithInvariantCulture(
        "uuuu'-'MM'-'dd'T'HH':'mm':'ss'Z'"
    );

    private static readonly OffsetDateTimePattern WithOffset = OffsetDateTimePattern.CreateWithInvariantCulture(
        "uuuu'-'MM'-'dd'T'HH':'mm':'ss;FFFFFFFFFo<G>"
    );

    private static readonly LocalDateTimePattern[] Local =
    [
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss;FFFFFFFFF"),
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm"),
        LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd' 'HH':'mm':'ss"),
    ];

    public static string Text(Instant instant) => Written.Format(instant);

    public static string Date(LocalDate date) => LocalDatePattern.Iso.Format(date);

    public static LocalDate? ReadDate(string text) =>
        LocalDatePattern.Iso.Parse(text) is { Success: true } parsed ? parsed.Value : null;

    /// <summary>The zone of a name, or null when there is no such name.</summary>
    public static DateTimeZone? Zone(string name) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(name);

    /// <summary>Whether a start says itself where it is: <c>Z</c> or an offset.</summary>
    public static Instant? ReadUniversal(string text) =>
        WithOffset.Parse(text) is { Success: true } parsed ? parsed.Value.ToInstant() : null;

    /// <summary>A start with <c>Z</c>, or one on the clock of a zone. A time the clocks skip is the one an hour later.</summary>
    public static Instant? Read(string text, DateTimeZone zone)
    {
        if (ReadUniversal(text) is { } instant)
        {
            return instant;
        }

        ParseResult<LocalDateTime>? local = Local
            .Select(pattern => pattern.Parse(text))
            .FirstOrDefault(parsed => parsed.Success);
        return local?.Value.InZoneLeniently(zone).ToInstant();
    }
}
