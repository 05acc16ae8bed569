using System.Text.Json;
using Parley.Sandbox;

namespace Parley.EndToEnd.Tests;

/// <summary>
/// A server process with the sandbox off, and somewhere else a GoTo twin and a mail server that it knows only by configuration: as with
/// any service that speaks the protocol.
/// </summary>
public sealed partial class Place : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("parley-e2e-").FullName;
    private readonly string _masterKey = ParleyProcess.NewMasterKey();
    private readonly int _port = ParleyProcess.SparePort();
    private readonly Dictionary<string, string> _settings;

    private Place(SandboxHost twin, Dictionary<string, string> settings)
    {
        Twin = twin;
        _settings = settings;
        Control = new HttpClient { BaseAddress = new Uri(twin.Url) };
    }

    public SandboxHost Twin { get; }
    public string DataDirectory => _directory;

    /// <summary>The twin's control API: what really happened.</summary>
    public HttpClient Control { get; }
    public ParleyProcess Parley { get; private set; } = null!;

    /// <param name="rateLimit">The twin's, calls a second; null: none, for what is counted or measured here is something else.</param>
    /// <param name="onTwin">Told the twin's address before the server starts.</param>
    public static async Task<Place> StartAsync(
        IReadOnlyDictionary<string, string>? settings = null,
        int? rateLimit = null,
        Action<string>? onTwin = null
    )
    {
        var twin = await SandboxHost.StartAsync(
            new SandboxOptions { Url = "http://127.0.0.1:0", RateLimitPerSecond = rateLimit }
        );
        onTwin?.Invoke(twin.Url);
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Providers__GoToMeeting__AuthorizeUrl"] = $"{twin.Url}/goto/oauth/authorize",
            ["Providers__GoToMeeting__TokenUrl"] = $"{twin.Url}/goto/oauth/token",
            ["Providers__GoToMeeting__RevokeUrl"] = $"{twin.Url}/goto/oauth/revoke",
            ["Providers__GoToMeeting__ApiBaseUrl"] = $"{twin.Url}/goto/G2M/rest",
            ["Providers__GoToMeeting__AdminBaseUrl"] = $"{twin.Url}/goto/admin/rest/v1",
            ["Providers__GoToMeeting__ScimBaseUrl"] = $"{twin.Url}/goto/identity/v1",
            ["Providers__GoToMeeting__JoinHosts"] = twin.Url,
            ["Providers__GoToMeeting__JoinUrlTemplate"] = $"{twin.Url}/join/{{id}}",
            ["Mail__Smtp__Host"] = "127.0.0.1",
            ["Mail__Smtp__Port"] = twin.SmtpPort.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Provisioning__SettleTime"] = "00:00:01",
            ["Provisioning__HttpTimeout"] = "00:00:03",
            ["Provisioning__SweepTimes"] = "00:00:03,00:00:08",
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            all[name] = value;
        }

        var place = new Place(twin, all);
        await place.RestartAsync();
        using var added = await place.Control.PostAsync(
            "/control/clients/redirect-uris",
            JsonContent($"{{\"redirectUri\":\"{place.Parley.Url}/oauth/gotomeeting/callback\"}}")
        );
        added.IsSuccessStatusCode.ShouldBeTrue(await added.Content.ReadAsStringAsync());
        return place;
    }

    /// <summary>
    /// Another process of the same installation: the same database, key and public address. It is the caller's to end. Only with
    /// PostgreSQL: see <see cref="OnPostgresAsync"/>.
    /// </summary>
    public Task<ParleyProcess> AddNodeAsync() =>
        ParleyProcess.StartAsync(
            Path.Combine(_directory, $"node-{Guid.CreateVersion7()}"),
            _masterKey,
            new Dictionary<string, string>(_settings, StringComparer.Ordinal) { ["PublicUrl"] = Parley.Url }
        );

    /// <summary>A verb beside the server, on the same data, run as an operator runs it.</summary>
    public System.Diagnostics.Process StartVerb((string Name, string Value) also, params string[] arguments) =>
        ParleyProcess.StartVerb(_directory, _masterKey, _settings, also, arguments);

    /// <summary>As <see cref="StartVerb"/>, to its end.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunVerbAsync(params string[] arguments)
    {
        using var process = StartVerb(("NO_COLOR", "1"), arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Starts the server again on the same data and the same port.</summary>
    public async Task RestartAsync()
    {
        if (Parley is not null)
        {
            await Parley.DisposeAsync();
        }

        Parley = await ParleyProcess.StartAsync(_directory, _masterKey, _settings, _port);
    }

    /// <summary>Registers the twin's client and connects Olivia's account, the way an integrator and she would.</summary>
    /// <returns>The connection's id.</returns>
    public async Task<string> ConnectAsync(string email = "olivia@northwind.example", string purpose = "organizer")
    {
        await RegisterAppAsync();
        var pending = await Parley.PostAsync("/api/v1/connections", new { provider = "gotomeeting", purpose });
        using var browser = new FormBrowser();
        await browser.OpenAsync(pending.GetProperty("connectUrl").GetString()!);
        await browser.SubmitAsync("Continue");
        await browser.SubmitAsync("password", ("email", email), ("password", "sandbox"));
        await browser.SubmitAsync("Allow");
        browser.Address.GetLeftPart(UriPartial.Authority).ShouldBe(Parley.Url, browser.Html);
        var id = pending.GetProperty("id").GetString()!;
        var connection = await Parley.GetAsync($"/api/v1/connections/{id}");
        connection.GetProperty("status").GetString().ShouldBe("connected", connection.ToString());
        return id;
    }

    /// <summary>Registers the twin's client, the way an integrator would.</summary>
    public async Task RegisterAppAsync()
    {
        using var put = await Parley.Api.PutAsync(
            "/api/v1/providers/gotomeeting/app",
            JsonContent(
                JsonSerializer.Serialize(
                    new
                    {
                        kind = "oauth",
                        clientId = Twin.ClientId,
                        clientSecret = Twin.ClientSecret,
                    }
                )
            )
        );
        put.IsSuccessStatusCode.ShouldBeTrue(await put.Content.ReadAsStringAsync());
    }

    /// <summary>Meetings that exist at the twin now, without the personal rooms.</summary>
    public async Task<List<JsonElement>> MeetingsAsync() =>
        (await ControlAsync("/control/meetings"))
            .EnumerateArray()
            .Where(meeting => meeting.GetProperty("type").GetString() == "scheduled")
            .ToList();

    /// <summary>Mails that reached this address.</summary>
    public async Task<List<JsonElement>> MailsAsync(string to) =>
        (await ControlAsync($"/control/mail?to={Uri.EscapeDataString(to)}")).EnumerateArray().ToList();

    public async Task FaultAsync(object fault)
    {
        using var reply = await Control.PostAsync("/control/faults", JsonContent(JsonSerializer.Serialize(fault)));
        reply.IsSuccessStatusCode.ShouldBeTrue(await reply.Content.ReadAsStringAsync());
    }

    public async Task SettingsAsync(object settings)
    {
        using var reply = await Control.PostAsync("/control/settings", JsonContent(JsonSerializer.Serialize(settings)));
        reply.IsSuccessStatusCode.ShouldBeTrue(await reply.Content.ReadAsStringAsync());
    }

    /// <summary>How often an operation reached the twin, faulty calls included.</summary>
    public async Task<long> CallsAsync(string operation) =>
        JsonDocument
            .Parse(await Control.GetStringAsync("/control/log"))
            .RootElement.GetProperty("counts")
            .TryGetProperty(operation, out var count)
            ? count.GetInt64()
            : 0;

    /// <summary>A person refreshes the connection.</summary>
    public async Task ReconnectAsync(string connection, string email = "olivia@northwind.example")
    {
        var link = await Parley.PostAsync(
            $"/api/v1/connections/{connection}/reconnect",
            new { },
            System.Net.HttpStatusCode.OK
        );
        using var browser = new FormBrowser();
        await browser.OpenAsync(link.GetProperty("connectUrl").GetString()!);
        await browser.SubmitAsync("Continue");
        await browser.SubmitAsync("password", ("email", email), ("password", "sandbox"));
        if (browser.Html.Contains("Allow", StringComparison.Ordinal))
        {
            await browser.SubmitAsync("Allow");
        }

        browser.Address.GetLeftPart(UriPartial.Authority).ShouldBe(Parley.Url, browser.Html);
    }

    private async Task<JsonElement> ControlAsync(string path) =>
        JsonDocument.Parse(await Control.GetStringAsync(path)).RootElement.GetProperty("items").Clone();

    private static StringContent JsonContent(string json) => new(json, System.Text.Encoding.UTF8, "application/json");

    public async ValueTask DisposeAsync()
    {
        await Parley.DisposeAsync();
        Control.Dispose();
        await Twin.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
