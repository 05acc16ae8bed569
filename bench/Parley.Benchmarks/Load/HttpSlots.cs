using System.Globalization;
using Parley.EndToEnd.Tests;

namespace Parley.Benchmarks.Load;

/// <summary>Thirty days of half-hour slots of one page, asked for over HTTP on loopback, one request after the other.</summary>
internal static class HttpSlots
{
    private const int Runs = 2000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        Console.WriteLine("slots of one page, 30 days × 30 min, SQLite, HTTP on loopback, sequential");
        foreach (var busy in (int[])[0, 100, 1000])
        {
            var (place, page) = await Stage.StartAsync("bench", 30, 60);
            await using var _ = place;
            var from = new DateTimeOffset(DateTimeOffset.UtcNow.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);
            await place.Parley.KillAsync();
            Stage.Occupy(
                Path.Combine(place.DataDirectory, "parley.db"),
                page.GetProperty("hosts")[0].GetProperty("connectionId").GetString()!,
                busy,
                from
            );
            await place.RestartAsync();
            var path = string.Create(
                CultureInfo.InvariantCulture,
                $"/api/v1/public/pages/bench/slots?from={from:yyyy-MM-ddTHH:mm:ssZ}&to={from.AddDays(30):yyyy-MM-ddTHH:mm:ssZ}&timeZone=Europe/Berlin"
            );
            var slots = (await place.Parley.GetAsync(path)).GetProperty("slots").GetArrayLength();
            var asked = await Figures.MeasureAsync(300, Runs, () => place.Parley.Api.GetByteArrayAsync(path));
            var bare = await Figures.MeasureAsync(300, Runs, () => place.Parley.Api.GetByteArrayAsync("/health/live"));
            Console.WriteLine($"busy {busy, 5}  slots {slots, 5}  {asked}");
            Console.WriteLine(
                $"      reference: a bare route of the same server   {bare}   ratio p50 {asked.P50 / bare.P50:0.0}"
            );
        }

        return 0;
    }
}
