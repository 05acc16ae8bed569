namespace Parley.Conferencing.Zoom;

/// <summary>
/// Which base a token is sent to. The token reply names one (<c>api_url</c>: <c>https://api-eu.zoom.us</c>), and whoever could put an
/// address there would be handed the token: it counts only on Zoom's own hosts over https, or at the configured base's own origin.
/// </summary>
internal static class ZoomBase
{
    private const string Domain = "zoom.us";
    private const string Version = "/v2";

    public static string For(string? told, string configured) =>
        told is not null && Trusted(told, configured) is { } url ? WithVersion(url) : configured;

    private static Uri? Trusted(string told, string configured)
    {
        if (told.Any(c => c is <= ' ' or '\\' or >= '\x7f') || !Uri.TryCreate(told, UriKind.Absolute, out var url))
            return null;
        if (url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0)
            return null;
        var own = new Uri(configured);
        var isOwn = (url.Scheme, url.Host, url.Port) == (own.Scheme, own.Host, own.Port);
        return isOwn || (url.Scheme == Uri.UriSchemeHttps && url.IsDefaultPort && IsZooms(url.Host)) ? url : null;
    }

    private static bool IsZooms(string host) => host == Domain || host.EndsWith("." + Domain, StringComparison.Ordinal);

    private static string WithVersion(Uri url)
    {
        var address = url.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return address.EndsWith(Version, StringComparison.Ordinal) ? address : address + Version;
    }
}
