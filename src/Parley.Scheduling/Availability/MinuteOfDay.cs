using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Parley.Scheduling.Availability;

/// <summary>
/// A wall-clock time of day in whole minutes, 0 to 1440. 1440 is written <c>24:00</c> and means the next day's 00:00,
/// which a plain local time cannot say.
/// </summary>
public readonly record struct MinuteOfDay : IComparable<MinuteOfDay>
{
    public const int MinutesPerDay = 24 * 60;

    public MinuteOfDay(int minutes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minutes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minutes, MinutesPerDay);
        Minutes = minutes;
    }

    /// <summary>Minutes since the day's 00:00 on the wall clock.</summary>
    public int Minutes { get; }

    /// <summary>Reads <c>HH:mm</c>, two digits each, from <c>00:00</c> to <c>24:00</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MinuteOfDay time)
    {
        time = default;
        if (text is not { Length: 5 } || text[2] != ':' || !Digits(text.AsSpan(0, 2)) || !Digits(text.AsSpan(3, 2)))
        {
            return false;
        }

        var hour = ((text[0] - '0') * 10) + text[1] - '0';
        var minute = ((text[3] - '0') * 10) + text[4] - '0';
        if (minute > 59 || (hour * 60) + minute > MinutesPerDay)
        {
            return false;
        }

        time = new MinuteOfDay((hour * 60) + minute);
        return true;
    }

    public int CompareTo(MinuteOfDay other) => Minutes.CompareTo(other.Minutes);

    public static bool operator <(MinuteOfDay left, MinuteOfDay right) => left.Minutes < right.Minutes;

    public static bool operator >(MinuteOfDay left, MinuteOfDay right) => left.Minutes > right.Minutes;

    public static bool operator <=(MinuteOfDay left, MinuteOfDay right) => left.Minutes <= right.Minutes;

    public static bool operator >=(MinuteOfDay left, MinuteOfDay right) => left.Minutes >= right.Minutes;

    /// <summary><c>HH:mm</c>; the end of the day is <c>24:00</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Minutes / 60:00}:{Minutes % 60:00}");

    private static bool Digits(ReadOnlySpan<char> text) => char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[1]);
}
