using System.Globalization;

namespace Parley.Server.Booking.Views;

/// <summary>Names in links, made for people who do not care to think of one.</summary>
internal static class PageSlug
{
    private const int Longest = 64;

    public static string From(string title)
    {
        var letters = title
            .Normalize(System.Text.NormalizationForm.FormD)
            .ToLowerInvariant()
            .Select(letter =>
                letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') ? letter
                : char.IsWhiteSpace(letter) || letter == '-' ? '-'
                : '\0'
            )
            .Where(letter => letter != '\0');
        var slug = string.Join('-', string.Concat(letters).Split('-', StringSplitOptions.RemoveEmptyEntries));
        // A title in other letters than a link can have.
        return slug.Length == 0 ? "meeting" : Shortened(slug, Longest);
    }

    /// <summary>The name with a number behind, no longer than a name may be.</summary>
    public static string Numbered(string slug, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Shortened(slug, Longest - 4)}-{number}");

    private static string Shortened(string slug, int length) =>
        slug.Length > length ? slug[..length].TrimEnd('-') : slug;
}
