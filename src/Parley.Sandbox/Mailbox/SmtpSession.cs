using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Mailbox;

/// <summary>One SMTP conversation. A line ends with CR LF and nothing else, which is what keeps mails from being smuggled in mails.</summary>
internal sealed class SmtpSession(Stream stream, World world, TimeProvider timeProvider)
{
    private const int LargestMail = 10 * 1024 * 1024;
    private const int LongestCommand = 2048;
    private const int MostRecipients = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly PipeReader reader = PipeReader.Create(stream);
    private readonly List<string> recipients = [];
    private bool greeted;
    private string? sender;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await ReplyAsync("220 sandbox ESMTP, nothing is delivered", cancellationToken);
        while (await ReadCommandAsync(cancellationToken) is { } line)
        {
            if (line.Length > LongestCommand)
            {
                await ReplyAsync("500 5.5.2 line too long", cancellationToken);
                continue;
            }

            int blank = line.IndexOf(' ', StringComparison.Ordinal);
            string verb = (blank < 0 ? line : line[..blank]).ToUpperInvariant();
            string argument = blank < 0 ? "" : line[(blank + 1)..].Trim();
            if (verb == "QUIT")
            {
                await ReplyAsync("221 2.0.0 bye", cancellationToken);
                return;
            }

            string reply = verb == "DATA" ? await DataAsync(cancellationToken) : Answer(verb, argument);
            await ReplyAsync(reply, cancellationToken);
        }
    }

    private string Answer(string verb, string argument)
    {
        switch (verb)
        {
            case "EHLO":
                Forget();
                greeted = true;
                return $"250-sandbox\r\n250-SIZE {LargestMail}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 PIPELINING";
            case "HELO":
                Forget();
                greeted = true;
                return "250 sandbox";
            case "MAIL":
                return Mail(argument);
            case "RCPT":
                return Recipient(argument);
            case "RSET":
                Forget();
                return "250 2.0.0 forgotten";
            case "NOOP":
                return "250 2.0.0 ok";
            case "VRFY":
                return "252 2.1.5 every address is taken";
            default:
                return "502 5.5.1 command not implemented";
        }
    }

    private string Mail(string argument)
    {
        if (!greeted)
        {
            return "503 5.5.1 say EHLO first";
        }

        if (sender is not null)
        {
            return "503 5.5.1 a mail is under way";
        }

        if (Path(argument, "FROM:") is not var (address, parameters))
        {
            return "501 5.5.4 MAIL FROM:<address>";
        }

        foreach (string parameter in parameters)
        {
            string[] pair = parameter.Split('=', 2);
            switch (pair[0].ToUpperInvariant())
            {
                case "SIZE"
                    when pair.Length == 2
                        && long.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out long size):
                    if (size > LargestMail)
                    {
                        return "552 5.3.4 the mail is too large";
                    }

                    break;
                case "BODY" when pair.Length == 2 && pair[1].ToUpperInvariant() is "7BIT" or "8BITMIME":
                case "SMTPUTF8" when pair.Length == 1:
                    break;
                default:
                    return "555 5.5.4 parameter not known";
            }
        }

        sender = address;
        return "250 2.1.0 sender ok";
    }

    private string Recipient(string argument)
    {
        if (sender is null)
        {
            return "503 5.5.1 MAIL FROM comes first";
        }

        if (Path(argument, "TO:") is not var (address, parameters) || !address.Contains('@', StringComparison.Ordinal))
        {
            return "501 5.1.3 RCPT TO:<address>";
        }

        if (parameters.Length > 0)
        {
            return "555 5.5.4 parameter not known";
        }

        if (recipients.Count == MostRecipients)
        {
            return "452 4.5.3 too many recipients";
        }

        recipients.Add(address);
        return "250 2.1.5 recipient ok";
    }

    private async Task<string> DataAsync(CancellationToken cancellationToken)
    {
        if (recipients.Count == 0)
        {
            return "503 5.5.1 RCPT TO comes first";
        }

        await ReplyAsync("354 end with a dot alone on a line", cancellationToken);
        using MemoryStream mail = new();
        bool tooLarge = false;
        bool bareBreak = false;
        while (await ReadLineAsync(cancellationToken) is { } line)
        {
            if (line is [(byte)'.'])
            {
                string reply = Store(mail, tooLarge, bareBreak);
                Forget();
                return reply;
            }

            // RFC 5321 §4.5.2: a first dot was put there by the sender.
            int skip = line is [(byte)'.', ..] ? 1 : 0;
            bareBreak |= line.AsSpan().ContainsAny((byte)'\n', (byte)'\r');
            tooLarge |= mail.Length + line.Length + 2 > LargestMail;
            if (!tooLarge)
            {
                mail.Write(line, skip, line.Length - skip);
                mail.Write("\r\n"u8);
            }
        }

        throw new IOException("The connection ended within a mail.");
    }

    private string Store(MemoryStream mail, bool tooLarge, bool bareBreak)
    {
        if (tooLarge)
        {
            return "552 5.3.4 the mail is too large";
        }

        if (bareBreak)
        {
            // RFC 5321 §2.3.8: CR and LF only together. Lenient servers here are how smuggled mails come about.
            return "550 5.6.0 CR or LF alone is not allowed";
        }

        long number = world.Change(state =>
        {
            long next = state.Mails.All.Select(known => known.Number).DefaultIfEmpty().Max() + 1;
            state.Mails.Put(
                $"{next}",
                new StoredMail
                {
                    Number = next,
                    EnvelopeFrom = sender ?? "",
                    EnvelopeTo = [.. recipients],
                    ReceivedAt = state.Now,
                    Raw = mail.ToArray(),
                }
            );
            return next;
        });
        return $"250 2.0.0 kept as {number}";
    }

    private void Forget()
    {
        sender = null;
        recipients.Clear();
    }

    /// <summary><c>FROM:&lt;a@b&gt; SIZE=1</c> → address and parameters.</summary>
    private static (string Address, string[] Parameters)? Path(string argument, string keyword)
    {
        if (!argument.StartsWith(keyword, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        string rest = argument[keyword.Length..].TrimStart();
        int close = rest.IndexOf('>', StringComparison.Ordinal);
        return rest.StartsWith('<') && close > 0
            ? (rest[1..close], rest[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            : null;
    }

    private async Task<string?> ReadCommandAsync(CancellationToken cancellationToken) =>
        await ReadLineAsync(cancellationToken) is { } line ? Encoding.UTF8.GetString(line) : null;

    /// <summary>Bytes up to CR LF, without it; null when the other side has left.</summary>
    private async Task<byte[]?> ReadLineAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(Patience, timeProvider);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            patience.Token
        );
        while (true)
        {
            ReadResult read = await reader.ReadAsync(both.Token);
            if (LineEnd(read.Buffer) is { } end)
            {
                byte[] line = read.Buffer.Slice(0, end).ToArray();
                reader.AdvanceTo(read.Buffer.GetPosition(2, end));
                return line;
            }

            if (read.IsCompleted)
            {
                return null;
            }

            if (read.Buffer.Length > LargestMail)
            {
                throw new IOException("A line without end.");
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static SequencePosition? LineEnd(ReadOnlySequence<byte> buffer)
    {
        SequenceReader<byte> bytes = new(buffer);
        return bytes.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8) ? line.End : null;
    }

    private async Task ReplyAsync(string reply, CancellationToken cancellationToken) =>
        await stream.WriteAsync(Encoding.ASCII.GetBytes(reply + "\r\n"), cancellationToken);
}
