namespace Parley.Server.Access;

/// <summary>"Firefox on Windows": what a person recognises their browser by. Only for reading; nothing is decided by it.</summary>
internal static class BrowserName
{
    // The order matters: most browsers name those they are made after as well.
    private static readonly (string Token, string Name)[] Browsers =
    [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("HeadlessChrome", "Chrome without a window"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];

    private static readonly (string Token, string Name)[] Systems =
    [
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];

    public static string Of(string userAgent)
    {
        var browser = Find(Browsers, userAgent);
        var system = Find(Systems, userAgent);
        return (browser, system) switch
        {
            ({ } one, { } other) => $"{one} on {other}",
            ({ } one, null) => one,
            (null, { } other) => $"A browser on {other}",
            _ => userAgent.Length == 0 ? "A browser that does not say which" : Head(userAgent),
        };
    }

    private static string? Find((string Token, string Name)[] known, string userAgent) =>
        Array.Find(known, one => userAgent.Contains(one.Token, StringComparison.Ordinal)).Name;

    private static string Head(string userAgent) => userAgent.Length > 40 ? userAgent[..40] + "…" : userAgent;
}
