using System.Text.Json;
using Microsoft.Data.Sqlite;
using Parley.EndToEnd.Tests;
using Parley.Server.Storage;

namespace Parley.Benchmarks.Load;

/// <summary>A server process with a connected account and a booking page open around the clock.</summary>
internal static class Stage
{
    public static async Task<(Place Place, JsonElement Page)> StartAsync(string slug, int stepMinutes, int horizonDays)
    {
        var place = await Place.StartAsync();
        var connection = await place.ConnectAsync();
        var page = await place.Parley.PostAsync(
            "/api/v1/booking-pages",
            new
            {
                slug,
                title = "Benchmark",
                durationMinutes = stepMinutes,
                minimumNoticeMinutes = 0,
                period = new { kind = "rollingCalendarDays", days = horizonDays },
                schedule = new
                {
                    timeZone = "Etc/UTC",
                    weekly = new[]
                    {
                        new
                        {
                            days = new[] { "MO", "TU", "WE", "TH", "FR", "SA", "SU" },
                            from = "00:00",
                            to = "24:00",
                        },
                    },
                    overrides = Array.Empty<object>(),
                },
                hosts = new[] { new { connectionId = connection } },
            }
        );
        return (place, page);
    }

    /// <summary>Marks time as taken straight in the database: a thousand real meetings would take the provider's rate limit minutes.</summary>
    public static void Occupy(string database, string connectionId, int items, DateTimeOffset from)
    {
        SqliteNative.Bind();
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        for (var item = 0; item < items; item++)
        {
            var start = from.AddMinutes(43 * item).ToUnixTimeMilliseconds() * 1000;
            var end = start + (10L * 60 * 1_000_000);
            using var insert = connection.CreateCommand();
            insert.Transaction = transaction;
            insert.CommandText =
                "INSERT INTO occupancy (workspace_id, subject, arrangement_id, starts_at, ends_at, before_minutes, after_minutes, blocked_from, blocked_to) SELECT workspace_id, id, 'arr_bench' || $item, $start, $end, 0, 0, $start, $end FROM connection WHERE id = $connection";
            insert.Parameters.AddWithValue("$item", item);
            insert.Parameters.AddWithValue("$start", start);
            insert.Parameters.AddWithValue("$end", end);
            insert.Parameters.AddWithValue("$connection", connectionId);
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }
}
