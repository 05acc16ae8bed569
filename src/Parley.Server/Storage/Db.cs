namespace Parley.Server.Storage;

/// <summary>
/// The one seam to the database. Work handed to <see cref="WriteAsync{T}"/> is a transaction: it commits whole or leaves
/// nothing, may be run again from its start after a deadlock, and must touch nothing but its session. No HTTP inside.
/// </summary>
public abstract class Db : IAsyncDisposable
{
    public abstract Dialect Dialect { get; }

    /// <summary>Creates what is missing and brings the schema to this program's version. Called once at start.</summary>
    public abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Opens for <see cref="ReadAsync{T}"/> alone, beside a server that has the database open: nothing is locked, and with SQLite
    /// nothing is created or migrated. Called instead of <see cref="OpenAsync"/>.
    /// </summary>
    public abstract Task OpenForReadingAsync(CancellationToken cancellationToken);

    /// <summary>Reads; sees only committed rows.</summary>
    public abstract Task<T> ReadAsync<T>(Func<DbSession, Task<T>> read, CancellationToken cancellationToken = default);

    /// <summary>Writes in one transaction; when the task completes the change is durable.</summary>
    public abstract Task<T> WriteAsync<T>(
        Func<DbSession, Task<T>> write,
        CancellationToken cancellationToken = default
    );

    public Task WriteAsync(Func<DbSession, Task> write, CancellationToken cancellationToken = default) =>
        WriteAsync(
            async session =>
            {
                await write(session);
                return true;
            },
            cancellationToken
        );

    /// <summary>Null when the database answers, else why not, in words fit for an operator.</summary>
    public abstract Task<string?> ProbeAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
