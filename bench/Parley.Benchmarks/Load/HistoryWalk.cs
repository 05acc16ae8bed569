using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.GoToMeeting;
using Parley.Sandbox;

namespace Parley.Benchmarks.Load;

/// <summary>
/// Two years of history, 5 000 sessions, walked by the adapter beside a bare loop of HttpClient calls that reads the same answers
/// into memory whole; once with a service that takes any window, once with one that takes 90 days.
/// </summary>
internal static class HistoryWalk
{
    private const int Sessions = 5000;
    private const int Runs = 15;
    private const string Account = "olivia@northwind.example";

    public static async Task<int> RunAsync(string[] arguments)
    {
        await using var twin = await SandboxHost.StartAsync(
            new SandboxOptions { Url = "http://127.0.0.1:0", RateLimitPerSecond = null }
        );
        using var control = new HttpClient { BaseAddress = new Uri(twin.Url) };
        var to = Instant.FromUnixTimeSeconds(SystemClock.Instance.GetCurrentInstant().ToUnixTimeSeconds());
        var from = to - Duration.FromDays(730);
        await PostAsync(
            control,
            "/control/sessions",
            new
            {
                organizer = Account,
                count = Sessions,
                from = from.ToString(),
                to = to.ToString(),
                attendees = 1,
            }
        );
        var token = (await PostAsync(control, "/control/tokens", new { account = Account }))
            .GetProperty("accessToken")
            .GetString()!;
        var provider = Adapter(twin.Url);
        using var bare = new HttpClient { BaseAddress = new Uri(twin.Url) };
        bare.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var window in (int?[])[null, 90])
        {
            await PostAsync(control, "/control/settings", new { historyWindowDays = window });
            Console.WriteLine($"windows taken: {(window is { } days ? $"{days} days" : "any")}");
            // In turns, the quicker of many: both suffer the machine's other work alike.
            var (ours, theirs) = (new List<Walk>(), new List<Walk>());
            for (var run = 0; run < Runs; run++)
            {
                ours.Add(await MeasureAsync(each => OursAsync(provider, token, from, to, each)));
                theirs.Add(await MeasureAsync(each => BareAsync(bare, from, to, window ?? 731, each)));
            }

            var (best, reference) = (ours.MaxBy(walk => walk.PerSecond)!, theirs.MaxBy(walk => walk.PerSecond)!);
            Console.WriteLine($"the adapter, streamed              {best}");
            Console.WriteLine($"reference: bare HttpClient calls   {reference}");
            Console.WriteLine($"ratio                              {best.PerSecond / reference.PerSecond:0.00}");
        }

        return 0;
    }

    private static async Task<Walk> MeasureAsync(Func<Action, Task> walk)
    {
        var (count, highest) = (0, 0L);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        await walk(() =>
        {
            if (++count % 1000 == 0)
            {
                highest = Math.Max(highest, GC.GetTotalMemory(forceFullCollection: false) - before);
            }
        });
        var seconds = watch.Elapsed.TotalSeconds;
        return count == Sessions
            ? new Walk(count / seconds, highest / 1024.0 / 1024.0)
            : throw new InvalidOperationException($"{count} sessions came instead of {Sessions}.");
    }

    private static async Task OursAsync(
        IConferencingProvider provider,
        string token,
        Instant from,
        Instant to,
        Action each
    )
    {
        var walked = await provider.Records.WalkHistoryAsync(
            new ProviderAccess(token),
            new HistoryQuery { From = from, To = to },
            (_, _) =>
            {
                each();
                return ValueTask.CompletedTask;
            },
            CancellationToken.None
        );
        if (walked.Failure is { } failure)
        {
            throw new InvalidOperationException(failure.Message);
        }
    }

    private static async Task BareAsync(HttpClient client, Instant from, Instant to, int days, Action each)
    {
        for (var start = from; start < to; start += Duration.FromDays(days))
        {
            var end = Instant.Min(to, start + Duration.FromDays(days));
            var sessions = await client.GetFromJsonAsync<JsonElement[]>(
                $"/goto/G2M/rest/historicalMeetings?startDate={start}&endDate={end}"
            );
            foreach (var session in sessions!)
            {
                if (session.GetProperty("sessionId").ValueKind != JsonValueKind.Null)
                {
                    each();
                }
            }
        }
    }

    private static IConferencingProvider Adapter(string url)
    {
        var services = new ServiceCollection();
        services.AddGoToMeeting(
            new GoToMeetingOptions { ApiBaseUrl = $"{url}/goto/G2M/rest", TrustedInsecureOrigins = [url] }
        );
        return services
            .BuildServiceProvider()
            .GetRequiredService<ProviderCatalogue>()
            .Find(GoToMeetingDescriptor.Id)!
            .Provider;
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, object body)
    {
        using var reply = await client.PostAsJsonAsync(path, body);
        var text = await reply.Content.ReadAsStringAsync();
        return reply.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<JsonElement>(text)
            : throw new InvalidOperationException($"{path}: {text}");
    }

    /// <param name="PerSecond">Sessions.</param>
    /// <param name="HeapMegabytes">Most the managed heap had grown by, seen every thousand sessions.</param>
    private sealed record Walk(double PerSecond, double HeapMegabytes)
    {
        public override string ToString() =>
            $"{PerSecond, 8:0} sessions/s   heap grew by at most {HeapMegabytes, 5:0.0} MB";
    }
}
