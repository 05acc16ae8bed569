using System.Text.RegularExpressions;

namespace Parley.Server.Web;

/// <summary>What Parley takes for an address: the plain form every mail server agrees on (RFC 5321 §4.1.2, ASCII, no quotes).</summary>
public static partial class EmailAddress
{
    public static bool IsValid(string text) => text.Length <= 254 && Form().IsMatch(text);

    [GeneratedRegex(
        @"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z",
        // No timeout: on a busy machine the clock may run out before a thread runs again, and a good address would be a fault.
        RegexOptions.CultureInvariant
            | RegexOptions.ExplicitCapture
            | RegexOptions.NonBacktracking
    )]
    private static partial Regex Form();
}
