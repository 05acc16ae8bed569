using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>
/// Tells Zoom's limits apart (zoom.md §6): so many calls a second and at once, shared by the account; so many a day; and a hundred creates
/// and updates a day for each host. One status stands for all; a header that is sometimes there and the words tell which.
/// </summary>
internal static class ZoomLimits
{
    // Zoom's own pages advise to come back after a second or two.
    private static readonly Duration Moment = Duration.FromSeconds(2);

    public static ProviderFailure Throttled(WireReply reply, string? text, Instant now)
    {
        var words = text ?? "";
        var told = RetryAfter.Read(reply.RetryAfter, now);
        if (!IsDaily(reply.RateLimitType, words))
        {
            return Failure(
                FailureCodes.Throttled,
                Has(words, "concurrent")
                    ? $"{ZoomDescriptor.Name} is asked for too many things at once."
                    : $"{ZoomDescriptor.Name} asks for fewer calls a second.",
                null
            ) with
            {
                RetryAfter = told ?? Moment,
            };
        }
        // A wait that is over already, or of seconds, is about something else: the day ends at midnight UTC.
        var midnight = UntilMidnight(now);
        var wait = told is { } given && given > Duration.FromMinutes(1) ? given : midnight;
        var isHost = Has(words, "particular user") || Has(words, "Create/Update");
        return Failure(
            FailureCodes.DailyQuota,
            isHost
                ? $"{ZoomDescriptor.Name} takes 100 new and changed meetings of a host a day; today's are used up."
                : $"The Zoom account has used up its calls for today, by all its apps together.",
            "It goes on by itself after 00:00 UTC. Deleting is not held back."
        ) with
        {
            RetryAfter = wait,
            DailyQuota = true,
        };
    }

    public static Duration UntilMidnight(Instant now) =>
        now.InUtc().Date.PlusDays(1).AtMidnight().InUtc().ToInstant() - now;

    private static bool IsDaily(string? type, string words) =>
        type?.Trim() is { Length: > 0 } told
            ? Has(told, "daily")
            : Has(words, "daily") || Has(words, "per day") || Has(words, "00:00:00");

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static ProviderFailure Failure(string code, string message, string? next) =>
        new()
        {
            Kind = FailureKind.Throttled,
            Code = code,
            Message = message,
            Next = next,
        };
}
