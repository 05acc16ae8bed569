using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Parley.Server.Storage;

/// <summary>Applies what is missing, after a copy of the file; the instance lock keeps every other process out.</summary>
internal static class SqliteMigrations
{
    /// <exception cref="StartupException">Something is missing: the server of this version has not been started here yet.</exception>
    public static async Task RequireAllAsync(SqliteConnection connection, Dialect dialect)
    {
        var isMade = await connection.ExecuteScalarAsync<long>(
            "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'"
        );
        if (
            isMade == 0
            || MigrationScript.Missing(MigrationScript.All(dialect), await AppliedAsync(connection)).Count > 0
        )
        {
            throw new StartupException(
                "The database has an older form than this program needs. Start the server of this version once; it brings the database up to date."
            );
        }
    }

    public static async Task ApplyAsync(
        SqliteConnection connection,
        Dialect dialect,
        string directory,
        CancellationToken cancellationToken
    )
    {
        await connection.ExecuteAsync(
            "CREATE TABLE IF NOT EXISTS schema_migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)"
        );
        var applied = await AppliedAsync(connection);
        var missing = MigrationScript.Missing(MigrationScript.All(dialect), applied);
        if (missing.Count == 0)
        {
            return;
        }

        if (applied.Count > 0)
        {
            var copy = Path.Combine(
                directory,
                string.Create(CultureInfo.InvariantCulture, $"parley.before-{missing[0].Number:0000}.db")
            );
            File.Delete(copy);
            await connection.ExecuteAsync("VACUUM INTO @copy", new { copy });
        }

        foreach (var script in missing)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await using var transaction = connection.BeginTransaction(deferred: false);
            await connection.ExecuteAsync(script.Sql, transaction: transaction);
            await connection.ExecuteAsync(
                "INSERT INTO schema_migration (number, name, checksum) VALUES (@Number, @Name, @Checksum)",
                script,
                transaction
            );
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private static async Task<Dictionary<long, string>> AppliedAsync(SqliteConnection connection) =>
        (
            await connection.QueryAsync<(long Number, string Checksum)>("SELECT number, checksum FROM schema_migration")
        ).ToDictionary(row => row.Number, row => row.Checksum);
}
