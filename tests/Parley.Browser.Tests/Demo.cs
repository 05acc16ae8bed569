using System.Net.Http.Json;
using System.Text.Json;

namespace Parley.Browser.Tests;

/// <summary>The demo as <c>./run</c> starts it: the server with the sandbox beside it, each on an origin of its own.</summary>
public sealed class Demo : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("parley-browser-").FullName;
    private readonly HttpClient _control;

    private Demo(string sandboxUrl)
    {
        SandboxUrl = sandboxUrl;
        _control = new HttpClient { BaseAddress = new Uri(sandboxUrl) };
    }

    public ParleyProcess Parley { get; private set; } = null!;
    public string Url => Parley.Url;
    public string SandboxUrl { get; }
    public string DataDirectory => _directory;

    public static async Task<Demo> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var demo = new Demo($"http://localhost:{ParleyProcess.SparePort()}");
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Sandbox__Enabled"] = "true",
            ["Sandbox__Url"] = demo.SandboxUrl,
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            all[name] = value;
        }

        demo.Parley = await ParleyProcess.StartAsync(demo._directory, ParleyProcess.NewMasterKey(), all);
        return demo;
    }

    /// <summary>Meetings that exist at the sandbox now, without the personal rooms: what really happened.</summary>
    public async Task<List<JsonElement>> MeetingsAsync() =>
        [
            .. (await ItemsAsync("/control/meetings")).Where(meeting =>
                meeting.GetProperty("type").GetString() == "scheduled"
            ),
        ];

    /// <summary>Mails that reached this address, the first one first.</summary>
    public Task<List<JsonElement>> MailsAsync(string to) => ItemsAsync($"/control/mail?to={Uri.EscapeDataString(to)}");

    public Task MeetingsBecomeAsync(int count) =>
        ParleyProcess.EventuallyAsync(
            async () => (await MeetingsAsync()).Count == count,
            $"{count} meetings at the sandbox"
        );

    public Task MailsBecomeAsync(string to, int count) =>
        ParleyProcess.EventuallyAsync(async () => (await MailsAsync(to)).Count == count, $"{count} mails to {to}");

    /// <summary>Tells the sandbox what to be like from now on.</summary>
    public async Task ControlAsync(string path, object body) =>
        (await _control.PostAsJsonAsync("/control/" + path, body)).EnsureSuccessStatusCode();

    private async Task<List<JsonElement>> ItemsAsync(string path)
    {
        using var answer = JsonDocument.Parse(await _control.GetStringAsync(path));
        return [.. answer.RootElement.GetProperty("items").EnumerateArray().Select(item => item.Clone())];
    }

    public async ValueTask DisposeAsync()
    {
        await Parley.DisposeAsync();
        _control.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
