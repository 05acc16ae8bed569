using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.GoTo.Meetings;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Wire;

/// <summary>
/// The provider's own limit (reference §4): so many calls a second of the one client, counted for the meeting and the admin API apart.
/// Nobody has written down what the 429 looks like.
/// </summary>
internal sealed class RateGate(World world)
{
    private static readonly Duration Second = Duration.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Queue<Instant>> recent = new(StringComparer.Ordinal);

    /// <summary>The refusal of a call that is one too many; null lets it through and counts it.</summary>
    public IResult? Refuse(HttpContext context)
    {
        string[] parts = (context.Request.Path.Value ?? "").Split('/', 4);
        if (parts is not [_, _, "G2M" or "admin", ..])
        {
            return null;
        }

        (MeetingSwitches switches, Instant now) = world.Read(state => (state.Settings.Meetings, state.Now));
        if (switches.RateLimitPerSecond is not { } most || Counted(parts[2], now, most))
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

    private bool Counted(string api, Instant now, int most)
    {
        lock (gate)
        {
            if (!recent.TryGetValue(api, out Queue<Instant>? calls))
            {
                recent[api] = calls = new Queue<Instant>();
            }

            // A clock that was set back leaves calls of the future behind; they count for nothing.
            while (calls.TryPeek(out Instant oldest) && (oldest <= now - Second || oldest > now))
            {
                calls.Dequeue();
            }

            if (calls.Count >= most)
            {
                return false;
            }

            calls.Enqueue(now);
            return true;
        }
    }
}
