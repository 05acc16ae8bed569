using System.Net.Sockets;
using System.Text;

namespace Parley.Sandbox.Tests;

/// <summary>An SMTP conversation over a bare socket.</summary>
internal sealed class MailSession : IAsyncDisposable
{
    private readonly TcpClient client = new();
    private StreamReader? reader;

    public static async Task<MailSession> OpenAsync(Twin twin)
    {
        MailSession session = new();
        await session.client.ConnectAsync("127.0.0.1", twin.Host.SmtpPort);
        session.client.ReceiveTimeout = 10_000;
        session.reader = new StreamReader(session.client.GetStream(), Encoding.ASCII);
        (await session.ReplyAsync()).ShouldStartWith("220 ");
        return session;
    }

    /// <summary>Sends a line and returns the reply, its lines joined.</summary>
    public async Task<string> SayAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReplyAsync();
    }

    public async Task SendAsync(string text) => await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text));

    public async Task<string> ReplyAsync()
    {
        StringBuilder reply = new();
        while (true)
        {
            string line = await reader!.ReadLineAsync() ?? throw new IOException("The server has left.");
            reply.Append(line).Append('\n');
            if (line.Length < 4 || line[3] != '-')
            {
                return reply.ToString();
            }
        }
    }

    public async Task<bool> EndedAsync() => await reader!.ReadLineAsync() is null;

    /// <summary>One whole mail; returns the reply to its end.</summary>
    public static async Task<string> DeliverAsync(Twin twin, string data, string to = "bob@customer.example")
    {
        await using MailSession session = await OpenAsync(twin);
        (await session.SayAsync("EHLO tests.example")).ShouldStartWith("250-");
        (await session.SayAsync("MAIL FROM:<parley@northwind.example>")).ShouldStartWith("250 ");
        (await session.SayAsync($"RCPT TO:<{to}>")).ShouldStartWith("250 ");
        (await session.SayAsync("DATA")).ShouldStartWith("354 ");
        await session.SendAsync(data + "\r\n.\r\n");
        string reply = await session.ReplyAsync();
        (await session.SayAsync("QUIT")).ShouldStartWith("221 ");
        return reply;
    }

    public ValueTask DisposeAsync()
    {
        reader?.Dispose();
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}
