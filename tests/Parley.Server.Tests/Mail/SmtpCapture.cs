using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Parley.Server.Tests.Mail;

/// <summary>
/// A mail server for tests: keeps the bytes of every message as they came over the wire (dots unstuffed), answers as a test
/// scripts it, or breaks the connection. Knows no other mail code of ours.
/// </summary>
public sealed class SmtpCapture : IAsyncDisposable
{
    /// <summary>As a reply: cut the connection instead.</summary>
    public const string Cut = "cut";
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _messages = new();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly Task _accepting;

    public SmtpCapture()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Accepted messages, Latin-1 so that every byte is one character.</summary>
    public IReadOnlyList<string> Messages => [.. _messages];
    public IReadOnlyList<string> Commands => [.. _commands];

    /// <summary>The verb (EHLO, MAIL, RCPT, DATA, or "." for the end of the content) → a reply, or null for the usual one.</summary>
    public Func<string, string?> Script { get; set; } = _ => null;

    public Dictionary<string, string?> Settings =>
        new(StringComparer.Ordinal)
        {
            ["Mail:Smtp:Host"] = "127.0.0.1",
            ["Mail:Smtp:Port"] = Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["Mail:From"] = "Parley <parley@meet.example.org>",
        };

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1);
            await using var writer = new StreamWriter(stream, Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
            if (!await AnswerAsync(writer, "greeting", "220 test"))
            {
                return;
            }

            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                _commands.Enqueue(line);
                var verb = line.Split(' ')[0].ToUpperInvariant();
                var usual = verb switch
                {
                    "DATA" => "354 go on",
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                };
                if (!await AnswerAsync(writer, verb, usual) || verb == "QUIT")
                {
                    return;
                }

                if (verb == "DATA" && (Script(verb) ?? usual).StartsWith('3'))
                {
                    if (await ContentAsync(reader) is not { } content || Script(".") == Cut)
                    {
                        return;
                    }

                    if ((Script(".") ?? "250").StartsWith('2'))
                    {
                        _messages.Enqueue(content);
                    }

                    await AnswerAsync(writer, ".", "250 taken");
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The other side hung up.
        }
    }

    private async Task<string?> ContentAsync(StreamReader reader)
    {
        var content = new StringBuilder();
        var lines = 0;
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line == ".")
            {
                return content.ToString();
            }

            if (Script("content") == Cut && ++lines > 30)
            {
                return null;
            }

            content.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        return null;
    }

    private async Task<bool> AnswerAsync(StreamWriter writer, string verb, string usual)
    {
        var reply = Script(verb) ?? usual;
        if (reply == Cut)
        {
            return false;
        }

        await writer.WriteLineAsync(reply);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }
}
