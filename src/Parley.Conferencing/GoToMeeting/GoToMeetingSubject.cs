using System.Globalization;
using System.Text;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>
/// Subjects as they travel. GoTo documents one rule: <c>&lt;</c> and <c>&gt;</c> are sent as their entities, and all of it is
/// at most 100 characters. It says nothing of the ampersand, so "Smith &amp; Sons" goes out as typed — escaping it would show
/// everyone an entity if GoTo does not undo it. Only an ampersand that would be read as one of our entities is escaped
/// (a typed <c>&amp;lt;</c> is sent as <c>&amp;amp;lt;</c>): then reading undoes writing for every text, provided GoTo hands back what it
/// was sent. What it really hands back is not recorded anywhere; comparison therefore takes each stage of unescaping as equal.
/// </summary>
internal static class GoToMeetingSubject
{
    public const int MaximumLength = 100;

    /// <summary>Escaped, shortened between characters a reader sees, marker at the end: never over 100 UTF-16 units.</summary>
    public static string ToWire(string subject, string? marker)
    {
        var suffix = marker is null ? "" : Marker.Suffix(marker);
        return Shorten(OneLine(subject), MaximumLength - suffix.Length) + suffix;
    }

    /// <summary>Undoes the escaping of <see cref="ToWire"/>, once.</summary>
    public static string FromWire(string text)
    {
        if (!text.Contains('&', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var (value, length) = Entity(text.AsSpan(i));
            plain.Append(value);
            i += length - 1;
        }
        return plain.ToString();
    }

    /// <summary>Whether two texts are the same subject, at whatever stage of (un)escaping either stands.</summary>
    public static bool AreSame(string one, string other) =>
        string.Equals(Canonical(one), Canonical(other), StringComparison.Ordinal);

    private static string Canonical(string text)
    {
        for (var next = FromWire(text); next.Length != text.Length; next = FromWire(text))
            text = next;
        return OneLine(text);
    }

    // Line breaks and other controls become blanks, lone surrogates the replacement character, runs of blanks one.
    private static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || Rune.IsWhiteSpace(rune))
            {
                if (line is { Length: > 0 } && line[^1] != ' ')
                    line.Append(' ');
            }
            else
            {
                line.Append(rune.ToString());
            }
        }
        return line.ToString().TrimEnd();
    }

    private static string Shorten(string subject, int room)
    {
        var wire = new StringBuilder(MaximumLength);
        for (var i = 0; i < subject.Length; )
        {
            var length = StringInfo.GetNextTextElementLength(subject, i);
            var piece = EscapeAt(subject, i, length);
            if (wire.Length + piece.Length > room)
            {
                // One endless cluster (a letter under a heap of accents) must not leave the subject empty.
                if (wire.Length == 0)
                    AppendRunes(wire, subject.AsSpan(i), room);
                break;
            }
            wire.Append(piece);
            i += length;
        }
        return wire.ToString().TrimEnd();
    }

    private static void AppendRunes(StringBuilder wire, ReadOnlySpan<char> text, int room)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (wire.Length + rune.Utf16SequenceLength > room)
                return;
            wire.Append(rune.ToString());
        }
    }

    private static string EscapeAt(string subject, int start, int length)
    {
        var piece = new StringBuilder(length);
        for (var i = start; i < start + length; i++)
        {
            _ = subject[i] switch
            {
                '<' => piece.Append("&lt;"),
                '>' => piece.Append("&gt;"),
                '&' when Entity(subject.AsSpan(i)).Length > 1 => piece.Append("&amp;"),
                var c => piece.Append(c),
            };
        }
        return piece.ToString();
    }

    private static (char Value, int Length) Entity(ReadOnlySpan<char> text) =>
        text.StartsWith("&lt;", StringComparison.Ordinal) ? ('<', 4)
        : text.StartsWith("&gt;", StringComparison.Ordinal) ? ('>', 4)
        : text.StartsWith("&amp;", StringComparison.Ordinal) ? ('&', 5)
        : (text[0], 1);
}
