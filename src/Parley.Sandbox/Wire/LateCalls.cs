using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Wire;

/// <summary>
/// Calls that were answered with an error and take effect later, by the sandbox's clock: at the time itself, or as soon as the clock is
/// moved past it. They are part of the world, so they outlive a restart; each is taken before it is run, so it runs once at most.
/// </summary>
internal sealed class LateCalls(World world, TimeProvider timeProvider) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ITimer> timers = new(StringComparer.Ordinal);
    private Func<LateCall, Task>? apply;

    /// <summary>From here on calls can be applied; those of an earlier run get their timers.</summary>
    public void Start(Func<LateCall, Task> how)
    {
        apply = how;
        foreach (LateCall late in world.Read(state => state.LateCalls.All.ToList()))
        {
            Watch(late);
        }
    }

    public void Add(LateCall late)
    {
        world.Change(state => state.LateCalls.Put(late.Id, late));
        Watch(late);
    }

    public IReadOnlyList<(Instant Due, string Operation)> Waiting() =>
        world.Read(state =>
            state.LateCalls.All.OrderBy(late => late.DueAt).Select(late => (late.DueAt, late.Operation)).ToList()
        );

    /// <summary>Runs everything whose time has come, oldest first.</summary>
    public async Task RunDueAsync()
    {
        List<LateCall> due = world.Change(state =>
        {
            List<LateCall> ready =
            [
                .. state.LateCalls.All.Where(late => late.DueAt <= state.Now).OrderBy(late => late.DueAt),
            ];
            ready.ForEach(late => state.LateCalls.Remove(late.Id));
            return ready;
        });
        foreach (LateCall late in due)
        {
            Forget(late.Id);
            await (apply ?? throw new InvalidOperationException("Late calls have not been started.")).Invoke(late);
        }
    }

    public void Clear()
    {
        world.Change(state => state.LateCalls.RemoveWhere(_ => true));
        Dispose();
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (ITimer timer in timers.Values)
            {
                timer.Dispose();
            }

            timers.Clear();
        }
    }

    private void Watch(LateCall late)
    {
        Duration left = late.DueAt - world.Read(state => state.Now);
        lock (gate)
        {
            // Under the lock: whoever takes the call must find the timer to stop it.
            timers[late.Id] = timeProvider.CreateTimer(
                _ => _ = LookAsync(late.Id),
                state: null,
                left < Duration.Zero ? TimeSpan.Zero : left.ToTimeSpan(),
                // A timer may fire a hair early; look again until the call is taken.
                TimeSpan.FromSeconds(1)
            );
        }
    }

    private async Task LookAsync(string id)
    {
        await RunDueAsync();
        if (world.Read(state => state.LateCalls.Find(id) is null))
        {
            Forget(id);
        }
    }

    private void Forget(string id)
    {
        lock (gate)
        {
            if (timers.Remove(id, out ITimer? timer))
            {
                timer.Dispose();
            }
        }
    }
}
