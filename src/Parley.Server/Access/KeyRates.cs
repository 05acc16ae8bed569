using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>How an API key stands after a call.</summary>
/// <param name="Quota">Calls a full bucket holds, and what comes back in a minute.</param>
/// <param name="Remaining">Calls that could be made at once.</param>
/// <param name="FullIn">Until the bucket is full again.</param>
/// <param name="Wait">The call is one too many: how long until the next may be made.</param>
public sealed record KeyStanding(int Quota, long Remaining, Duration FullIn, Duration? Wait)
{
    /// <summary>Tells clients (draft-ietf-httpapi-ratelimit-headers): the policy, and how they stand.</summary>
    public void Tell(HttpContext context)
    {
        context.Response.Headers["RateLimit-Policy"] = FormattableString.Invariant($"\"key\";q={Quota};w=60");
        context.Response.Headers["RateLimit"] = FormattableString.Invariant(
            $"\"key\";r={Remaining};t={Math.Ceiling(FullIn.TotalSeconds)}"
        );
    }

    public Problem ToProblem() =>
        new(ProblemCodes.RateLimited, $"This key made more than {Quota} calls a minute.")
        {
            Next = "Wait as long as Retry-After says; the header RateLimit tells on every reply what is left.",
            RetryAfterSeconds = (int)Math.Max(1, Math.Ceiling(Wait!.Value.TotalSeconds)),
        };
}

/// <summary>
/// Keeps each API key to its rate: a bucket of a minute's calls that refills evenly, whatever the call comes to. In memory where this
/// is the only process; where several share a database, a node takes a second's worth of calls at a time out of a row they share
/// (table <c>token_bucket</c>), so that all nodes together keep the rate and few calls cost a write.
/// </summary>
public sealed class KeyRates(Db db, IClock clock, ParleyOptions options)
{
    private const int One = 1000;
    private const long Minute = 60_000_000;
    private const int SweepAbove = 10_000;
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    private int Quota => options.CallsPerKeyPerMinute;

    /// <summary>Counts a call. Null: no rate is set.</summary>
    public async Task<KeyStanding?> CountAsync(string workspaceId, string keyId, CancellationToken cancellationToken)
    {
        if (Quota == 0)
        {
            return null;
        }

        var bucket = _buckets.GetOrAdd(keyId, _ => new Bucket(db.Dialect.IsShared ? 0 : Quota * (double)One, Now()));
        Sweep();
        return db.Dialect.IsShared
            ? await TakeSharedAsync(bucket, workspaceId, keyId, cancellationToken)
            : TakeOwn(bucket);
    }

    private KeyStanding TakeOwn(Bucket bucket)
    {
        lock (bucket)
        {
            bucket.RefillTo(Quota * (double)One, Now());
            return bucket.TryTake(One) ? Granted(bucket.Tokens) : Refused(One - bucket.Tokens);
        }
    }

    // What a node took and did not use is lost when it ends: at most a second's worth.
    private async Task<KeyStanding> TakeSharedAsync(
        Bucket bucket,
        string workspaceId,
        string keyId,
        CancellationToken cancellationToken
    )
    {
        if (TryTakeHeld(bucket) is { } held)
        {
            return held;
        }

        // One asks for all who wait: what comes is enough for several.
        await bucket.Gate.WaitAsync(cancellationToken);
        try
        {
            if (TryTakeHeld(bucket) is { } brought)
            {
                return brought;
            }

            var lump = Math.Max(1, Quota / 60) * (long)One;
            var left = await SharedBuckets.TakeAsync(
                db,
                workspaceId,
                "key " + keyId,
                new BucketMeasures(Quota * (long)One, Quota * (long)One, Minute, 0),
                lump,
                cancellationToken
            );
            if (left is null)
            {
                return Refused(lump);
            }

            lock (bucket)
            {
                bucket.Add(lump - One, left.Value);
                return Granted(bucket.Tokens + bucket.Elsewhere);
            }
        }
        finally
        {
            bucket.Gate.Release();
        }
    }

    private KeyStanding? TryTakeHeld(Bucket bucket)
    {
        lock (bucket)
        {
            return bucket.TryTake(One) ? Granted(bucket.Tokens + bucket.Elsewhere) : null;
        }
    }

    private KeyStanding Granted(double tokens) =>
        new(Quota, (long)(tokens / One), Until(Quota * (double)One - tokens), null);

    private KeyStanding Refused(double missing) => new(Quota, 0, Until(Quota * (double)One), Until(missing));

    private Duration Until(double missing) => Duration.FromSeconds(Math.Max(0, missing) / One * 60 / Quota);

    private Instant Now() => clock.GetCurrentInstant();

    // A bucket that nobody touched for a minute is full, as good as none.
    private void Sweep()
    {
        if (_buckets.Count <= SweepAbove)
        {
            return;
        }

        var minuteAgo = Now() - Duration.FromMinutes(1);
        foreach (var (key, _) in _buckets.Where(entry => entry.Value.At < minuteAgo).ToList())
        {
            _buckets.TryRemove(key, out _);
        }
    }

    /// <param name="tokens">Thousandths of a call.</param>
    private sealed class Bucket(double tokens, Instant at)
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);
        public double Tokens { get; private set; } = tokens;

        /// <summary>What the shared row held when it was last asked.</summary>
        public double Elsewhere { get; private set; }
        public Instant At { get; private set; } = at;

        // A clock that is put back refills nothing.
        public void RefillTo(double full, Instant now)
        {
            Tokens = Math.Min(full, Tokens + Math.Max(0, (now - At).TotalSeconds) * full / 60);
            At = now;
        }

        public bool TryTake(double what)
        {
            if (Tokens < what)
            {
                return false;
            }

            Tokens -= what;
            return true;
        }

        public void Add(double what, double elsewhere) => (Tokens, Elsewhere) = (Tokens + what, elsewhere);
    }
}
