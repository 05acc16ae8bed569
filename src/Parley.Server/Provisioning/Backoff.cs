using NodaTime;

namespace Parley.Server.Provisioning;

/// <summary>How long to wait before the same thing again: 1 s doubling to a ceiling, with jitter so that many do not return at once.</summary>
public sealed class Backoff(Func<double> chance)
{
    public static readonly Duration Ceiling = Duration.FromMinutes(1);

    /// <param name="attempt">1 for the first failure.</param>
    public Duration After(int attempt) => After(attempt, Duration.FromSeconds(1), Ceiling);

    public Duration After(int attempt, Duration first, Duration ceiling)
    {
        var doubled = first.TotalSeconds * Math.Pow(2, Math.Clamp(attempt - 1, 0, 30));
        var bounded = Math.Min(doubled, ceiling.TotalSeconds);
        // Between 80 % and 120 %: enough to spread, little enough to stay predictable.
        return Duration.FromSeconds(bounded * (0.8 + (0.4 * chance())));
    }
}
