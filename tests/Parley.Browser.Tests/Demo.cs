using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Parley.Browser.Tests;

/// <summary>The demo as <c>./run</c> starts it: the server with the sandbox beside it, each on an origin of its own.</summary>
public sealed class Demo : IAsyncDisposable
{
    private const string Seconds = "yyyy-MM-dd'T'HH:mm:ss'Z'";
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

    /// <summary>Meetings that exist at the Zoom twin now.</summary>
    public Task<List<JsonElement>> ZoomMeetingsAsync() => ItemsAsync("/control/meetings?provider=zoom");

    /// <summary>Mails that reached this address, the first one first.</summary>
    public Task<List<JsonElement>> MailsAsync(string to) => ItemsAsync($"/control/mail?to={Uri.EscapeDataString(to)}");

    public Task MeetingsBecomeAsync(int count) =>
        ParleyProcess.EventuallyAsync(
            async () => (await MeetingsAsync()).Count == count,
            $"{count} meetings at the sandbox"
        );

    public Task MailsBecomeAsync(string to, int count) =>
        ParleyProcess.EventuallyAsync(async () => (await MailsAsync(to)).Count == count, $"{count} mails to {to}");

    /// <summary>What somebody schedules in the provider's own program, for the day after tomorrow.</summary>
    /// <returns>The provider's id.</returns>
    public async Task<string> MadeElsewhereAsync(string organizer, string subject)
    {
        var token = await PostAsync("/control/tokens", new { provider = "gotomeeting", account = organizer });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/goto/G2M/rest/meetings");
        request.Headers.Authorization = new("Bearer", token.GetProperty("accessToken").GetString());
        var start = DateTimeOffset.UtcNow.AddDays(2);
        request.Content = JsonContent.Create(
            new
            {
                subject,
                starttime = start.ToString("yyyy-MM-ddTHH:00:00Z", CultureInfo.InvariantCulture),
                endtime = start.AddHours(1).ToString("yyyy-MM-ddTHH:00:00Z", CultureInfo.InvariantCulture),
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = "scheduled",
            }
        );
        using var answer = await _control.SendAsync(request);
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        return (await ItemsAsync("/control/meetings"))
            .Single(meeting => meeting.GetProperty("subject").GetString() == subject)
            .GetProperty("id")
            .GetString()!;
    }

    /// <summary>Sessions of one meeting, one a day up to yesterday, each with people and a recording.</summary>
    /// <returns>The provider's id of the meeting.</returns>
    public async Task<string> HeldAsync(string organizer, string subject, int sessions)
    {
        var answer = await PostAsync(
            "/control/sessions",
            new
            {
                organizer,
                count = sessions,
                meetings = 1,
                from = DateTimeOffset.UtcNow.AddDays(-1 - sessions).ToString(Seconds, CultureInfo.InvariantCulture),
                to = DateTimeOffset.UtcNow.AddDays(-1).ToString(Seconds, CultureInfo.InvariantCulture),
                attendees = 4,
                recordingEvery = 1,
                subject,
            }
        );
        return answer.GetProperty("meetingIds")[0].GetString()!;
    }

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using var answer = await _control.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue(text);
        using var parsed = JsonDocument.Parse(text);
        return parsed.RootElement.Clone();
    }

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
