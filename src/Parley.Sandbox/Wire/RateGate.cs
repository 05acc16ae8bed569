using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.GoTo.Meetings;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Wire;

/// <summary>
/// The provider's own limit (reference §4): so many calls a second of the one client, for the meeting and the admin API apart. A token
/// bucket: a burst of a second's worth at most, then one call for each share of a second. Nobody has written down what the 429 looks like.
/// </summary>
internal sealed class RateGate(World world)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Bucket> buckets = new(StringComparer.Ordinal);

    /// <summary>The refusal of a call that is one too many; null lets it through and counts it.</summary>
    public IResult? Refuse(HttpContext context)
    {
        string[] parts = (context.Request.Path.Value ?? "").Split('/', 4);
        if (parts is not [_, _, "G2M" or "admin", ..])
        {
            return null;
        }

        (MeetingSwitches switches, Instant now) = world.Read(state => (state.Settings.Meetings, state.Now));
        if (switches.RateLimit(world.UsualRate) is not { } most || Taken(parts[2], now, most))
        {
            return null;
        }

        if (switches.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = $"{seconds}";
        }

        return new MeetingErrors(switches).Of(
            StatusCodes.Status429TooManyRequests,
            "TooManyRequests",
            $"More than {most} calls a second"
        );
    }

    private bool Taken(string api, Instant now, int most)
    {
        lock (gate)
        {
            Bucket bucket = buckets.GetValueOrDefault(api, new Bucket(most, now));
            // A clock that was set back refills nothing.
            double refill = Math.Max(0, (now - bucket.RefilledAt).TotalSeconds) * most;
            double left = Math.Min(most, bucket.Tokens + refill);
            bool taken = left >= 1;
            buckets[api] = new Bucket(taken ? left - 1 : left, now);
            return taken;
        }
    }

    private readonly record struct Bucket(double Tokens, Instant RefilledAt);
}
