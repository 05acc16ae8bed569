using Dapper;
using Npgsql;

namespace Parley.Server.Storage;

/// <summary>Applies what is missing in one transaction under an advisory lock: of several starting processes one does it.
/// DDL is transactional here, so a failed step leaves the old schema; copies are the operator's pg_dump.</summary>
internal static class PostgresMigrations
{
    private const long LockKey = 0x7061726C6579; // "parley"

    public static async Task ApplyAsync(
        NpgsqlConnection connection,
        Dialect dialect,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@LockKey)", new { LockKey }, transaction);
        await connection.ExecuteAsync(
            "CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)",
            transaction: transaction
        );
        var applied = (
            await connection.QueryAsync<(long Number, string Checksum)>(
                "SELECT number, checksum FROM schema_migration",
                transaction: transaction
            )
        ).ToDictionary(row => row.Number, row => row.Checksum);
        foreach (var script in MigrationScript.Missing(MigrationScript.All(dialect), applied))
        {
            await connection.ExecuteAsync(script.Sql, transaction: transaction);
            await connection.ExecuteAsync(
                "INSERT INTO schema_migration (number, name, checksum) VALUES (@Number, @Name, @Checksum)",
                script,
                transaction
            );
        }

        await transaction.CommitAsync(cancellationToken);
    }
}
