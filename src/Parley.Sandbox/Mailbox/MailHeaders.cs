using System.Globalization;
using System.Text;

namespace Parley.Sandbox.Mailbox;

/// <summary>Header block and structured header values (RFC 5322 §2.2, RFC 2045 §5.1, RFC 2231).</summary>
internal static class MailHeaders
{
    /// <summary>Header fields, unfolded but not decoded, and what follows the empty line.</summary>
    public static (IReadOnlyList<MailHeader> Headers, ReadOnlyMemory<byte> Body) Split(ReadOnlyMemory<byte> message)
    {
        List<MailHeader> headers = [];
        ReadOnlyMemory<byte> rest = message;
        while (!rest.IsEmpty)
        {
            int end = rest.Span.IndexOf((byte)'\n');
            ReadOnlyMemory<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            string text = Charsets.Decode(line.Span.TrimEnd((byte)'\r'), charset: null);
            if (text.Length == 0)
            {
                break;
            }

            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (text[0] is ' ' or '\t' && headers.Count > 0)
            {
                headers[^1] = headers[^1] with { Value = headers[^1].Value + text };
            }
            else if (colon > 0)
            {
                headers.Add(new MailHeader(text[..colon].Trim(), text[(colon + 1)..].Trim()));
            }
        }

        return (headers, rest);
    }

    /// <summary><c>text/plain; charset="utf-8"; name*=UTF-8''a%20b</c> → lower-case value and its parameters.</summary>
    public static (string Value, IReadOnlyDictionary<string, string> Parameters) Parameters(string header)
    {
        List<string> pieces = Pieces(header);
        Dictionary<string, string> parameters = new(StringComparer.Ordinal);
        SortedDictionary<string, SortedDictionary<int, string>> continued = new(StringComparer.Ordinal);
        foreach (string piece in pieces.Skip(1))
        {
            int equals = piece.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                continue;
            }

            string name = piece[..equals].Trim().ToLowerInvariant();
            string value = Unquote(piece[(equals + 1)..].Trim());
            string[] sections = name.TrimEnd('*').Split('*');
            if (name.EndsWith('*'))
            {
                value = Extended(value);
            }

            if (
                sections.Length == 2
                && int.TryParse(sections[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            )
            {
                continued.TryAdd(sections[0], []);
                continued[sections[0]][number] = value;
            }
            else
            {
                parameters[sections[0]] = value;
            }
        }

        foreach ((string name, SortedDictionary<int, string> sections) in continued)
        {
            parameters[name] = string.Concat(sections.Values);
        }

        return (pieces[0].Trim().ToLowerInvariant(), parameters);
    }

    /// <summary>Splits at semicolons outside quotes.</summary>
    private static List<string> Pieces(string header)
    {
        List<string> pieces = [];
        StringBuilder piece = new();
        bool quoted = false;
        for (int index = 0; index < header.Length; index++)
        {
            char c = header[index];
            if (c == '\\' && quoted && index + 1 < header.Length)
            {
                piece.Append(c).Append(header[++index]);
                continue;
            }

            if (c == '"')
            {
                quoted = !quoted;
            }

            if (c == ';' && !quoted)
            {
                pieces.Add(piece.ToString());
                piece.Clear();
                continue;
            }

            piece.Append(c);
        }

        pieces.Add(piece.ToString());
        return pieces;
    }

    private static string Unquote(string value)
    {
        if (value.Length < 2 || value[0] != '"' || value[^1] != '"')
        {
            return value;
        }

        StringBuilder text = new();
        for (int index = 1; index < value.Length - 1; index++)
        {
            if (value[index] == '\\' && index + 1 < value.Length - 1)
            {
                index++;
            }

            text.Append(value[index]);
        }

        return text.ToString();
    }

    /// <summary><c>UTF-8'en'a%20b</c>; later sections of a continued parameter carry no charset.</summary>
    private static string Extended(string value)
    {
        string[] parts = value.Split('\'', 3);
        return Uri.UnescapeDataString(parts.Length == 3 ? parts[2] : value);
    }
}
