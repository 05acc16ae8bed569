namespace Parley.Server.Storage;

/// <summary>One process per SQLite data directory. An operating-system lock: it vanishes with the process, however that ends.</summary>
internal sealed class InstanceLock : IDisposable
{
    private readonly FileStream _file;

    private InstanceLock(FileStream file) => _file = file;

    /// <exception cref="StartupException">Another process holds the directory.</exception>
    public static InstanceLock Take(string directory)
    {
        var path = Path.Combine(directory, "parley.lock");
        try
        {
            return new InstanceLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException exception)
        {
            throw new StartupException(
                $"Another Parley process uses {directory}. Stop it first, or choose another DataDirectory; several processes need PostgreSQL.",
                exception
            );
        }
    }

    public void Dispose() => _file.Dispose();
}
