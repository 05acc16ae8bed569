using System.Globalization;
using NodaTime;

namespace Parley.Conferencing.Wire;

/// <summary>The <c>Retry-After</c> header, RFC 9110 §10.2.3: seconds or an HTTP date; Zoom writes an ISO 8601 date and time as well.</summary>
internal static class RetryAfter
{
    private static readonly Duration Longest = Duration.FromDays(2);

    /// <summary>How long to wait from <paramref name="now"/>; null when absent or unreadable; at most two days.</summary>
    public static Duration? Read(string? header, Instant now)
    {
        header = header?.Trim();
        if (string.IsNullOrEmpty(header))
            return null;
        if (double.TryParse(header, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
            return Duration.Min(Duration.FromSeconds(Math.Min(seconds, Longest.TotalSeconds)), Longest);
        if (Date(header) is not { } date)
            return null;
        var wait = date - now;
        return wait < Duration.Zero ? Duration.Zero : Duration.Min(wait, Longest);
    }

    private static Instant? Date(string header) =>
        DateTimeOffset.TryParseExact(
            header,
            "r",
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var date
        )
            ? Instant.FromDateTimeOffset(date)
        : TolerantInstantConverter.TryParse(header, out var instant) ? instant
        : null;
}
