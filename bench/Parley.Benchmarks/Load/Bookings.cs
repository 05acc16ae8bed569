using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Data.Sqlite;
using Parley.EndToEnd.Tests;
using Parley.Server.Storage;

namespace Parley.Benchmarks.Load;

/// <summary>Bookings accepted per second over HTTP, 16 in flight, beside what the engine alone does durably on the same disk.</summary>
internal static class Bookings
{
    private const int InFlight = 16;
    private const int Total = 3000;

    /// <summary>A server runs for months; its first seconds, spent compiling, are shown apart.</summary>
    private const int WarmUp = 5000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var (place, _) = await Stage.StartAsync("bench", 15, 90);
        await using var stage = place;
        var first = new DateTimeOffset(DateTimeOffset.UtcNow.UtcDateTime.Date.AddDays(2), TimeSpan.Zero);
        var cold = Stopwatch.StartNew();
        await StormAsync(place, first, 0, WarmUp);
        Console.WriteLine(
            $"first {WarmUp} bookings of a fresh process {"", 14}{WarmUp / cold.Elapsed.TotalSeconds, 8:0} /s"
        );
        var used = place.Parley.ProcessorTime;
        var watch = Stopwatch.StartNew();
        await StormAsync(place, first, WarmUp, Total);
        var bookings = Total / watch.Elapsed.TotalSeconds;
        used = place.Parley.ProcessorTime - used;
        var inserts = Inserts(Path.Combine(place.DataDirectory, "reference.db"));
        Console.WriteLine($"bookings, {InFlight} in flight, SQLite, each durable   {bookings, 8:0} /s");
        Console.WriteLine(
            $"processor time of the server per booking         {used.TotalMilliseconds / Total, 8:0.00} ms"
        );
        Console.WriteLine($"reference: durable one-row inserts, same disk    {inserts, 8:0} /s");
        Console.WriteLine($"ratio                                            {bookings / inserts, 8:0.00}");
        return 0;
    }

    private static async Task StormAsync(Place place, DateTimeOffset first, int from, int count)
    {
        var next = from - 1;
        await Task.WhenAll(
            Enumerable
                .Range(0, InFlight)
                .Select(async _ =>
                {
                    int number;
                    while ((number = Interlocked.Increment(ref next)) < from + count)
                    {
                        using var reply = await place.Parley.Api.PostAsJsonAsync(
                            "/api/v1/public/pages/bench/bookings",
                            new
                            {
                                startsAt = first
                                    .AddMinutes(15 * number)
                                    .ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
                                name = "Ada",
                                email = $"ada{number}@example.org",
                                timeZone = "Europe/Berlin",
                            }
                        );
                        if (reply.StatusCode != HttpStatusCode.Created)
                        {
                            throw new InvalidOperationException(await reply.Content.ReadAsStringAsync());
                        }
                    }
                })
        );
    }

    private static double Inserts(string file)
    {
        SqliteNative.Bind();
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        Execute(
            connection,
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)"
        );
        using var insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO t (text) VALUES ('one row, one commit')";
        insert.Prepare();
        var watch = Stopwatch.StartNew();
        for (var row = 0; row < Total; row++)
        {
            insert.ExecuteNonQuery();
        }

        return Total / watch.Elapsed.TotalSeconds;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
