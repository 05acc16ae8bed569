using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using NodaTime.Text;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>Dates as the meeting API takes and gives them (reference §2.3 and §2.5).</summary>
internal static partial class WireDates
{
    private static readonly InstantPattern Recorded = InstantPattern.CreateWithInvariantCulture(
        "uuuu-MM-dd'T'HH:mm:ss'.+0000'"
    );

    private static readonly InstantPattern Utc = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss'Z'");

    /// <summary><c>2015-02-17T00:10:33.+0000</c>: a dot without fraction, an offset without colon, as recorded.</summary>
    public static string Write(Instant instant) => Recorded.Format(instant);

    /// <summary><c>2015-02-17T00:10:33Z</c>.</summary>
    public static string WriteUtc(Instant instant) => Utc.Format(instant);

    /// <summary>
    /// Un-padded parts, fractions and a missing <c>Z</c> (then UTC) are taken, as live clients send them; an offset is honoured.
    /// </summary>
    public static Instant? Read(string? text)
    {
        Match match = Shape().Match(text ?? "");
        if (!match.Success)
        {
            return null;
        }

        int Part(string name) =>
            match.Groups[name].Success ? int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture) : 0;
        (int year, int month, int day) = (Part("year"), Part("month"), Part("day"));
        (int hour, int minute, int second) = (Part("hour"), Part("minute"), Part("second"));
        if (
            year is < 1900 or > 9000
            || month is < 1 or > 12
            || day < 1
            || day > CalendarSystem.Iso.GetDaysInMonth(year, month)
            || hour > 23
            || minute > 59
            || second > 59
            || Part("offsetHour") > 18
        )
        {
            return null;
        }

        Duration offset = Duration.FromMinutes((Part("offsetHour") * 60) + Part("offsetMinute"));
        Instant local = Instant.FromUtc(year, month, day, hour, minute, second);
        return match.Groups["sign"].Value == "-" ? local + offset : local - offset;
    }

    [GeneratedRegex(
        @"^\s*(?<year>[0-9]{4})-(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2})[T ](?<hour>[0-9]{1,2}):(?<minute>[0-9]{1,2})(?::(?<second>[0-9]{1,2})(?:\.[0-9]*)?)?"
            + @"(?:Z|(?<sign>[+-])(?<offsetHour>[0-9]{2}):?(?<offsetMinute>[0-9]{2}))?\s*$",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        1000
    )]
    private static partial Regex Shape();
}
