using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Parley.Sandbox.Mailbox;

/// <summary>Bytes to text by the name of a charset.</summary>
internal static class Charsets
{
    private static readonly UTF8Encoding StrictUtf8 = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>Without a charset, or with one that is not known: UTF-8 if it is that, else Latin-1, so that no byte is lost.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, string? charset)
    {
        try
        {
            if (charset is not null && !charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase))
            {
                return Encoding.GetEncoding(charset).GetString(bytes);
            }

            return StrictUtf8.GetString(bytes);
        }
        catch (Exception unknown)
            // NotSupportedException: a charset .NET knows but refuses, utf-7.
            when (unknown is DecoderFallbackException or ArgumentException or NotSupportedException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }
}

/// <summary>Content-Transfer-Encoding (RFC 2045 §6).</summary>
internal static class TransferEncoding
{
    public static byte[] Decode(ReadOnlySpan<byte> body, string? encoding) =>
        encoding?.Trim().ToLowerInvariant() switch
        {
            "base64" => Base64(body),
            "quoted-printable" => QuotedPrintable(body, underscoreIsSpace: false),
            _ => body.ToArray(),
        };

    public static byte[] Base64(ReadOnlySpan<byte> text)
    {
        StringBuilder clean = new(text.Length);
        foreach (byte b in text)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'+' or (byte)'/')
            {
                clean.Append((char)b);
            }
        }

        // A length of 1 modulo 4 cannot be; the odd character carries no whole byte.
        clean.Length -= clean.Length % 4 == 1 ? 1 : 0;
        clean.Append('=', (4 - (clean.Length % 4)) % 4);
        return Convert.FromBase64String(clean.ToString());
    }

    public static byte[] QuotedPrintable(ReadOnlySpan<byte> text, bool underscoreIsSpace)
    {
        using MemoryStream decoded = new(text.Length);
        for (int index = 0; index < text.Length; index++)
        {
            byte b = text[index];
            if (b == '=' && SoftBreak(text[(index + 1)..]) is > 0 and int skipped)
            {
                index += skipped;
            }
            else if (
                b == '='
                && index + 2 < text.Length
                && byte.TryParse(
                    Encoding.ASCII.GetString(text.Slice(index + 1, 2)),
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture,
                    out byte value
                )
            )
            {
                decoded.WriteByte(value);
                index += 2;
            }
            else
            {
                decoded.WriteByte(b == '_' && underscoreIsSpace ? (byte)' ' : b);
            }
        }

        return decoded.ToArray();
    }

    /// <summary>Length of a line break, after blanks that a relay may have added; 0 = none.</summary>
    private static int SoftBreak(ReadOnlySpan<byte> text)
    {
        int length = text.Length - text.TrimStart(" \t"u8).Length;
        if (length < text.Length && text[length] == '\r')
        {
            length++;
        }

        return length < text.Length && text[length] == '\n' ? length + 1 : 0;
    }
}

/// <summary>Encoded words in headers (RFC 2047).</summary>
internal static partial class EncodedWords
{
    public static string Decode(string value) =>
        // Blanks between two encoded words belong to neither (§6.2).
        Word().Replace(Gap().Replace(value, "${word}"), Decode);

    private static string Decode(Match word)
    {
        byte[] text = Encoding.ASCII.GetBytes(word.Groups["text"].Value);
        byte[] bytes = word.Groups["encoding"].Value is "B" or "b"
            ? TransferEncoding.Base64(text)
            : TransferEncoding.QuotedPrintable(text, underscoreIsSpace: true);
        return Charsets.Decode(bytes, word.Groups["charset"].Value.Split('*')[0]);
    }

    [GeneratedRegex(
        @"=\?(?<charset>[^?\s]+)\?(?<encoding>[BbQq])\?(?<text>[^?\s]*)\?=",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Word();

    [GeneratedRegex(
        @"(?<word>=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[BbQq]\?)",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Gap();
}

/// <summary>The sections of a multipart body (RFC 2046 §5.1).</summary>
internal static class Multipart
{
    public static IReadOnlyList<ReadOnlyMemory<byte>> Sections(ReadOnlyMemory<byte> body, string boundary)
    {
        List<ReadOnlyMemory<byte>> sections = [];
        byte[] delimiter = Encoding.Latin1.GetBytes("--" + boundary);
        int start = -1;
        int position = 0;
        while (position <= body.Length)
        {
            int length = body.Span[position..].IndexOf((byte)'\n');
            int next = length < 0 ? body.Length + 1 : position + length + 1;
            ReadOnlySpan<byte> line = body.Span[position..Math.Min(next, body.Length)].TrimEnd("\r\n\t "u8);
            bool closes = line.Length == delimiter.Length + 2 && line.EndsWith("--"u8);
            if (line.StartsWith(delimiter) && (line.Length == delimiter.Length || closes))
            {
                if (start >= 0)
                {
                    sections.Add(WithoutLastBreak(body[start..position]));
                }

                start = next;
                if (closes || next > body.Length)
                {
                    return sections;
                }
            }

            position = next;
        }

        if (start >= 0 && start <= body.Length)
        {
            // The closing line is missing: what is there still counts.
            sections.Add(body[start..]);
        }

        return sections;
    }

    /// <summary>The line break before a delimiter belongs to the delimiter.</summary>
    private static ReadOnlyMemory<byte> WithoutLastBreak(ReadOnlyMemory<byte> section)
    {
        int length = section.Length;
        if (length > 0 && section.Span[length - 1] == '\n')
        {
            length--;
        }

        if (length > 0 && section.Span[length - 1] == '\r')
        {
            length--;
        }

        return section[..length];
    }
}
