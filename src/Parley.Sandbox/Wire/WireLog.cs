using NodaTime;

namespace Parley.Sandbox.Wire;

/// <summary>One call at a provider's API, with secrets taken out.</summary>
public sealed record WireEntry
{
    public required long Id { get; init; }
    public required Instant At { get; init; }
    public required string Provider { get; init; }
    public required string Operation { get; init; }
    public required string Method { get; init; }
    public required string Path { get; init; }

    /// <summary>Status sent, or 0 when the connection was cut instead.</summary>
    public required int Status { get; init; }
    public required string? Fault { get; init; }
    public required string RequestBody { get; init; }
    public required string ResponseBody { get; init; }
    public required double DurationMs { get; init; }
}

/// <summary>The last calls, in memory, and how often each operation was called since the last reset.</summary>
internal sealed class WireLog
{
    private const int Kept = 5000;

    private readonly Lock gate = new();
    private readonly Queue<WireEntry> entries = new();
    private readonly Dictionary<(string Provider, string Operation), long> counts = [];
    private long last;

    public void Add(WireEntry entry)
    {
        lock (gate)
        {
            entries.Enqueue(entry with { Id = ++last });
            if (entries.Count > Kept)
            {
                entries.Dequeue();
            }

            (string, string) called = (entry.Provider, entry.Operation);
            counts[called] = counts.GetValueOrDefault(called) + 1;
        }
    }

    public IReadOnlyList<WireEntry> Entries(string? operation = null, long after = 0, string? provider = null)
    {
        lock (gate)
        {
            return
            [
                .. entries.Where(entry =>
                    entry.Id > after
                    && (operation is null || entry.Operation == operation)
                    && (provider is null || entry.Provider == provider)
                ),
            ];
        }
    }

    /// <summary>Calls by operation, of one provider or of all.</summary>
    public IReadOnlyDictionary<string, long> Counts(string? provider = null)
    {
        lock (gate)
        {
            return new SortedDictionary<string, long>(
                counts
                    .Where(count => provider is null || count.Key.Provider == provider)
                    .GroupBy(count => count.Key.Operation, StringComparer.Ordinal)
                    .ToDictionary(same => same.Key, same => same.Sum(count => count.Value), StringComparer.Ordinal),
                StringComparer.Ordinal
            );
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            entries.Clear();
            counts.Clear();
        }
    }
}
