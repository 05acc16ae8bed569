using System.Text.RegularExpressions;

namespace Parley.Sandbox.Pages;

/// <summary>Finds web addresses in plain text.</summary>
internal static partial class Links
{
    /// <summary>The text in pieces, each a link or not; together they are the text.</summary>
    public static IEnumerable<(string Piece, bool Link)> Split(string text)
    {
        int from = 0;
        foreach (Match match in Address().Matches(text))
        {
            yield return (text[from..match.Index], false);
            yield return (match.Value, true);
            from = match.Index + match.Length;
        }

        yield return (text[from..], false);
    }

    [GeneratedRegex(@"https?://[^\s<>""]*[^\s<>"".,;:!?)\]]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();
}
