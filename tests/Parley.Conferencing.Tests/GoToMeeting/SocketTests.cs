using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Conferencing.GoToMeeting;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

/// <summary>What only real sockets show: what the handler does of its own accord.</summary>
public sealed class SocketTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<string> _heard = [];
    private readonly ProviderAccess _access = new(Token);

    public SocketTests() => _listener.Start();

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Nothing_listening_is_never_sent()
    {
        var provider = Provider();
        _listener.Stop();
        var failure = (await provider.CreateAsync(_access, Spec, default)).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code).ShouldBe((FailureKind.NeverSent, FailureCodes.ConnectionRefused));
        failure.ToString().ShouldNotContain("CANARY");
    }

    [Fact]
    public async Task A_host_name_that_does_not_resolve_is_never_sent()
    {
        var failure = (
            await Provider("http://parley-test.invalid/G2M/rest").DeleteAsync(_access, "1", default)
        ).Failure;
        (failure!.Kind, failure.Code).ShouldBe((FailureKind.NeverSent, FailureCodes.HostNotFound));
    }

    [Fact]
    public async Task A_server_without_TLS_behind_https_is_never_sent()
    {
        _ = ServeAsync("HTTP/1.1 204 No Content\r\n\r\n");
        var failure = (await Provider($"https://127.0.0.1:{Port}").DeleteAsync(_access, "1", default)).Failure;
        (failure!.Kind, failure.Code).ShouldBe((FailureKind.NeverSent, FailureCodes.TlsFailed));
    }

    /// <summary>The handler repeats a bodiless request on a kept-alive connection that dies; a delete must not be.</summary>
    [Fact]
    public async Task A_delete_is_heard_once_when_a_kept_connection_dies_under_it()
    {
        var server = ServeAsync("HTTP/1.1 204 No Content\r\n\r\n", null, "HTTP/1.1 204 No Content\r\n\r\n");
        var provider = Provider();
        (await provider.DeleteAsync(_access, "1", default)).Succeeded.ShouldBeTrue();

        var failure = (await provider.DeleteAsync(_access, "2", default)).Failure.ShouldNotBeNull();

        (failure.Kind, failure.Code).ShouldBe((FailureKind.Unknown, FailureCodes.ConnectionLost));
        _heard.ShouldBe(["DELETE /G2M/rest/meetings/1 HTTP/1.1", "DELETE /G2M/rest/meetings/2 HTTP/1.1"]);
        server.IsFaulted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_decides_nothing()
    {
        _ = ServeAsync(
            $"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{Port}/elsewhere\r\nContent-Length: 0\r\n\r\n"
        );
        var failure = (await Provider().DeleteAsync(_access, "1", default)).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code, failure.HttpStatus).ShouldBe((FailureKind.Unknown, FailureCodes.Undecided, 307));
        _heard.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_reply_cut_in_the_body_is_a_lost_connection()
    {
        _ = ServeAsync(
            "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n[{\"meetingid\":1"
        );
        var failure = (await Provider().CreateAsync(_access, Spec, default)).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code).ShouldBe((FailureKind.Unknown, FailureCodes.ConnectionLost));
    }

    [Fact]
    public async Task Endless_headers_are_unknown()
    {
        _ = ServeAsync("HTTP/1.1 201 Created\r\nX: " + new string('x', 200_000) + "\r\n\r\n");
        var failure = (await Provider().CreateAsync(_access, Spec, default)).Failure.ShouldNotBeNull();
        failure.Kind.ShouldBe(FailureKind.Unknown);
    }

    [Fact]
    public async Task Neither_the_token_nor_the_host_link_reaches_a_log()
    {
        var log = new RecordingLog();
        const string link = "https://global.gotomeeting.com/host/1?authenticationToken=CANARYLINK";
        _ = ServeAsync($"HTTP/1.1 200 OK\r\nContent-Length: {link.Length + 14}\r\n\r\n{{\"hostURL\":\"{link}\"}}");
        var provider = Provider(logging: logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));

        (await provider.StartAsync(_access, "1", default)).Value.Url.ShouldBe(link);

        log.CreateLogger("").LogTrace("proof that {What} is recorded", "CANARYPROOF");
        log.Lines.ShouldContain(line => line.Contains("CANARYPROOF"));
        log.Lines.ShouldNotContain(line => line.Contains("CANARYLINK") || line.Contains(Token));
    }

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    private IConferencingProvider Provider(string? apiBaseUrl = null, Action<ILoggingBuilder>? logging = null)
    {
        var services = new ServiceCollection();
        if (logging is not null)
            services.AddLogging(logging);
        services.AddGoToMeeting(
            new GoToMeetingOptions
            {
                ApiBaseUrl = apiBaseUrl ?? $"http://127.0.0.1:{Port}/G2M/rest",
                ReadRetryDelay = TimeSpan.Zero,
            }
        );
        return services.BuildServiceProvider().GetRequiredService<ProviderCatalogue>().Find("gotomeeting")!.Provider;
    }

    /// <summary>Answers requests in order; null closes the connection instead.</summary>
    private async Task ServeAsync(params string?[] answers)
    {
        Socket? socket = null;
        foreach (var answer in answers)
        {
            socket ??= await _listener.AcceptSocketAsync();
            if (await HearAsync(socket) && answer is not null)
            {
                await socket.SendAsync(Encoding.ASCII.GetBytes(answer));
                continue;
            }
            socket.Dispose();
            socket = null;
        }
        socket?.Shutdown(SocketShutdown.Send);
    }

    private async Task<bool> HearAsync(Socket socket)
    {
        var buffer = new byte[64 * 1024];
        var text = new StringBuilder();
        while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await socket.ReceiveAsync(buffer);
            if (read == 0)
                return false;
            text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            // A TLS greeting: answer as a plain server would.
            if (text[0] == '\x16')
                return true;
        }
        lock (_heard)
            _heard.Add(text.ToString().Split("\r\n")[0]);
        return true;
    }

    private sealed class RecordingLog : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Lines.Add(state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            lock (Lines)
                Lines.Add(formatter(state, exception) + exception);
        }

        public void Dispose() { }
    }
}
