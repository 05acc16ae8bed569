using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Parley.Server.Storage;

/// <summary>
/// The embedded engine: one writer that commits waiting transactions in groups (one fsync for all of them), many readers,
/// WAL with synchronous=FULL. A transaction that fails inside a group is rolled back alone, by savepoint.
/// </summary>
public sealed class SqliteDb : Db
{
    private const int LargestGroup = 128;
    private readonly string _directory;
    private readonly string _connectionString;
    private readonly ConcurrentBag<CompiledStatements> _readers = [];
    private readonly Channel<PendingWrite> _queue = Channel.CreateUnbounded<PendingWrite>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private InstanceLock? _lock;
    private CompiledStatements? _writer;
    private Task _writing = Task.CompletedTask;

    /// <param name="directory">Holds <c>parley.db</c>; made with mode 0700 when absent.</param>
    public SqliteDb(string directory)
    {
        _directory = directory;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(directory, "parley.db"),
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString();
    }

    public override Dialect Dialect => Dialect.Sqlite;

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        SqliteNative.Bind();
        ValueHandlers.Register();
        if (!Directory.Exists(_directory))
        {
            Directory.CreateDirectory(
                _directory,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        }

        _lock = InstanceLock.Take(_directory);
        _writer = Connect(readOnly: false);
        await SqliteMigrations.ApplyAsync(_writer.Inner, Dialect, _directory, cancellationToken);
        _writing = Task.Run(WriteLoopAsync, CancellationToken.None);
    }

    // WAL lets readers of other processes in; the instance lock keeps out a second writer, which this is not.
    public override async Task OpenForReadingAsync(CancellationToken cancellationToken)
    {
        SqliteNative.Bind();
        ValueHandlers.Register();
        if (!File.Exists(Path.Combine(_directory, "parley.db")))
        {
            throw new StartupException(
                $"There is no database in {_directory}. Set DataDirectory to the server's, or start the server first."
            );
        }

        try
        {
            var reader = Connect(readOnly: true);
            _readers.Add(reader);
            await SqliteMigrations.RequireAllAsync(reader.Inner, Dialect);
        }
        catch (SqliteException exception)
        {
            throw new StartupException(
                $"The database in {_directory} cannot be read: {exception.Message}. Run this as the user the server runs as.",
                exception
            );
        }
    }

    public override async Task<T> ReadAsync<T>(
        Func<DbSession, Task<T>> read,
        CancellationToken cancellationToken = default
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        var connection = _readers.TryTake(out var idle) ? idle : Connect(readOnly: true);
        try
        {
            return await read(new DbSession(connection, null, Dialect));
        }
        finally
        {
            _readers.Add(connection);
        }
    }

    public override async Task<T> WriteAsync<T>(
        Func<DbSession, Task<T>> write,
        CancellationToken cancellationToken = default
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_writer is null)
        {
            throw new InvalidOperationException("The database is not open for writing.");
        }

        var pending = new PendingWrite<T>(write);
        ObjectDisposedException.ThrowIf(!_queue.Writer.TryWrite(pending), this);
        return await pending.Completion;
    }

    public override Task<string?> ProbeAsync(CancellationToken cancellationToken) =>
        ReadAsync(
            async session =>
            {
                try
                {
                    await session.ScalarAsync<long>("SELECT COUNT(*) FROM workspace /* all workspaces: health */");
                    return null;
                }
                catch (SqliteException exception)
                {
                    return $"SQLite answered: {exception.Message}";
                }
            },
            cancellationToken
        );

    private CompiledStatements Connect(bool readOnly)
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var pragmas = connection.CreateCommand();
        pragmas.CommandText =
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;"
            // What is erased is overwritten, not only forgotten, as long as the page is written anyway.
            + " PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA secure_delete=FAST;"
            + (readOnly ? " PRAGMA query_only=ON;" : "");
        pragmas.ExecuteNonQuery();
        return new CompiledStatements(connection);
    }

    private async Task WriteLoopAsync()
    {
        var group = new List<PendingWrite>(LargestGroup);
        while (await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            while (group.Count < LargestGroup && _queue.Reader.TryRead(out var pending))
            {
                group.Add(pending);
            }

            await CommitGroupAsync(group);
        }
    }

    private async Task CommitGroupAsync(List<PendingWrite> group)
    {
        var writer = _writer ?? throw new InvalidOperationException("The database is not open.");
        try
        {
            await using var transaction = writer.Inner.BeginTransaction(deferred: false);
            foreach (var pending in group)
            {
                // Alone in its group it needs no savepoint: the whole transaction is its own.
                if (group.Count > 1)
                {
                    transaction.Save("w");
                }

                await pending.RunAsync(new DbSession(writer, transaction, Dialect, pending.Origin));
                if (group.Count > 1)
                {
                    if (pending.Failed)
                    {
                        transaction.Rollback("w");
                    }

                    transaction.Release("w");
                }
            }

            if (group is [{ Failed: true }])
            {
                await transaction.RollbackAsync();
            }
            else
            {
                await transaction.CommitAsync();
            }
        }
        catch (SqliteException exception)
        {
            // Disk full, I/O error: nothing of the group is durable, and everyone who waits must hear it.
            group.ForEach(pending => pending.Fail(exception));
            return;
        }

        group.ForEach(pending => pending.Complete());
    }

    public override async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
        while (_readers.TryTake(out var reader))
        {
            await reader.DisposeAsync();
        }

        if (_writer is not null)
        {
            await _writer.DisposeAsync();
        }

        _lock?.Dispose();
    }

    private abstract class PendingWrite
    {
        // Taken where the write is asked for: it runs on the writer's own thread.
        public Origin? Origin { get; } = Origin.Current;
        public abstract bool Failed { get; }
        public abstract Task RunAsync(DbSession session);
        public abstract void Complete();
        public abstract void Fail(Exception exception);
    }

    private sealed class PendingWrite<T>(Func<DbSession, Task<T>> write) : PendingWrite
    {
        private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private DbSession? _session;
        private T? _result;
        private Exception? _error;

        public Task<T> Completion => _completion.Task;
        public override bool Failed => _error is not null;

        public override async Task RunAsync(DbSession session)
        {
            _session = session;
            try
            {
                _result = await write(session);
            }
            catch (Exception exception)
            {
                _error = exception;
            }
        }

        public override void Complete()
        {
            if (_error is not null)
            {
                _completion.TrySetException(_error);
                return;
            }

            _session?.Committed();
            _completion.TrySetResult(_result!);
        }

        public override void Fail(Exception exception) => _completion.TrySetException(_error ?? exception);
    }
}
