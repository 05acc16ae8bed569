using System.Buffers;

namespace Parley.Conferencing;

/// <summary>
/// The short code that ends a subject, <c>Kick-off [K7Q2M]</c>, by which a meeting is found again in a listing. It is no
/// secret. Reading one proves nothing: only markers known to our own arrangements may be acted on.
/// </summary>
public static class Marker
{
    /// <summary>Digits and capitals without vowels (no words by accident) and without the look-alikes 0, 1, L and Y.</summary>
    public const string Alphabet = "23456789BCDFGHJKMNPQRSTVWXZ";

    /// <summary>Characters of a marker. Five give 14 million; more may be used when an account is crowded.</summary>
    public const int MinimumLength = 5;
    public const int MaximumLength = 8;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);

    public static bool IsValid(ReadOnlySpan<char> code) =>
        code.Length is >= MinimumLength and <= MaximumLength && !code.ContainsAnyExcept(Allowed);

    /// <summary>What the marker adds to a subject, the separating space included.</summary>
    /// <exception cref="ArgumentException">Not a marker.</exception>
    public static string Suffix(string code) =>
        IsValid(code) ? $" [{code}]" : throw new ArgumentException("Not a marker: " + code, nameof(code));

    /// <summary>The marker at the subject's end, or null.</summary>
    public static string? TryRead(string subject) => Split(subject).Code;

    /// <summary>Subject and marker apart; the subject is whole when there is no marker.</summary>
    public static (string Subject, string? Code) Split(string subject)
    {
        var trimmed = subject.AsSpan().TrimEnd();
        if (trimmed is not [.., ']'])
            return (subject, null);
        var open = trimmed.LastIndexOf('[');
        if (open < 0 || !IsValid(trimmed[(open + 1)..^1]) || (open > 0 && trimmed[open - 1] != ' '))
            return (subject, null);
        return (trimmed[..open].TrimEnd().ToString(), trimmed[(open + 1)..^1].ToString());
    }
}
