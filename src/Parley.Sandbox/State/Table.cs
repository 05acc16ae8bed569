using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Sandbox.State;

/// <summary>One change to one row: <see cref="Value"/> null = the row went away.</summary>
internal sealed record Change(ITable Table, string Key, object? Before, object? Value);

internal interface ITable
{
    string Name { get; }

    void Apply(string key, object? value);

    void Load(string key, JsonElement? value);

    void WriteValue(Utf8JsonWriter writer, object value);

    IEnumerable<KeyValuePair<string, object>> Rows { get; }
}

/// <summary>Rows of one kind by key. Only touched under the world's lock; the rows themselves are immutable.</summary>
internal sealed class Table<T>(string name, JsonTypeInfo<T> type, List<Change> changes) : ITable
    where T : class
{
    private readonly Dictionary<string, T> rows = new(StringComparer.Ordinal);
    private readonly List<TableIndex<T>> indexes = [];

    public string Name => name;

    public IEnumerable<T> All => rows.Values;

    public int Count => rows.Count;

    public T? Find(string key) => rows.GetValueOrDefault(key);

    public T Put(string key, T row)
    {
        changes.Add(new Change(this, key, rows.GetValueOrDefault(key), row));
        Set(key, row);
        return row;
    }

    /// <summary>Rows by something other than their key, kept up with every change. Made before the first row; null leaves a row out.</summary>
    public TableIndex<T> IndexBy(Func<T, string?> part)
    {
        TableIndex<T> index = new(part);
        indexes.Add(index);
        return index;
    }

    public bool Remove(string key)
    {
        if (!rows.TryGetValue(key, out T? before))
        {
            return false;
        }

        changes.Add(new Change(this, key, before, Value: null));
        Set(key, row: null);
        return true;
    }

    public void RemoveWhere(Predicate<T> match)
    {
        foreach (string key in rows.Where(row => match(row.Value)).Select(row => row.Key).ToList())
        {
            Remove(key);
        }
    }

    IEnumerable<KeyValuePair<string, object>> ITable.Rows =>
        rows.Select(row => new KeyValuePair<string, object>(row.Key, row.Value));

    void ITable.Apply(string key, object? value) => Set(key, (T?)value);

    void ITable.Load(string key, JsonElement? value) =>
        ((ITable)this).Apply(key, value is { } element ? element.Deserialize(type) : null);

    void ITable.WriteValue(Utf8JsonWriter writer, object value) => JsonSerializer.Serialize(writer, (T)value, type);

    private void Set(string key, T? row)
    {
        T? before = rows.GetValueOrDefault(key);
        foreach (TableIndex<T> index in indexes)
        {
            index.Follow(key, before, row);
        }

        if (row is null)
        {
            rows.Remove(key);
        }
        else
        {
            rows[key] = row;
        }
    }
}
