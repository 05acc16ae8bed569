using NodaTime;

namespace Parley.Server.Tests.Hosting;

/// <summary>A clock that stands still until a test moves it. Starts on a Tuesday morning, microseconds only.</summary>
public sealed class FakeClock : IClock
{
    public static readonly Instant Start = Instant.FromUtc(2026, 12, 1, 8, 0);
    private readonly Lock _gate = new();
    private Instant _now = Start;

    public event Action? Moved;

    public Instant GetCurrentInstant()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public void Advance(Duration by)
    {
        lock (_gate)
        {
            _now += by;
        }

        Moved?.Invoke();
    }

    public void Set(Instant now)
    {
        lock (_gate)
        {
            _now = now;
        }

        Moved?.Invoke();
    }
}
