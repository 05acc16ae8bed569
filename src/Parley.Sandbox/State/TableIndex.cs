namespace Parley.Sandbox.State;

/// <summary>Finds the rows of a table by a part of them, so that 5 000 sessions are not walked for each call.</summary>
internal sealed class TableIndex<T>(Func<T, string?> part)
    where T : class
{
    private readonly Dictionary<string, Dictionary<string, T>> groups = new(StringComparer.Ordinal);

    public IReadOnlyCollection<T> Of(string value) =>
        groups.TryGetValue(value, out Dictionary<string, T>? group) ? group.Values : [];

    public void Follow(string key, T? before, T? after)
    {
        if (before is not null && part(before) is { } left && groups.TryGetValue(left, out Dictionary<string, T>? old))
        {
            old.Remove(key);
            if (old.Count == 0)
            {
                groups.Remove(left);
            }
        }

        if (after is null || part(after) is not { } joined)
        {
            return;
        }

        if (!groups.TryGetValue(joined, out Dictionary<string, T>? group))
        {
            groups[joined] = group = new Dictionary<string, T>(StringComparer.Ordinal);
        }

        group[key] = after;
    }
}
