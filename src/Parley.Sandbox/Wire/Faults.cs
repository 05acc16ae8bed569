using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Wire;

/// <summary>The ways a call can be spoiled.</summary>
internal static class FaultKinds
{
    /// <summary>The connection is cut before anything is read or done.</summary>
    public const string Refuse = "refuse";

    /// <summary>Waits, then does the work and answers, also when the client has left by then.</summary>
    public const string DelayBefore = "delayBefore";

    /// <summary>Answers an error; nothing is done.</summary>
    public const string FailBefore = "failBefore";

    /// <summary>Does the work, answers an error.</summary>
    public const string ApplyThenFail = "applyThenFail";

    /// <summary>Does the work, cuts the connection.</summary>
    public const string ApplyThenDrop = "applyThenDrop";

    /// <summary>Does the work at once, answers after a wait.</summary>
    public const string ApplyThenDelay = "applyThenDelay";

    /// <summary>Answers an error now and does the work later on the sandbox's clock.</summary>
    public const string ApplyLate = "applyLate";

    /// <summary>Does the work, sends half of the answer, cuts the connection.</summary>
    public const string Truncate = "truncate";

    /// <summary>Does the work, answers a web page.</summary>
    public const string Html = "html";

    /// <summary>429; either for a number of calls, or whenever more than so many come in a second or a UTC day.</summary>
    public const string RateLimit = "rateLimit";

    /// <summary>Lists show the state of a while ago: new meetings are missing, removed ones are still there.</summary>
    public const string ListLag = "listLag";

    /// <summary>A refresh rotates the refresh token whatever the policy says, keeps the new one, and the answer with it is lost.</summary>
    public const string RotateAndDrop = "rotateAndDrop";

    public static readonly IReadOnlyList<string> Built =
    [
        Refuse,
        DelayBefore,
        FailBefore,
        ApplyThenFail,
        ApplyThenDrop,
        ApplyThenDelay,
        ApplyLate,
        Truncate,
        Html,
        RateLimit,
        ListLag,
        RotateAndDrop,
    ];

    /// <summary>A webhook is sent twice.</summary>
    public const string DuplicateWebhook = "duplicateWebhook";

    /// <summary>A webhook is never sent.</summary>
    public const string LoseWebhook = "loseWebhook";

    /// <summary>Of the operation <c>webhook</c> alone, which has no others; GoTo Meeting sends none.</summary>
    public static readonly IReadOnlyList<string> Webhooks = [DuplicateWebhook, LoseWebhook];
}

/// <summary>Picks the fault that strikes a call and counts it down.</summary>
internal sealed class FaultDraw(World world)
{
    private readonly Dictionary<string, Queue<Instant>> recent = new(StringComparer.Ordinal);

    public Fault? Next(string provider, string operation, string text) =>
        world.Change(state =>
        {
            foreach (Fault fault in state.Faults.All.OrderBy(fault => fault.Id, StringComparer.Ordinal).ToList())
            {
                bool matches =
                    fault.Provider == provider
                    && (
                        fault.Operation == operation
                        || (
                            fault.Operation == Operations.Any
                            && operation
                                is not (Operations.Page or Operations.Other or Zoom.Webhooks.ZoomHookQueue.Operation)
                        )
                    )
                    && (fault.Match is null || text.Contains(fault.Match, StringComparison.OrdinalIgnoreCase));
                if (matches && Strikes(state, fault))
                {
                    return fault;
                }
            }

            return null;
        });

    private bool Strikes(World state, Fault fault)
    {
        bool struck = Drawn(fault) && Exceeded(state.Now, fault);
        Fault after = fault with
        {
            Seen = fault.Seen + 1,
            Struck = fault.Struck + (struck ? 1 : 0),
            Left = struck ? fault.Left - 1 : fault.Left,
        };
        state.Faults.Put(fault.Id, after);
        return struck;
    }

    /// <summary>The same seed strikes the same calls, whatever else happens.</summary>
    private static bool Drawn(Fault fault)
    {
        if (fault.Left is 0)
        {
            return false;
        }

        if (fault.Probability >= 1)
        {
            return true;
        }

        ulong mixed = (ulong)(uint)(fault.Seed ?? 0) * 0x9E3779B97F4A7C15UL + (ulong)fault.Seen * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1UL << 53)) < fault.Probability;
    }

    private bool Exceeded(Instant now, Fault fault)
    {
        if (fault.Kind != FaultKinds.RateLimit || (fault.PerSecond ?? fault.PerDay) is not { } limit)
        {
            return true;
        }

        if (!recent.TryGetValue(fault.Mark, out Queue<Instant>? calls))
        {
            recent[fault.Mark] = calls = new Queue<Instant>();
        }

        Instant windowStart = fault.PerSecond is not null
            ? now - Duration.FromSeconds(1)
            : now.InUtc().Date.AtMidnight().InUtc().ToInstant();
        while (calls.TryPeek(out Instant oldest) && oldest < windowStart)
        {
            calls.Dequeue();
        }

        if (calls.Count >= limit)
        {
            return true;
        }

        calls.Enqueue(now);
        return false;
    }
}
