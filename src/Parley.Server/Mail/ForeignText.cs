using System.Globalization;
using System.Text;

namespace Parley.Server.Mail;

/// <summary>
/// Text that came from outside, made fit to be shown to someone else: one line, no control or direction-changing characters,
/// and nothing mail programs would turn into a link — a stranger's words must not become something to click on in our mail.
/// </summary>
internal static class ForeignText
{
    /// <summary>Invisible and without width: breaks the pattern automatic linking looks for, not the word.</summary>
    private const char Joiner = '\u2060';

    /// <param name="most">Characters kept; a longer text ends in an ellipsis.</param>
    public static string Inert(string text, int most = 300)
    {
        var line = OneLine(text, most);
        var inert = new StringBuilder(line.Length + 8);
        for (var index = 0; index < line.Length; index++)
        {
            var here = line[index];
            var next = index + 1 < line.Length ? line[index + 1] : ' ';
            var before = index > 0 ? line[index - 1] : ' ';
            inert.Append(here);
            // example.com, user@example.com, http://…, mailto:… , +49 30 … stay readable and are no longer recognised.
            var linked = here switch
            {
                '.' or '@' => char.IsLetterOrDigit(before) && char.IsLetterOrDigit(next),
                ':' => char.IsLetterOrDigit(before) && !char.IsWhiteSpace(next),
                '/' => next == '/',
                _ => false,
            };
            if (linked)
            {
                inert.Append(Joiner);
            }
        }

        return inert.ToString();
    }

    /// <summary>White space and control characters as single spaces, without marks that reorder what is read.</summary>
    public static string OneLine(string text, int most)
    {
        var line = new StringBuilder(Math.Min(text.Length, most));
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (
                category
                    is UnicodeCategory.Control
                        or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator
                || Rune.IsWhiteSpace(rune)
            )
            {
                if (line.Length > 0 && line[^1] != ' ')
                {
                    line.Append(' ');
                }
            }
            else if (rune.Value is not (>= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069 or 0xFFFD))
            {
                if (line.Length + rune.Utf16SequenceLength > most - 1)
                {
                    return line.Append('…').ToString();
                }

                line.Append(rune.ToString());
            }
        }

        return line.ToString().TrimEnd();
    }
}
