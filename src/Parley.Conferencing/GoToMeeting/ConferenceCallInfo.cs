using System.Text.RegularExpressions;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>
/// What <c>conferenceCallInfo</c> tells in replies: not the option that was sent but the text of an invitation,
/// <c>US: +1 (571) 317-3131\nAccess Code: 525-164-341</c>, a country a line. Lines of another form tell nothing we can use.
/// </summary>
internal sealed partial record ConferenceCallInfo(IReadOnlyList<DialInNumber> DialIn, string? AccessCode)
{
    private const int MaximumNumbers = 200;

    public static ConferenceCallInfo Parse(string? text)
    {
        var numbers = new List<DialInNumber>();
        string? accessCode = null;
        foreach (
            var line in (text ?? "").Split(
                ['\n', '\r'],
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
            )
        )
        {
            if (AccessCodeLine().Match(line) is { Success: true } code)
                accessCode ??= code.Groups["code"].Value.Trim();
            else if (numbers.Count < MaximumNumbers && Number(line) is { } number)
                numbers.Add(number);
        }
        return new ConferenceCallInfo(numbers, accessCode);
    }

    private static DialInNumber? Number(string line)
    {
        var tollFree = TollFree().IsMatch(line);
        // The mark stands behind the country or behind the number, in brackets or not.
        line = TollFree().Replace(line, "");
        if (NumberLine().Match(line) is not { Success: true } match)
            return null;
        var number = match.Groups["number"].Value.Trim();
        if (number.Count(char.IsAsciiDigit) < 5)
            return null;
        return new DialInNumber(match.Groups["country"].Value.Trim(' ', '-', ','), number, tollFree);
    }

    [GeneratedRegex(
        @"^\s*access\s+code\s*:\s*(?<code>[0-9][0-9 \-]*)#?\s*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex AccessCodeLine();

    [GeneratedRegex(
        @"^(?<country>[^:0-9]{2,60}):\s*(?<number>\+?[0-9(][0-9()\-. /]{3,40})\s*$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex NumberLine();

    [GeneratedRegex(
        @"[(\[]?\s*toll[\s\-]?free\s*[)\]]?",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex TollFree();
}
