using System.Globalization;

namespace Parley.Conferencing.Zoom;

/// <summary>
/// The agenda: the marker on its first line, then what the organizer wrote. Lists cut it to 250 characters, so nothing may stand before
/// the marker; one call may flatten the line break, so a blank ends it as well.
/// </summary>
internal static class ZoomAgenda
{
    public const int MaximumLength = 2000;

    /// <summary>Null when there is neither marker nor description.</summary>
    public static string? Write(string? marker, string? description)
    {
        // Throws on what is no marker.
        var head = marker is null ? "" : Marker.Suffix(marker).TrimStart();
        var text = Lines(description);
        if (head.Length == 0)
            return text.Length == 0 ? null : Shorten(text, MaximumLength);
        return text.Length == 0 ? head : head + "\n" + Shorten(text, MaximumLength - head.Length - 1);
    }

    /// <summary>Marker and the rest apart.</summary>
    public static (string? Marker, string Description) Read(string? agenda)
    {
        var text = Lines(agenda);
        if (text is not ['[', ..])
            return (null, text);
        var end = text.IndexOf(']', StringComparison.Ordinal);
        if (
            end < 0
            || !Marker.IsValid(text.AsSpan(1, end - 1))
            || (end + 1 < text.Length && text[end + 1] is not ('\n' or ' '))
        )
            return (null, text);
        return (text[1..end], text[(end + 1)..].Trim());
    }

    /// <summary>
    /// What the agenda ought to be, given what it is: without a description of ours the organizer's own words at Zoom stay.
    /// </summary>
    public static string? Desired(MeetingSpec spec, string? observed) =>
        spec.Description is null
            ? Write(spec.Marker, Read(observed).Description)
            : Write(spec.Marker, spec.Description);

    public static bool AreSame(string? one, string? other) =>
        string.Equals(Lines(one), Lines(other), StringComparison.Ordinal);

    private static string Lines(string? text) =>
        (text ?? "").Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Trim();

    private static string Shorten(string text, int room)
    {
        if (text.Length <= room)
            return text;
        var end = 0;
        while (end < text.Length)
        {
            var length = StringInfo.GetNextTextElementLength(text, end);
            if (end + length > room)
                break;
            end += length;
        }
        return text[..end].TrimEnd();
    }
}
