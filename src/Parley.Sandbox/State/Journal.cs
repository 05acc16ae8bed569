using System.Text.Json;

namespace Parley.Sandbox.State;

/// <summary>
/// Append-only file, one line per transaction: <c>[{"t":table,"k":key,"v":row},…]</c>, <c>v</c> absent = removed. A transaction is
/// handed to the operating system before it is acknowledged, which survives the death of the process (not of the machine's power).
/// A last line torn by a kill was never acknowledged and is dropped. Rewritten whole, then renamed, at the start and when mostly stale.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const int StaleFactor = 4;
    private const long SmallFile = 8 * 1024 * 1024;

    private readonly IReadOnlyDictionary<string, ITable> tables;
    private readonly string path;
    private readonly FileStream instanceLock;
    private FileStream file;
    private long liveBytes;

    private Journal(string directory, IReadOnlyDictionary<string, ITable> tables)
    {
        this.tables = tables;
        path = Path.Combine(directory, "sandbox.journal");
        Directory.CreateDirectory(directory);
        instanceLock = new FileStream(
            Path.Combine(directory, "sandbox.lock"),
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.None
        );
        try
        {
            Replay();
            file = Rewrite();
        }
        catch
        {
            instanceLock.Dispose();
            throw;
        }
    }

    /// <summary>Opens the journal of a folder and fills the tables. IOException: another sandbox has the folder open.</summary>
    public static Journal Open(string directory, IReadOnlyDictionary<string, ITable> tables) => new(directory, tables);

    public void Append(IReadOnlyList<Change> changes)
    {
        long before = file.Length;
        try
        {
            WriteLine(file, changes.Select(change => (change.Table, change.Key, change.Value)));
            file.Flush(flushToDisk: false);
        }
        catch
        {
            // Half a line would swallow the next transaction.
            file.SetLength(before);
            throw;
        }

        if (file.Length > SmallFile && file.Length > StaleFactor * liveBytes)
        {
            file.Dispose();
            file = Rewrite();
        }
    }

    public void Dispose()
    {
        file.Dispose();
        instanceLock.Dispose();
    }

    private void Replay()
    {
        if (!File.Exists(path))
        {
            return;
        }

        bool torn = false;
        foreach (string line in File.ReadLines(path))
        {
            if (torn)
            {
                throw new InvalidDataException($"{path} is damaged before its end; move it away to start afresh.");
            }

            using JsonDocument? document = TryParse(line);
            if (document is null)
            {
                torn = true;
                continue;
            }

            foreach (JsonElement change in document.RootElement.EnumerateArray())
            {
                // A table of a later version is none of ours to judge.
                if (tables.TryGetValue(change.GetProperty("t").GetString() ?? "", out ITable? table))
                {
                    table.Load(
                        change.GetProperty("k").GetString() ?? "",
                        change.TryGetProperty("v", out JsonElement value) ? value : null
                    );
                }
            }
        }
    }

    private static JsonDocument? TryParse(string line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private FileStream Rewrite()
    {
        string temporary = path + ".new";
        // The client's secret and everybody's mail are in it: no one else may read it, not even while it is written.
        File.Delete(temporary);
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (FileStream fresh = new(temporary, options))
        {
            foreach (ITable table in tables.Values)
            {
                foreach (KeyValuePair<string, object> row in table.Rows)
                {
                    WriteLine(fresh, [(table, row.Key, row.Value)]);
                }
            }

            fresh.Flush(flushToDisk: true);
            liveBytes = fresh.Length;
        }

        File.Move(temporary, path, overwrite: true);
        FileStream reopened = new(path, FileMode.Open, FileAccess.Write, FileShare.Read);
        reopened.Seek(0, SeekOrigin.End);
        return reopened;
    }

    private static void WriteLine(FileStream target, IEnumerable<(ITable Table, string Key, object? Value)> changes)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter writer = new(line))
        {
            writer.WriteStartArray();
            foreach ((ITable table, string key, object? value) in changes)
            {
                writer.WriteStartObject();
                writer.WriteString("t", table.Name);
                writer.WriteString("k", key);
                if (value is not null)
                {
                    writer.WritePropertyName("v");
                    table.WriteValue(writer, value);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        line.WriteByte((byte)'\n');
        line.WriteTo(target);
    }
}
