using System.Text;

namespace Parley.Sandbox.Mailbox;

/// <summary>A header field, unfolded and with encoded words decoded.</summary>
public sealed record MailHeader(string Name, string Value);

/// <summary>A leaf of the MIME tree, transfer encoding undone.</summary>
public sealed record MailPart
{
    /// <summary>Lower case, e.g. <c>text/calendar</c>.</summary>
    public required string MediaType { get; init; }

    /// <summary>Parameters of Content-Type, names in lower case.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }
    public required string? FileName { get; init; }
    public required bool Attachment { get; init; }
    public required byte[] Content { get; init; }

    public string Text => Charsets.Decode(Content, Parameters.GetValueOrDefault("charset"));
}

/// <summary>A mail read from its bytes: RFC 5322 headers, RFC 2045/2046 parts, RFC 2047 words, RFC 2231 parameters.</summary>
public sealed class MailMessage
{
    private const int DeepestNesting = 16;

    private MailMessage(IReadOnlyList<MailHeader> headers, IReadOnlyList<MailPart> parts, string raw)
    {
        Headers = headers;
        Parts = parts;
        Raw = raw;
    }

    public IReadOnlyList<MailHeader> Headers { get; }

    /// <summary>The leaves in the order of the message.</summary>
    public IReadOnlyList<MailPart> Parts { get; }

    /// <summary>The message as text; bytes that are not UTF-8 are read as Latin-1.</summary>
    public string Raw { get; }

    public string Subject => Header("Subject") ?? "";

    /// <summary>The address of From, without the name.</summary>
    public string? From => Header("From") is { } from ? Address(from) : null;

    public string? Text => Parts.FirstOrDefault(part => part is { MediaType: "text/plain", Attachment: false })?.Text;

    public string? Html => Parts.FirstOrDefault(part => part is { MediaType: "text/html", Attachment: false })?.Text;

    /// <summary>The first calendar part, or else an attached .ics file.</summary>
    public string? Calendar =>
        (
            Parts.FirstOrDefault(part => part.MediaType == "text/calendar")
            ?? Parts.FirstOrDefault(part => part.FileName?.EndsWith(".ics", StringComparison.OrdinalIgnoreCase) == true)
        )?.Text;

    public string? Header(string name) =>
        Headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

    public static MailMessage Parse(byte[] raw)
    {
        (IReadOnlyList<MailHeader> headers, ReadOnlyMemory<byte> body) = MailHeaders.Split(raw);
        List<MailPart> parts = [];
        Collect(headers, body, parts, depth: 0);
        return new MailMessage(
            [.. headers.Select(header => header with { Value = EncodedWords.Decode(header.Value) })],
            parts,
            Charsets.Decode(raw, charset: null)
        );
    }

    private static void Collect(
        IReadOnlyList<MailHeader> headers,
        ReadOnlyMemory<byte> body,
        List<MailPart> parts,
        int depth
    )
    {
        string? Find(string name) =>
            headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Value;

        (string type, IReadOnlyDictionary<string, string> parameters) = MailHeaders.Parameters(
            Find("Content-Type") ?? "text/plain; charset=us-ascii"
        );
        if (
            type.StartsWith("multipart/", StringComparison.Ordinal)
            && parameters.TryGetValue("boundary", out string? boundary)
            && depth < DeepestNesting
        )
        {
            foreach (ReadOnlyMemory<byte> section in Multipart.Sections(body, boundary))
            {
                (IReadOnlyList<MailHeader> inner, ReadOnlyMemory<byte> content) = MailHeaders.Split(section);
                Collect(inner, content, parts, depth + 1);
            }

            return;
        }

        (string disposition, IReadOnlyDictionary<string, string> dispositionParameters) = MailHeaders.Parameters(
            Find("Content-Disposition") ?? ""
        );
        string? fileName = dispositionParameters.GetValueOrDefault("filename") ?? parameters.GetValueOrDefault("name");
        parts.Add(
            new MailPart
            {
                MediaType = type,
                Parameters = parameters,
                FileName = fileName is null ? null : EncodedWords.Decode(fileName),
                Attachment = disposition == "attachment",
                Content = TransferEncoding.Decode(body.Span, Find("Content-Transfer-Encoding")),
            }
        );
    }

    private static string Address(string mailbox)
    {
        int open = mailbox.LastIndexOf('<');
        int close = mailbox.LastIndexOf('>');
        return open >= 0 && close > open ? mailbox[(open + 1)..close] : mailbox.Trim();
    }
}
