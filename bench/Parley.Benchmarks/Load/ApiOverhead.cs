using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Parley.EndToEnd.Tests;

namespace Parley.Benchmarks.Load;

/// <summary>One meeting read through Parley's API beside the same call made directly to the twin, taken in turns.</summary>
internal static class ApiOverhead
{
    private const int WarmUp = 60;
    private const int Runs = 300;

    // GoTo lets ten calls a second through for the app: in bursts below that nobody waits for the rate, which is the provider's wish
    // and not our cost.
    private const int Burst = 7;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(string[] arguments)
    {
        await using var place = await Place.StartAsync();
        var connection = await place.ConnectAsync();
        var made = await place.Parley.PostAsync(
            $"/api/v1/connections/{connection}/meetings",
            new
            {
                subject = "Benchmark",
                startsAt = DateTimeOffset.UtcNow.AddDays(2).ToString("yyyy-MM-ddTHH:00:00Z"),
                durationMinutes = 30,
                timeZone = "Etc/UTC",
            }
        );
        var id = made.GetProperty("id").GetString()!;
        var path = $"/api/v1/connections/{connection}/meetings/{id}";
        using var direct = await DirectAsync(place);
        await MeasureAsync(WarmUp, place, path, direct, id);
        var (parley, twin) = await MeasureAsync(Runs, place, path, direct, id);
        Console.WriteLine("one meeting read, one call at a time, HTTP on loopback");
        Console.WriteLine($"through Parley's API                  {parley}");
        Console.WriteLine($"reference: the twin asked directly    {twin}");
        Console.WriteLine($"p50 through Parley minus directly     {parley.P50 - twin.P50:0.000} ms");
        return 0;
    }

    private static async Task<(Figures Parley, Figures Twin)> MeasureAsync(
        int runs,
        Place place,
        string path,
        HttpClient direct,
        string id
    )
    {
        var (parley, twin) = (new List<double>(runs), new List<double>(runs));
        for (var run = 1; run <= runs; run++)
        {
            parley.Add(await TimeAsync(place.Parley.Api, path));
            twin.Add(await TimeAsync(direct, $"goto/G2M/rest/meetings/{id}"));
            if (run % Burst == 0)
            {
                await Task.Delay(Rest);
            }
        }

        return (new Figures(parley), new Figures(twin));
    }

    private static async Task<double> TimeAsync(HttpClient client, string path)
    {
        var start = Stopwatch.GetTimestamp();
        using var reply = await client.GetAsync(path);
        await reply.Content.ReadAsByteArrayAsync();
        reply.EnsureSuccessStatusCode();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>A client with a token of the same account.</summary>
    internal static async Task<HttpClient> DirectAsync(Place place)
    {
        using var issued = await place.Control.PostAsJsonAsync(
            "/control/tokens",
            new { account = "olivia@northwind.example" }
        );
        issued.EnsureSuccessStatusCode();
        var token = (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString();
        var client = new HttpClient { BaseAddress = new Uri(place.Twin.Url + "/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}
