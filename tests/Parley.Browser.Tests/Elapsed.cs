using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Parley.Browser.Tests;

/// <summary>What only months bring about, written into the data of a running demo: nobody can wait for it, and the process has the real clock.</summary>
internal static class Elapsed
{
    private static readonly Lock Gate = new();
    private static bool s_bound;

    /// <summary>The consent of every connection ends in ten days.</summary>
    public static async Task ConsentsEndSoonAsync(string directory)
    {
        Bind();
        await using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder
            {
                DataSource = Path.Combine(directory, "parley.db"),
                Pooling = false,
                DefaultTimeout = 10,
            }.ToString()
        );
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE connection SET connection_expires_at = @ends WHERE connected_at IS NOT NULL";
        command.Parameters.AddWithValue("@ends", DateTimeOffset.UtcNow.AddDays(10).ToUnixTimeMilliseconds() * 1000);
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    // As the server does: the system's library under the provider's name for it.
    private static void Bind()
    {
        lock (Gate)
        {
            if (s_bound)
            {
                return;
            }

            NativeLibrary.SetDllImportResolver(
                typeof(SQLite3Provider_e_sqlite3).Assembly,
                (name, _, _) => name == "e_sqlite3" ? NativeLibrary.Load("libsqlite3.so.0") : 0
            );
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
            s_bound = true;
        }
    }
}
