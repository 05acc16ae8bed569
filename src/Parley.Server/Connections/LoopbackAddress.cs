namespace Parley.Server.Connections;

/// <summary>Addresses of the browser's own machine, to which a provider may send the browser back (RFC 8252, section 7.3).</summary>
internal static class LoopbackAddress
{
    /// <summary>
    /// The address when it is plain HTTP on localhost, 127.0.0.1 or [::1], without credentials, query and fragment; null when it is not, and
    /// for the callback of a Parley that runs on this machine, which needs nobody to hand anything on.
    /// </summary>
    public static string? Of(string? text) =>
        text is { Length: <= 200 }
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme == Uri.UriSchemeHttp
        && uri.Host is "localhost" or "127.0.0.1" or "[::1]"
        && uri.UserInfo.Length == 0
        && uri.Query.Length == 0
        && uri.Fragment.Length == 0
        && !uri.AbsolutePath.EndsWith("/callback", StringComparison.Ordinal)
            ? text
            : null;
}
