using Microsoft.Extensions.Configuration;
using Parley.Conferencing.OAuth;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>Where Zoom lives. The defaults are the real service (developers.zoom.us/docs/integrations/oauth); each can be set.</summary>
public sealed record ZoomOptions
{
    public string AuthorizeUrl { get; init; } = "https://zoom.us/oauth/authorize";
    public string TokenUrl { get; init; } = "https://zoom.us/oauth/token";
    public string RevokeUrl { get; init; } = "https://zoom.us/oauth/revoke";

    /// <summary>Used unless the token reply names a region's base on one of Zoom's hosts.</summary>
    public string ApiBaseUrl { get; init; } = "https://api.zoom.us/v2";

    /// <summary>Hosts, with all beneath them (vanity names, <c>us02web.zoom.us</c>), a join or host link may point to, https only.</summary>
    public IReadOnlyList<string> JoinHosts { get; init; } = ["zoom.us", "zoom.com", "zoomgov.com"];

    /// <summary>Origins, exactly (<c>http://localhost:5081</c>), whose links are trusted although they are not https: the sandbox.</summary>
    public IReadOnlyList<string> TrustedInsecureOrigins { get; init; } = [];

    /// <summary>For one exchange, answer included. All attempts of a read together get twice this.</summary>
    public TimeSpan HttpTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause before a read is tried again.</summary>
    public TimeSpan ReadRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    public OAuthEndpoints OAuthEndpoints =>
        new()
        {
            AuthorizeUrl = AuthorizeUrl,
            TokenUrl = TokenUrl,
            RevokeUrl = RevokeUrl,
        };

    /// <summary>
    /// This, with what the section <c>Providers:Zoom</c> sets. <c>JoinHosts</c> is a list or text separated by commas or spaces; an entry
    /// written as an <c>http://</c> origin joins <see cref="TrustedInsecureOrigins"/>.
    /// </summary>
    public ZoomOptions With(IConfiguration section)
    {
        var set = new ProviderSection(section);
        var (hosts, origins) = set.Links(JoinHosts, TrustedInsecureOrigins);
        return this with
        {
            AuthorizeUrl = set.Text(nameof(AuthorizeUrl)) ?? AuthorizeUrl,
            TokenUrl = set.Text(nameof(TokenUrl)) ?? TokenUrl,
            RevokeUrl = set.Text(nameof(RevokeUrl)) ?? RevokeUrl,
            ApiBaseUrl = set.Text(nameof(ApiBaseUrl)) ?? ApiBaseUrl,
            JoinHosts = hosts,
            TrustedInsecureOrigins = origins,
            HttpTimeout = set.Time(nameof(HttpTimeout)) ?? HttpTimeout,
        };
    }

    /// <summary>All that is wrong with these settings, each naming its setting; empty when they can be used.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems =
        [
            .. ProviderSection.Problems(
                "Zoom",
                (nameof(AuthorizeUrl), AuthorizeUrl),
                (nameof(TokenUrl), TokenUrl),
                (nameof(RevokeUrl), RevokeUrl),
                (nameof(ApiBaseUrl), ApiBaseUrl)
            ),
        ];
        if (HttpTimeout <= TimeSpan.Zero)
            problems.Add("Providers:Zoom:HttpTimeout is not positive.");
        return problems;
    }
}
