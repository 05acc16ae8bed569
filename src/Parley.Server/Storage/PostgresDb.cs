using Npgsql;

namespace Parley.Server.Storage;

/// <summary>PostgreSQL 15 or later, shared by any number of processes. READ COMMITTED with explicit row locks.</summary>
public sealed class PostgresDb : Db
{
    private const int Attempts = 5;
    private readonly NpgsqlDataSource _source;

    public PostgresDb(string connectionString)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.ApplicationName ??= "parley";
        _source = builder.Build();
    }

    public override Dialect Dialect => Dialect.Postgres;

    /// <summary>For LISTEN: a connection outside the pool's give and take. The caller disposes it.</summary>
    internal NpgsqlDataSource Source => _source;

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        ValueHandlers.Register();
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            if (connection.PostgreSqlVersion.Major < 15)
            {
                throw new StartupException(
                    $"PostgreSQL {connection.PostgreSqlVersion} is too old: Parley needs 15 or later."
                );
            }

            await PostgresMigrations.ApplyAsync(connection, Dialect, cancellationToken);
        }
        catch (NpgsqlException exception) when (exception is not PostgresException)
        {
            throw new StartupException(
                $"PostgreSQL cannot be reached ({exception.Message}). Check Database__ConnectionString and that the server runs.",
                exception
            );
        }
    }

    /// <summary>Processes share this engine anyway.</summary>
    public override Task OpenForReadingAsync(CancellationToken cancellationToken) => OpenAsync(cancellationToken);

    public override async Task<T> ReadAsync<T>(
        Func<DbSession, Task<T>> read,
        CancellationToken cancellationToken = default
    )
    {
        await using var connection = await ConnectAsync(cancellationToken);
        return await read(new DbSession(connection, null, Dialect));
    }

    public override async Task<T> WriteAsync<T>(
        Func<DbSession, Task<T>> write,
        CancellationToken cancellationToken = default
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await ConnectAsync(cancellationToken);
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var session = new DbSession(connection, transaction, Dialect, Origin.Current);
                var result = await write(session);
                await transaction.CommitAsync(CancellationToken.None);
                session.Committed();
                return result;
            }
            catch (PostgresException exception)
                when (attempt < Attempts
                    && exception.SqlState
                        is PostgresErrorCodes.DeadlockDetected
                            or PostgresErrorCodes.SerializationFailure
                )
            {
                // The engine rolled it back whole; work given to WriteAsync may be run again.
            }
        }
    }

    public override async Task<string?> ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync<string?>(
                async session =>
                {
                    await session.ScalarAsync<long>("SELECT COUNT(*) FROM workspace /* all workspaces: health */");
                    return null;
                },
                cancellationToken
            );
        }
        catch (NpgsqlException exception)
        {
            return $"PostgreSQL answered: {exception.Message}";
        }
    }

    /// <exception cref="OverloadedException">The pool is exhausted, or the server takes no more connections, or none in time.</exception>
    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.TooManyConnections)
        {
            throw new OverloadedException(exception);
        }
        catch (NpgsqlException exception) when (exception.InnerException is TimeoutException)
        {
            throw new OverloadedException(exception);
        }
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();
}
