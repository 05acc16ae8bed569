namespace Parley.Conferencing.Zoom;

/// <summary>
/// Zoom's identifiers. A meeting id is a number of 9 to 11 digits, an int64 on the wire and written in groups by people; a run of the
/// meeting has a <c>uuid</c>, base64-like, that may hold <c>/</c>, <c>+</c> and <c>=</c>; users and accounts have opaque text.
/// </summary>
internal static class ZoomIds
{
    private const int LongestKey = 320;
    private const int LongestUuid = 100;

    /// <summary>Digits of an id in any form people write it, <c>912 3456 7890</c> or <c>912-3456-7890</c>; null when it is none.</summary>
    public static string? Meeting(string? id)
    {
        if (id is null || id.Length > 40)
            return null;
        var digits = string.Concat(id.Where(c => c is not (' ' or '-' or '\u00a0' or '\u2009')));
        return
            digits is { Length: >= 1 and <= 19 }
            && digits.All(char.IsAsciiDigit)
            && digits[0] != '0'
            && long.TryParse(
                digits,
                System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture,
                out _
            )
            ? digits
            : null;
    }

    /// <summary>A user's id or address, fit to be a path segment; null when it is neither.</summary>
    public static string? User(string? key)
    {
        key = key?.Trim();
        return key is { Length: >= 1 and <= LongestKey } && !key.All(c => c == '.') && key.All(IsKeySign) ? key : null;
    }

    public static string? Uuid(string? uuid)
    {
        uuid = uuid?.Trim();
        return
            uuid is { Length: >= 1 and <= LongestUuid }
            && uuid.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '+' or '=' or '-' or '_')
            ? uuid
            : null;
    }

    /// <summary>
    /// A uuid as a path segment, encoded twice: Zoom demands it of those that begin with <c>/</c> or hold <c>//</c>, and decodes the others
    /// of the signs in question just as well.
    /// </summary>
    public static string UuidSegment(string uuid) =>
        uuid.Contains('/', StringComparison.Ordinal)
            ? Uri.EscapeDataString(Uri.EscapeDataString(uuid))
            : Uri.EscapeDataString(uuid);

    private static bool IsKeySign(char c) => c is > ' ' and < '\x7f' and not ('/' or '\\' or '?' or '#' or '%' or '"');
}
