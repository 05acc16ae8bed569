using System.Text;
using System.Text.RegularExpressions;

namespace Parley.Conferencing.Wire;

/// <summary>Makes a provider's own words fit to be shown and logged: short, one line, without anything secret.</summary>
internal static partial class ProviderText
{
    private const int MaximumLength = 300;

    /// <param name="text">What the provider wrote.</param>
    /// <param name="secrets">What we sent it: a provider that echoes a token must not make us show it.</param>
    public static string? Clean(string? text, params ReadOnlySpan<string?> secrets)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        foreach (var secret in secrets)
        {
            if (!string.IsNullOrEmpty(secret))
                text = text.Replace(secret, "[removed]", StringComparison.Ordinal);
        }
        // Cut generously before the expressions run, finally after: a removal must not bring hidden text into view.
        if (text.Length > 4 * MaximumLength)
            text = text[..(4 * MaximumLength)];
        text = Tokens().Replace(text, "[removed]");
        text = SecretParameters().Replace(text, "${name}[removed]");
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (line.Length + rune.Utf16SequenceLength > MaximumLength)
                break;
            if (Rune.IsControl(rune))
                line.Append(' ');
            else
                line.Append(rune.ToString());
        }
        return line.ToString().Trim();
    }

    // A JSON web token, or whatever stands behind "Bearer". Non-backtracking: this reads text from outside.
    [GeneratedRegex(
        @"eyJ[A-Za-z0-9_.\-]{8,}|[Bb]earer\s+[A-Za-z0-9._~+/\-]+=*",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Tokens();

    [GeneratedRegex(
        @"(?<name>(?:[Tt]oken|[Ss]ecret|code|zak|pwd)=)[^&\s""]+",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex SecretParameters();
}
