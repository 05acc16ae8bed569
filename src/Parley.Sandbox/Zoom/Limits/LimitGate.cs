using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.Meetings;

namespace Parley.Sandbox.Zoom.Limits;

/// <summary>
/// Holds an account to the limits of its plan: a token bucket for each class, which the sandbox's clock refills, and the counts of the UTC
/// day. Buckets are in memory and full after a restart; the counts of the day are not.
/// </summary>
internal sealed class LimitGate : IZoomGate
{
    private readonly Dictionary<(string Account, ZoomLabel Label), Bucket> buckets = [];
    private readonly ConcurrentCalls underWay = new();

    /// <summary>Only called under the world's lock.</summary>
    public IResult? Refuse(ZoomRequest request)
    {
        ZoomMeetingSwitches switches = request.State.ZoomMeetings.Switches;
        HttpResponse response = request.Context.Response;
        ZoomLabel label = request.Operation.Label;
        LimitRefusals.Category(response, switches, label);
        if (!switches.LimitsEnforced)
        {
            return null;
        }

        string account = request.Caller.Account.Id;
        ClassLimit limit = PlanLimits.Of(request.Caller.Account.Plan, label);
        // A call applied late has nobody waiting for it.
        bool waitedFor = WireCall.Of(request.Context).TokenId is null;
        if (waitedFor && switches.ConcurrentCalls is { } most && !underWay.TryEnter(request.Context, account, most))
        {
            return LimitRefusals.Concurrent();
        }

        if (!Bucket((account, label)).TryTake(limit, request.State.Now))
        {
            return LimitRefusals.PerSecond(response, switches, limit.Calls);
        }

        return limit.PerDay is { } daily && !DayCounts.TryTake(request.State, $"{account} {limit.DayPool}", daily)
            ? LimitRefusals.PerDay(response, switches, daily, DayCounts.Reset(request.State))
            : null;
    }

    private Bucket Bucket((string, ZoomLabel) key)
    {
        if (!buckets.TryGetValue(key, out Bucket? bucket))
        {
            buckets[key] = bucket = new Bucket();
        }

        return bucket;
    }
}

/// <summary>Fills at the rate of its limit, holds at most one period's worth.</summary>
internal sealed class Bucket
{
    private double tokens = double.MaxValue;
    private Instant last = Instant.MinValue;

    public bool TryTake(ClassLimit limit, Instant now)
    {
        // A clock that was set back starts the bucket over.
        double elapsed = last == Instant.MinValue || now < last ? double.MaxValue : (now - last).TotalSeconds;
        tokens = Math.Min(limit.Calls, tokens + (elapsed * limit.Calls / limit.PeriodSeconds));
        last = now;
        if (tokens < 1)
        {
            return false;
        }

        tokens--;
        return true;
    }
}

/// <summary>Calls of an account that have come in and are not answered yet, waits of fault scripts included.</summary>
internal sealed class ConcurrentCalls
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> underWay = new(StringComparer.Ordinal);

    /// <summary>Counts the call until its answer is out; false when there are as many as may be.</summary>
    public bool TryEnter(HttpContext context, string account, int most)
    {
        lock (gate)
        {
            int now = underWay.GetValueOrDefault(account);
            if (now >= most)
            {
                return false;
            }

            underWay[account] = now + 1;
        }

        context.Response.OnCompleted(() =>
        {
            lock (gate)
            {
                underWay[account]--;
            }

            return Task.CompletedTask;
        });
        return true;
    }
}
