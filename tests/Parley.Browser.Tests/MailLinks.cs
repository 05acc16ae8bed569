using System.Text.RegularExpressions;

namespace Parley.Browser.Tests;

/// <summary>The links a customer finds in the text of a mail.</summary>
public static partial class MailLinks
{
    public static string Door(string text) => Doors().Match(text).Value;

    public static string Manage(string text) => ManagePages().Match(text).Value;

    [GeneratedRegex("http://\\S+/j/[\\w-]+", RegexOptions.None, 1000)]
    private static partial Regex Doors();

    [GeneratedRegex("http://\\S+/booking/[\\w-]+/[\\w-]+", RegexOptions.None, 1000)]
    private static partial Regex ManagePages();
}
