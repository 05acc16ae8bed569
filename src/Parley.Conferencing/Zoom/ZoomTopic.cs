using System.Globalization;
using System.Text;

namespace Parley.Conferencing.Zoom;

/// <summary>Topics as they travel: one line, at most 200 characters, nothing escaped, no marker (that is in the agenda).</summary>
internal static class ZoomTopic
{
    private const int MaximumLength = 200;

    public static string ToWire(string subject)
    {
        var line = OneLine(subject);
        if (line.Length <= MaximumLength)
            return line;
        var end = 0;
        while (end < line.Length)
        {
            var length = StringInfo.GetNextTextElementLength(line, end);
            if (end + length > MaximumLength)
                break;
            end += length;
        }
        // One endless cluster must not leave the topic empty; half a surrogate pair must not travel.
        if (end == 0)
            end = char.IsHighSurrogate(line[MaximumLength - 1]) ? MaximumLength - 1 : MaximumLength;
        return line[..end].TrimEnd();
    }

    public static bool AreSame(string desired, string? observed) =>
        string.Equals(ToWire(desired), OneLine(observed ?? ""), StringComparison.Ordinal);

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
}
