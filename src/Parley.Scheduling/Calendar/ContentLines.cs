using System.Globalization;
using System.Text;

namespace Parley.Scheduling.Calendar;

/// <summary>
/// Content lines of RFC 5545 §3.1. Every value passes through exactly one of the escapes here, and none of them lets a
/// line end through.
/// </summary>
internal sealed class ContentLines
{
    private const int MostOctets = 75;

    private readonly StringBuilder text = new();

    /// <summary>A value of our own making: names, dates, numbers.</summary>
    public void Raw(string name, string value, params ReadOnlySpan<(string Name, string? Value)> parameters) =>
        Fold(name, value, parameters);

    /// <summary>A TEXT value (RFC 5545 §3.3.11).</summary>
    public void Text(string name, string value) => Fold(name, Escape(value), []);

    public void OptionalText(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            Text(name, value);
        }
    }

    /// <summary>A URI value: what may not stand in one is percent-encoded, control characters are dropped.</summary>
    public void Uri(string name, string value) => Fold(name, EncodeUri(value), []);

    /// <summary>A calendar user address, <c>mailto:</c>.</summary>
    public void Address(string name, string email, params ReadOnlySpan<(string Name, string? Value)> parameters) =>
        Fold(name, "mailto:" + EncodeUri(email), parameters);

    public override string ToString() => text.ToString();

    private void Fold(string name, string value, ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var line = new StringBuilder(name);
        foreach (var (parameter, content) in parameters)
        {
            if (!string.IsNullOrEmpty(content))
            {
                line.Append(';').Append(parameter).Append('=').Append(Parameter(content));
            }
        }

        line.Append(':').Append(value);
        var octets = 0;
        foreach (var rune in line.ToString().EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > MostOctets)
            {
                text.Append("\r\n ");
                // The space that marks the continuation counts.
                octets = 1;
            }

            text.Append(rune.ToString());
            octets += rune.Utf8SequenceLength;
        }

        text.Append("\r\n");
    }

    private static string Escape(string value)
    {
        var escaped = new StringBuilder(value.Length + 16);
        foreach (var rune in Clean(value))
        {
            switch (rune.Value)
            {
                case '\n':
                    escaped.Append("\\n");
                    break;
                case '\\' or ';' or ',':
                    escaped.Append('\\').Append((char)rune.Value);
                    break;
                default:
                    escaped.Append(rune.ToString());
                    break;
            }
        }

        return escaped.ToString();
    }

    /// <summary>Always quoted unless plain; quotes, line ends and carets as RFC 6868 says.</summary>
    private static string Parameter(string value)
    {
        var encoded = new StringBuilder(value.Length + 8);
        var plain = true;
        foreach (var rune in Clean(value))
        {
            plain &= rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value is '-' or '/' or '_');
            switch (rune.Value)
            {
                case '\n':
                    encoded.Append("^n");
                    break;
                case '"':
                    encoded.Append("^'");
                    break;
                case '^':
                    encoded.Append("^^");
                    break;
                default:
                    encoded.Append(rune.ToString());
                    break;
            }
        }

        return plain ? encoded.ToString() : encoded.Insert(0, '"').Append('"').ToString();
    }

    private static string EncodeUri(string value)
    {
        var encoded = new StringBuilder(value.Length);
        Span<byte> octets = stackalloc byte[4];
        foreach (var rune in Clean(value))
        {
            if (rune.Value == '\n')
            {
                continue;
            }

            if (rune.IsAscii && rune.Value > ' ' && !"\"<>\\^`{|}".Contains((char)rune.Value, StringComparison.Ordinal))
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            foreach (var octet in octets[..rune.EncodeToUtf8(octets)])
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
            }
        }

        return encoded.ToString();
    }

    /// <summary>
    /// Line ends of any kind as one <c>\n</c>, a tab as it is, other control characters not at all. The line ends
    /// beyond ASCII count too, because readers split lines at them.
    /// </summary>
    private static IEnumerable<Rune> Clean(string value)
    {
        var afterReturn = false;
        foreach (var rune in value.EnumerateRunes())
        {
            var isReturn = rune.Value == '\r';
            if (rune.Value is '\n' or '\r' or '\v' or '\f' or 0x85 or 0x2028 or 0x2029)
            {
                if (!(rune.Value == '\n' && afterReturn))
                {
                    yield return new Rune('\n');
                }
            }
            else if (rune.Value == '\t' || !Rune.IsControl(rune))
            {
                yield return rune;
            }

            afterReturn = isReturn;
        }
    }
}
