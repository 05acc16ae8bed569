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
    public static Task ConsentsEndSoonAsync(string directory) =>
        WriteAsync(directory, "connected_at IS NOT NULL", "", TimeSpan.FromDays(10));

    /// <summary>The consent of this connection ends so long from now; negative: it has ended.</summary>
    public static Task ConsentEndsAsync(string directory, string id, TimeSpan fromNow) =>
        WriteAsync(directory, "id = @id", id, fromNow);

    private static async Task WriteAsync(string directory, string which, string id, TimeSpan fromNow)
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
        command.CommandText = $"UPDATE connection SET connection_expires_at = @ends WHERE {which}";
        command.Parameters.AddWithValue("@id", id);
        command.Parameters.AddWithValue("@ends", (DateTimeOffset.UtcNow + fromNow).ToUnixTimeMilliseconds() * 1000);
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
    }

    /// <summary>Meetings every ten minutes from tomorrow on, each like the one there is: "Pile 00001", "Pile 00002", …</summary>
    public static async Task MeetingsPileUpAsync(string directory, int count)
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
        command.CommandText = """
            WITH RECURSIVE pile (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM pile WHERE number < @count)
            INSERT INTO arrangement (workspace_id, id, connection_id, provider, source, marker, door_code, desired, version, applied_version, subject, starts_at, ends_at,
                time_zone, spec, attendees, provider_meeting_id, join_url, join_url_source, created_at, updated_at)
            SELECT workspace_id, printf('arr_pile%06d', number), connection_id, provider, source, printf('P%05d', number), hex(randomblob(16)), desired, version, applied_version,
                printf('Pile %05d', number), @tomorrow + number * 600000000, @tomorrow + number * 600000000 + 1800000000,
                time_zone, '{}', '[]', 900000000 + number, join_url, join_url_source, created_at, updated_at
            FROM pile JOIN (SELECT * FROM arrangement LIMIT 1)
            """;
        command.Parameters.AddWithValue("@count", count);
        command.Parameters.AddWithValue("@tomorrow", DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds() * 1000);
        (await command.ExecuteNonQueryAsync()).ShouldBe(count);
    }

    /// <summary>Months of usage before this one, each a little smaller than the next, for every connector that has this one.</summary>
    public static async Task MonthsPassAsync(string directory, int months)
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
        for (var back = 1; back <= months; back++)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = """
                INSERT INTO usage_month (workspace_id, connection_id, month, run_id, figures)
                SELECT workspace_id, connection_id, @month, run_id, json_set(figures, '$.month', @month, '$.activeUsers', @active,
                    '$.monthlyCost', json_array(json_object('currency', 'EUR', 'amount', @cost))) FROM usage_month
                WHERE month = (SELECT MAX(month) FROM usage_month)
                """;
            command.Parameters.AddWithValue(
                "@month",
                DateTimeOffset
                    .UtcNow.AddMonths(-back)
                    .ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture)
            );
            command.Parameters.AddWithValue("@active", Math.Max(1, 5 - (back % 4)));
            command.Parameters.AddWithValue("@cost", 145 - (back / 3 * 29));
            (await command.ExecuteNonQueryAsync()).ShouldBe(1);
        }
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
