using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;

namespace Parley.EndToEnd.Tests;

/// <summary>Parley as an operator runs it: a process of its own, started by its verb, configured by its environment, killed without warning.</summary>
public sealed class ParleyProcess : IAsyncDisposable
{
    public const string ApiKey = "pk_test_end_to_end_0123456789abcdef";
    public const string OwnerEmail = "owner@example.org";
    public const string OwnerPassword = "correct horse battery";
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ParleyProcess(Process process, string url)
    {
        _process = process;
        Url = url;
        Api = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(url),
            Timeout = TimeSpan.FromSeconds(60),
        };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Url { get; }

    /// <summary>With a key that has every scope.</summary>
    public HttpClient Api { get; }
    public IEnumerable<string> Output => _output;

    /// <summary>Resident memory of the process, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>The most it ever was.</summary>
    public long PeakResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Processor time the process has used, of all cores together.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>From the start of the process to the first 200 of /health/ready.</summary>
    public TimeSpan TimeToReady { get; private set; }

    public static string NewMasterKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public static int SparePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <param name="settings">Names as an operator writes them, without the prefix: <c>Mail__Smtp__Host</c>. An empty value takes a default away.</param>
    public static async Task<ParleyProcess> StartAsync(
        string dataDirectory,
        string masterKey,
        IReadOnlyDictionary<string, string> settings,
        int? port = null
    )
    {
        var url = $"http://127.0.0.1:{port ?? SparePort()}";
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Parley.dll"));
        start.ArgumentList.Add("serve");
        foreach (
            var name in start
                .Environment.Keys.Where(name => name.StartsWith("PARLEY_", StringComparison.Ordinal))
                .ToList()
        )
        {
            start.Environment.Remove(name);
        }

        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Urls"] = url,
            ["PublicUrl"] = url,
            ["DataDirectory"] = dataDirectory,
            ["Secrets__MasterKey"] = masterKey,
            ["Bootstrap__Email"] = OwnerEmail,
            ["Bootstrap__Password"] = OwnerPassword,
            ["Bootstrap__ApiKey"] = ApiKey,
            ["RateLimits__Enabled"] = "false",
        };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        foreach (var (name, value) in all.Where(setting => setting.Value.Length > 0))
        {
            start.Environment["PARLEY_" + name] = value;
        }

        var watch = Stopwatch.StartNew();
        var parley = new ParleyProcess(Process.Start(start)!, url);
        await parley.ReadyAsync(watch);
        return parley;
    }

    /// <summary>Another verb of the executable, with the same settings.</summary>
    public static Process StartVerb(
        string dataDirectory,
        string masterKey,
        IReadOnlyDictionary<string, string> settings,
        (string Name, string Value) also,
        IEnumerable<string> arguments
    )
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Parley.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in settings)
        {
            start.Environment["PARLEY_" + name] = value;
        }

        start.Environment["PARLEY_DataDirectory"] = dataDirectory;
        start.Environment["PARLEY_Secrets__MasterKey"] = masterKey;
        start.Environment[also.Name] = also.Value;
        return Process.Start(start)!;
    }

    /// <summary>SIGKILL: no time to say goodbye.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var reply = await Api.GetAsync(path);
        return await ReadAsync(reply, HttpStatusCode.OK);
    }

    public async Task<JsonElement> PostAsync(string path, object body, HttpStatusCode expected = HttpStatusCode.Created)
    {
        using var reply = await Api.PostAsJsonAsync(path, body);
        return await ReadAsync(reply, expected);
    }

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage reply, HttpStatusCode expected)
    {
        var text = await reply.Content.ReadAsStringAsync();
        reply.StatusCode.ShouldBe(expected, text);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement.Clone();
    }

    /// <summary>Waits, at most <paramref name="seconds"/>, until something the background work does has come true.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what, int seconds = 30)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(seconds), $"waited in vain: {what}");
            await Task.Delay(50);
        }
    }

    private async Task ReadyAsync(Stopwatch watch)
    {
        while (watch.Elapsed < TimeSpan.FromSeconds(30))
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException(
                    $"Parley ended with {_process.ExitCode}:\n{string.Join('\n', _output)}"
                );
            }

            try
            {
                using var reply = await Api.GetAsync("/health/ready");
                if (reply.IsSuccessStatusCode)
                {
                    TimeToReady = watch.Elapsed;
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(10);
        }

        throw new TimeoutException($"Parley was not ready in 30 s:\n{string.Join('\n', _output)}");
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
