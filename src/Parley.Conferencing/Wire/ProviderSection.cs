using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Parley.Conferencing.Wire;

/// <summary>One provider's section of the configuration, <c>Providers:…</c>; blank means not set.</summary>
internal readonly struct ProviderSection(IConfiguration section)
{
    public string? Text(string name) =>
        section[name] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    public TimeSpan? Time(string name) =>
        Text(name) is { } text ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>A list, or text separated by commas or spaces; null when not set.</summary>
    public string[]? List(string name)
    {
        string[] entries = Text(name) is { } text
            ? text.Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries)
            : [.. section.GetSection(name).GetChildren().Select(child => child.Value?.Trim()).OfType<string>()];
        return entries.Length == 0 ? null : entries;
    }

    /// <summary>
    /// <c>JoinHosts</c> and <c>TrustedInsecureOrigins</c>, each where the section is silent as given; an entry of the first written as an
    /// origin, <c>http://localhost:5081</c>, joins the second.
    /// </summary>
    public (IReadOnlyList<string> Hosts, IReadOnlyList<string> Origins) Links(
        IReadOnlyList<string> hosts,
        IReadOnlyList<string> origins
    )
    {
        var listed = List("JoinHosts");
        return (
            listed?.Where(host => !IsOrigin(host)).ToArray() ?? hosts,
            [.. List("TrustedInsecureOrigins") ?? origins, .. listed?.Where(IsOrigin) ?? []]
        );
    }

    /// <summary>What is wrong with addresses, each named in full.</summary>
    public static IEnumerable<string> Problems(string provider, params (string Name, string Url)[] addresses) =>
        addresses
            .Where(address =>
                !Uri.TryCreate(address.Url, UriKind.Absolute, out var uri)
                || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp)
            )
            .Select(address => $"Providers:{provider}:{address.Name} is not an http(s) address: \"{address.Url}\".");

    private static bool IsOrigin(string host) => host.Contains("://", StringComparison.Ordinal);
}
