using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Parley.Browser.Tests;

/// <summary><c>webhook-receiver.mjs</c> as a process of its own: the npm package <c>standardwebhooks</c> judges what came.</summary>
public sealed class NodeReceiver : IAsyncDisposable
{
    private readonly Process _node;
    private readonly HttpClient _client;

    private NodeReceiver(Process node, int port)
    {
        _node = node;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Url = $"http://127.0.0.1:{port}/hook";
    }

    public string Url { get; }

    public static async Task<NodeReceiver> StartAsync()
    {
        var start = new ProcessStartInfo("node")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.Combine(Repository.Root, "tests", "Parley.Browser.Tests"),
        };
        start.ArgumentList.Add("webhook-receiver.mjs");
        var node = Process.Start(start)!;
        var port = await node.StandardOutput.ReadLineAsync();
        return new NodeReceiver(
            node,
            int.TryParse(port, System.Globalization.CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new InvalidOperationException(
                    "The receiver did not start: run npm ci --ignore-scripts in tests/Parley.Browser.Tests."
                )
        );
    }

    /// <summary>Of each call, in the order in which they came, what the library says with this secret.</summary>
    public async Task<IReadOnlyList<HookVerdict>> VerdictsAsync(string secret)
    {
        using var answer = await _client.PostAsync("/verify", new StringContent(secret));
        answer.EnsureSuccessStatusCode();
        return
        [
            .. (await answer.Content.ReadFromJsonAsync<JsonArray>())!.Select(call => new HookVerdict(
                call!["type"]!.GetValue<string>(),
                Is(call, "fits"),
                Is(call, "fitsAnotherBody") || Is(call, "fitsAnotherId") || Is(call, "fitsAnotherTime")
            )),
        ];

        static bool Is(JsonNode call, string what) => call[what]!.GetValue<bool>();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _node.StandardInput.Close();
        await _node.WaitForExitAsync();
        _node.Dispose();
    }
}

/// <param name="Fits">As it came.</param>
/// <param name="FitsTampered">With another body, id or time.</param>
public sealed record HookVerdict(string Type, bool Fits, bool FitsTampered);
