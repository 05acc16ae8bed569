using System.Diagnostics;

namespace Parley.Benchmarks.Load;

/// <summary>Times of one operation, sorted.</summary>
internal sealed class Figures(List<double> milliseconds)
{
    private readonly List<double> _sorted = [.. milliseconds.Order()];

    public double P50 => At(0.50);
    public double P99 => At(0.99);

    public override string ToString() => $"p50 {P50, 7:0.000} ms   p99 {P99, 7:0.000} ms   n {_sorted.Count}";

    /// <summary>One after the other, after a warm-up that is not counted.</summary>
    public static async Task<Figures> MeasureAsync(int warmUp, int runs, Func<Task> operation)
    {
        for (var run = 0; run < warmUp; run++)
        {
            await operation();
        }

        var times = new List<double>(runs);
        for (var run = 0; run < runs; run++)
        {
            var start = Stopwatch.GetTimestamp();
            await operation();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return new Figures(times);
    }

    private double At(double share) => _sorted[(int)Math.Min(_sorted.Count - 1, share * _sorted.Count)];
}
