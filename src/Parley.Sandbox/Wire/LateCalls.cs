using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Wire;

/// <summary>
/// Work of calls that were answered with an error and take effect later, by the sandbox's clock: at the time itself, or as soon as
/// the clock is moved past it. Held in memory: a restart forgets them, as a crashed provider would.
/// </summary>
internal sealed class LateCalls(World world, TimeProvider timeProvider) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<Late> waiting = [];

    public void Add(Instant due, string operation, Func<Task> work)
    {
        Late late = new(due, operation, work);
        Duration left = due - world.Read(state => state.Now);
        lock (gate)
        {
            waiting.Add(late);
            // Under the lock: whoever takes the work must find the timer to stop it.
            late.Timer = timeProvider.CreateTimer(
                _ => _ = RunDueAsync(),
                state: null,
                left < Duration.Zero ? TimeSpan.Zero : left.ToTimeSpan(),
                // A timer may fire a hair early; look again until the work is taken.
                TimeSpan.FromSeconds(1)
            );
        }
    }

    public IReadOnlyList<(Instant Due, string Operation)> Waiting()
    {
        lock (gate)
        {
            return [.. waiting.Select(late => (late.Due, late.Operation))];
        }
    }

    /// <summary>Runs everything whose time has come, oldest first.</summary>
    public async Task RunDueAsync()
    {
        Instant now = world.Read(state => state.Now);
        List<Late> due;
        lock (gate)
        {
            due = [.. waiting.Where(late => late.Due <= now).OrderBy(late => late.Due)];
            waiting.RemoveAll(due.Contains);
        }

        foreach (Late late in due)
        {
            late.Timer?.Dispose();
            await late.Work();
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            waiting.ForEach(late => late.Timer?.Dispose());
            waiting.Clear();
        }
    }

    public void Dispose() => Clear();

    private sealed class Late(Instant due, string operation, Func<Task> work)
    {
        public Instant Due => due;
        public string Operation => operation;
        public Func<Task> Work => work;
        public ITimer? Timer { get; set; }
    }
}
