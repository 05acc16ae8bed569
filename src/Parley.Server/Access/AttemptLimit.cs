using System.Collections.Concurrent;
using NodaTime;
using Parley.Server.Hosting;

namespace Parley.Server.Access;

/// <summary>
/// Counts attempts per key in windows. In memory: it slows guessing down, and each process slows its own share; the lock on
/// an account is a row and holds everywhere.
/// </summary>
public sealed class AttemptLimit(IClock clock, ParleyOptions options)
{
    private const int SweepAbove = 20_000;
    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);

    /// <summary>How long to wait when <paramref name="most"/> attempts were counted in the current window; null: go on.</summary>
    public Duration? WaitFor(string key, int most)
    {
        var now = clock.GetCurrentInstant();
        return
            options.RateLimitsEnabled
            && _windows.TryGetValue(key, out var window)
            && window.Ends > now
            && window.Count >= most
            ? window.Ends - now
            : null;
    }

    public void Count(string key, Duration length)
    {
        var now = clock.GetCurrentInstant();
        _windows.AddOrUpdate(
            key,
            static (_, argument) => new Window(1, argument.now + argument.length),
            static (_, window, argument) =>
                window.Ends > argument.now
                    ? window with
                    {
                        Count = window.Count + 1,
                    }
                    : new Window(1, argument.now + argument.length),
            (now, length)
        );
        if (_windows.Count > SweepAbove)
        {
            foreach (var (old, window) in _windows)
            {
                if (window.Ends <= now)
                {
                    _windows.TryRemove(old, out _);
                }
            }
        }
    }

    public void Forget(string key) => _windows.TryRemove(key, out _);

    private sealed record Window(int Count, Instant Ends);
}
