using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.Zoom.Meetings;

namespace Parley.Sandbox.Zoom.Limits;

/// <summary>The kinds of 429, told apart by their texts, and the headers that may go with them (reference §6).</summary>
internal static class LimitRefusals
{
    /// <summary>Name of the header that was seen on successes too.</summary>
    private const string CategoryHeader = "X-RateLimit-Category";

    public static void Category(HttpResponse response, ZoomMeetingSwitches switches, ZoomLabel label)
    {
        if (switches.RateLimitHeaders != "none")
        {
            response.Headers[CategoryHeader] = PlanLimits.Category(label);
        }
    }

    public static IResult PerSecond(HttpResponse response, ZoomMeetingSwitches switches, int limit)
    {
        if (switches.RateLimitHeaders == "full")
        {
            response.Headers["X-RateLimit-Type"] = "QPS";
            response.Headers["X-RateLimit-Limit"] = $"{limit}";
            response.Headers["X-RateLimit-Remaining"] = "0";
        }

        return ZoomErrors.Of(
            StatusCodes.Status429TooManyRequests,
            switches.PerSecondCode,
            "You have reached the maximum per-second rate limit for this API. Try again later."
        );
    }

    /// <summary><c>Retry-After</c> is a date-time here, not seconds.</summary>
    public static IResult PerDay(HttpResponse response, ZoomMeetingSwitches switches, int limit, Instant reset)
    {
        if (switches.RateLimitHeaders != "none")
        {
            response.Headers.RetryAfter = MeetingTimes.Text(reset);
        }

        if (switches.RateLimitHeaders == "full")
        {
            response.Headers["X-RateLimit-Type"] = "Daily-limit";
            response.Headers["X-RateLimit-Limit"] = $"{limit}";
            response.Headers["X-RateLimit-Remaining"] = "0";
            response.Headers["X-RateLimit-Reset"] = MeetingTimes.Text(reset);
        }

        return ZoomErrors.Of(
            StatusCodes.Status429TooManyRequests,
            429,
            "You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."
        );
    }

    /// <summary>The limit of one host or meeting, whoever calls.</summary>
    public static IResult PerUser(
        HttpResponse response,
        ZoomMeetingSwitches switches,
        int limit,
        string what,
        Instant reset
    )
    {
        if (switches.RateLimitHeaders == "full")
        {
            response.Headers.RetryAfter = MeetingTimes.Text(reset);
        }

        return ZoomErrors.Of(
            StatusCodes.Status429TooManyRequests,
            429,
            $"You have exceeded the daily rate limit ({limit}) of {what} API requests permitted for this particular user. You may resume these requests at GMT 00:00:00."
        );
    }

    public static IResult Concurrent() =>
        ZoomErrors.Of(StatusCodes.Status429TooManyRequests, 429, "Too many concurrent requests. Try again later.");
}
