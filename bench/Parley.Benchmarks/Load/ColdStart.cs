using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Parley.EndToEnd.Tests;

namespace Parley.Benchmarks.Load;

/// <summary>From the start of the process to the first 200, and memory after ten idle seconds; the sandbox runs inside, as in the demo.</summary>
internal static class ColdStart
{
    private const int Runs = 7;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var first = new List<double>();
        var again = new List<double>();
        long memory = 0;
        var key = ParleyProcess.NewMasterKey();
        var demo = new Dictionary<string, string>(StringComparer.Ordinal) { ["Sandbox__Enabled"] = "true" };
        for (var run = 0; run < Runs; run++)
        {
            var directory = Directory.CreateTempSubdirectory("parley-bench-").FullName;
            demo["Sandbox__Url"] = $"http://127.0.0.1:{ParleyProcess.SparePort()}";
            await using (var parley = await ParleyProcess.StartAsync(directory, key, demo))
            {
                first.Add(parley.TimeToReady.TotalMilliseconds);
            }

            await using (var parley = await ParleyProcess.StartAsync(directory, key, demo))
            {
                again.Add(parley.TimeToReady.TotalMilliseconds);
                if (run == Runs - 1)
                {
                    await Task.Delay(TimeSpan.FromSeconds(10));
                    memory = parley.ResidentBytes;
                }
            }

            Directory.Delete(directory, recursive: true);
        }

        var bare = new List<double>();
        long bareMemory = 0;
        for (var run = 0; run < Runs; run++)
        {
            (var milliseconds, bareMemory) = await BareAsync();
            bare.Add(milliseconds);
        }

        var reference = new Figures(bare).P50;
        Console.WriteLine(
            $"ready on an empty directory   median {new Figures(first).P50, 6:0} ms   ratio {new Figures(first).P50 / reference:0.0}"
        );
        Console.WriteLine(
            $"ready on an existing one      median {new Figures(again).P50, 6:0} ms   ratio {new Figures(again).P50 / reference:0.0}"
        );
        Console.WriteLine($"reference: a bare web host    median {reference, 6:0} ms");
        Console.WriteLine(
            $"idle memory, sandbox inside   {memory / 1048576.0, 6:0} MB       ratio {(double)memory / bareMemory:0.0}"
        );
        Console.WriteLine($"reference: a bare web host    {bareMemory / 1048576.0, 6:0} MB");
        return 0;
    }

    public static async Task<int> BareHostAsync(string[] arguments)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.Urls.Add($"http://127.0.0.1:{arguments[0]}");
        app.MapGet("/", () => "ready");
        await app.RunAsync();
        return 0;
    }

    private static async Task<(double Milliseconds, long Memory)> BareAsync()
    {
        var port = ParleyProcess.SparePort();
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Parley.Benchmarks.dll"));
        start.ArgumentList.Add("bare-host");
        start.ArgumentList.Add(port.ToString(CultureInfo.InvariantCulture));
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        while (true)
        {
            try
            {
                await http.GetStringAsync("/");
                break;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(10);
            }
        }

        var milliseconds = watch.Elapsed.TotalMilliseconds;
        process.Refresh();
        var memory = process.WorkingSet64;
        process.Kill();
        await process.WaitForExitAsync();
        return (milliseconds, memory);
    }
}
