using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using Parley.EndToEnd.Tests;

namespace Parley.Benchmarks.Load;

/// <summary>
/// Usage runs over accounts of growing size, in a server process of its own: how long, how much memory at most, and whether the figures
/// are right. Beside each a bare loop that makes the same requests and throws the answers away.
/// </summary>
internal static class UsageScale
{
    private const int AtOnce = 4;

    /// <param name="arguments">Pairs of users and sessions; 10 000 and 100 000, then 100 000 and 1 000 000, when left out.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var sizes = arguments.Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        if (sizes.Length < 2)
        {
            sizes = [10_000, 100_000, 100_000, 1_000_000];
        }

        Console.WriteLine("provider and twin in the benchmark's process, the server in its own; SQLite; no rate limit");
        for (var index = 0; index + 1 < sizes.Length; index += 2)
        {
            await MeasureAsync(sizes[index], sizes[index + 1]);
        }

        return 0;
    }

    private static async Task MeasureAsync(int users, int sessions)
    {
        var end = Instant.FromUnixTimeSeconds(SystemClock.Instance.GetCurrentInstant().ToUnixTimeSeconds());
        await using var account = await BigAccount.StartAsync(users, sessions, end);
        await using var place = await Place.StartAsync(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Providers__GoToMeeting__ApiBaseUrl"] = $"{account.Url}/rest",
                ["Providers__GoToMeeting__AdminBaseUrl"] = $"{account.Url}/admin",
                ["Providers__GoToMeeting__CallsPerSecond"] = "1000000",
                ["Usage__LookbackDays"] = "366",
                ["Provisioning__ListInterval"] = "00:00:00",
            },
            onTwin: twin => account.Twin = twin
        );
        var connection = await place.ConnectAsync(purpose: "account");
        var idle = place.Parley.PeakResidentBytes;
        var run = await place.Parley.PostAsync(
            $"/api/v1/usage/connectors/{connection}/run",
            new { },
            HttpStatusCode.Accepted
        );
        var processor = place.Parley.ProcessorTime;
        JsonElement now;
        do
        {
            await Task.Delay(200);
            now = (await place.Parley.GetAsync($"/api/v1/usage/connectors/{connection}/runs")).GetProperty("items")[0];
        } while (now.GetProperty("status").GetString() is "queued" or "running");

        var peak = place.Parley.PeakResidentBytes;
        var used = place.Parley.ProcessorTime - processor;
        if (now.GetProperty("status").GetString() != "completed" || now.GetProperty("problemCount").GetInt32() > 0)
        {
            throw new InvalidOperationException(now.ToString());
        }

        var seconds = (Moment(now, "finishedAt") - Moment(now, "startedAt")).TotalSeconds;
        var read = now.GetProperty("sessions").GetInt32();
        var watch = Stopwatch.StartNew();
        await CheckAsync(place, connection, account, users, read);
        var report = watch.Elapsed.TotalSeconds;
        var reported = place.Parley.PeakResidentBytes;
        var bare = await BareAsync(account, users);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{users} users, {read} sessions: {seconds:0.0} s ({users / seconds:0} users/s), {used.TotalSeconds:0.0} s of processor; peak {Megabytes(peak):0} MB (before the run {Megabytes(idle):0} MB)"
            )
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  the report of all of them by the API {report:0.0} s, peak then {Megabytes(reported):0} MB; database {new FileInfo(Path.Combine(place.DataDirectory, "parley.db")).Length / 1048576.0:0} MB"
            )
        );
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  reference: the same histories asked for by bare HttpClient calls, thrown away: {bare:0.0} s; ratio {seconds / bare:0.0}"
            )
        );
    }

    /// <summary>Counts again from the numbers the account is made of.</summary>
    private static async Task CheckAsync(Place place, string connection, BigAccount account, int users, int read)
    {
        var asOf = SystemClock.Instance.GetCurrentInstant();
        using var reply = await place.Parley.Api.GetAsync(
            $"/api/v1/usage/report?connectionId={connection}&asOf={asOf}",
            HttpCompletionOption.ResponseHeadersRead
        );
        await using var stream = await reply.Content.ReadAsStreamAsync();
        using var report = await JsonDocument.ParseAsync(stream);
        var (sessions, active, inactive) = (0, 0, 0);
        for (var user = 0; user < users; user++)
        {
            var count = account.SessionsOf(user);
            sessions += count;
            var recent = Enumerable
                .Range(0, count)
                .Any(session => account.StartOf(user, session) > asOf - Duration.FromDays(30));
            active += recent ? 1 : 0;
            inactive += count > 0 && !recent ? 1 : 0;
        }

        var told = report.RootElement;
        var expected = (users, active, inactive, users - active - inactive, sessions);
        var seen = (
            told.GetProperty("users").GetInt32(),
            told.GetProperty("activeUsers").GetInt32(),
            told.GetProperty("inactiveUsers").GetInt32(),
            told.GetProperty("neverActiveUsers").GetInt32(),
            read
        );
        if (seen != expected)
        {
            throw new InvalidOperationException($"The report says {seen} where {expected} is true.");
        }
    }

    private static async Task<double> BareAsync(BigAccount account, int users)
    {
        using var client = new HttpClient();
        var watch = Stopwatch.StartNew();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, users),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (user, token) =>
            {
                using var reply = await client.GetAsync(
                    $"{account.Url}/rest/organizers/{BigAccount.KeyOf(user)}/historicalMeetings",
                    token
                );
                await reply.Content.CopyToAsync(Stream.Null, token);
            }
        );
        return watch.Elapsed.TotalSeconds;
    }

    private static Instant Moment(JsonElement run, string name) =>
        InstantPattern.ExtendedIso.Parse(run.GetProperty(name).GetString()!).Value;

    private static double Megabytes(long bytes) => bytes / 1024.0 / 1024.0;
}
