using System.Text.RegularExpressions;

namespace Parley.Server.Web;

/// <summary>
/// Origins of other people's pages, as browsers send them (RFC 6454 §6.2): compared as text, letter by letter, and written into policies.
/// So only the one form of each that browsers use is taken.
/// </summary>
public static partial class WebOrigin
{
    private const int Longest = 300;
    private const string Form = "must be https://host or https://host:port, without a path";

    /// <returns>Why this is not taken: "must be https://…"; null when it is.</returns>
    public static string? Objection(string? text)
    {
        if (text?.Contains('*', StringComparison.Ordinal) == true)
        {
            return "must name one host: wildcards are not taken";
        }

        if (text is null or { Length: > Longest } || !Uri.TryCreate(text, UriKind.Absolute, out var uri))
        {
            return Form;
        }

        if (uri.Scheme == Uri.UriSchemeHttp && uri.Host is not ("localhost" or "127.0.0.1" or "[::1]"))
        {
            return "must be https; http is taken of localhost alone";
        }

        var usual = $"{uri.Scheme}://{HostOf(uri)}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}";
        return !Shape().IsMatch(usual) ? Form
            : text != usual ? $"must be written as browsers do: {usual}"
            : null;
    }

    /// <summary>What people type into a box, one origin a line.</summary>
    public static IReadOnlyList<string> Lines(string? typed) =>
        (typed ?? "").Split(
            ['\n', '\r', ' ', ','],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );

    private static string HostOf(Uri uri) => uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost;

    [GeneratedRegex(
        @"^https?://(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?\z",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Shape();
}
