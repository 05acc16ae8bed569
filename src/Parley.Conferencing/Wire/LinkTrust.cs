namespace Parley.Conferencing.Wire;

/// <summary>
/// Decides whether a link a provider gave may be shown, mailed or followed: absolute, https on its usual port, no user
/// part, and on one of the listed hosts or beneath one. Plain http only for origins listed one by one (the sandbox).
/// </summary>
internal sealed class LinkTrust(IEnumerable<string> hosts, IEnumerable<string> insecureOrigins)
{
    private const int MaximumLength = 4096;
    private readonly string[] _hosts = [.. hosts.Select(host => host.Trim().ToLowerInvariant())];
    private readonly string[] _origins = [.. insecureOrigins.Select(Origin).OfType<string>()];

    /// <summary>The same as host sources of a Content-Security-Policy.</summary>
    public IReadOnlyList<string> Sources =>
        [.. _hosts.SelectMany(host => new[] { $"https://{host}", $"https://*.{host}" }), .. _origins];

    public bool IsTrusted(string? url) => IsAcceptable(url, anyHost: false);

    /// <summary>
    /// Whether a link that carries none of our secrets and that a person follows knowingly (a recording on rented storage) may be
    /// shown: the same, on any host.
    /// </summary>
    public bool IsSecure(string? url) => IsAcceptable(url, anyHost: true);

    private bool IsAcceptable(string? url, bool anyHost)
    {
        // Browsers and Uri disagree about backslashes, blanks and controls, so none may occur at all.
        if (
            url is null or ""
            || url.Length > MaximumLength
            || url.Any(c => c is <= ' ' or '\\' or '"' or '<' or '>' or >= '\x7f')
        )
            return false;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0)
            return false;
        if (Origin(url) is { } origin && _origins.Contains(origin, StringComparer.Ordinal))
            return true;
        return uri.Scheme == Uri.UriSchemeHttps
            && uri.IsDefaultPort
            && (anyHost || Array.Exists(_hosts, host => IsWithin(uri.Host, host)));
    }

    private static bool IsWithin(string host, string trusted) =>
        string.Equals(host, trusted, StringComparison.OrdinalIgnoreCase)
        || host.EndsWith("." + trusted, StringComparison.OrdinalIgnoreCase);

    private static string? Origin(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            ? $"{uri.Scheme}://{uri.Host}:{uri.Port}".ToLowerInvariant()
            : null;
}
