using System.Globalization;
using Microsoft.Extensions.Configuration;
using Parley.Conferencing.OAuth;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>Where GoTo lives. The defaults are the real service; providers move hosts, so each can be set.</summary>
public sealed record GoToMeetingOptions
{
    public string AuthorizeUrl { get; init; } = "https://authentication.logmeininc.com/oauth/authorize";
    public string TokenUrl { get; init; } = "https://authentication.logmeininc.com/oauth/token";
    public string RevokeUrl { get; init; } = "https://authentication.logmeininc.com/oauth/revoke";
    public string ApiBaseUrl { get; init; } = "https://api.getgo.com/G2M/rest";
    public string AdminBaseUrl { get; init; } = "https://api.getgo.com/admin/rest/v1";
    public string ScimBaseUrl { get; init; } = "https://api.getgo.com/identity/v1";

    /// <summary>
    /// Hosts, with all beneath them, a join or host link may point to, https only. Besides the two that serve join links these
    /// are the ones our tokens go to anyway; the citrixonline.com of ten-year-old recordings is retired and left out.
    /// </summary>
    public IReadOnlyList<string> JoinHosts { get; init; } =
    ["goto.com", "gotomeeting.com", "getgo.com", "logmeininc.com"];

    /// <summary>Origins, exactly (<c>http://localhost:5081</c>), whose links are trusted although they are not https: the sandbox.</summary>
    public IReadOnlyList<string> TrustedInsecureOrigins { get; init; } = [];

    /// <summary>For meetings whose create reply was lost and no earlier link is known; <c>{id}</c> is the meeting id.</summary>
    public string JoinUrlTemplate { get; init; } = "https://meet.goto.com/{id}";

    /// <summary>For one exchange, answer included. All attempts of a read together get twice this.</summary>
    public TimeSpan HttpTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause before a read is tried again.</summary>
    public TimeSpan ReadRetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>What GoTo lets this client do. Ten is what it gives to everybody; it raises that for a client on request.</summary>
    public int CallsPerSecond { get; init; } = 10;

    public OAuthEndpoints OAuthEndpoints =>
        new()
        {
            AuthorizeUrl = AuthorizeUrl,
            TokenUrl = TokenUrl,
            RevokeUrl = RevokeUrl,
        };

    /// <summary>
    /// This, with what the section <c>Providers:GoToMeeting</c> sets. <c>JoinHosts</c> is a list or text separated by commas or
    /// spaces; an entry written as an <c>http://</c> origin joins <see cref="TrustedInsecureOrigins"/>.
    /// </summary>
    public GoToMeetingOptions With(IConfiguration section)
    {
        var set = new ProviderSection(section);
        var (hosts, origins) = set.Links(JoinHosts, TrustedInsecureOrigins);
        return this with
        {
            AuthorizeUrl = set.Text(nameof(AuthorizeUrl)) ?? AuthorizeUrl,
            TokenUrl = set.Text(nameof(TokenUrl)) ?? TokenUrl,
            RevokeUrl = set.Text(nameof(RevokeUrl)) ?? RevokeUrl,
            ApiBaseUrl = set.Text(nameof(ApiBaseUrl)) ?? ApiBaseUrl,
            AdminBaseUrl = set.Text(nameof(AdminBaseUrl)) ?? AdminBaseUrl,
            ScimBaseUrl = set.Text(nameof(ScimBaseUrl)) ?? ScimBaseUrl,
            JoinHosts = hosts,
            TrustedInsecureOrigins = origins,
            JoinUrlTemplate = set.Text(nameof(JoinUrlTemplate)) ?? JoinUrlTemplate,
            HttpTimeout = set.Time(nameof(HttpTimeout)) ?? HttpTimeout,
            CallsPerSecond = set.Text(nameof(CallsPerSecond)) is { } calls
                ? int.TryParse(calls, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    ? number
                    : 0
                : CallsPerSecond,
        };
    }

    /// <summary>All that is wrong with these settings, each naming its setting; empty when they can be used.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems =
        [
            .. ProviderSection.Problems(
                "GoToMeeting",
                (nameof(AuthorizeUrl), AuthorizeUrl),
                (nameof(TokenUrl), TokenUrl),
                (nameof(RevokeUrl), RevokeUrl),
                (nameof(ApiBaseUrl), ApiBaseUrl),
                (nameof(AdminBaseUrl), AdminBaseUrl),
                (nameof(ScimBaseUrl), ScimBaseUrl),
                (nameof(JoinUrlTemplate), JoinUrlTemplate)
            ),
        ];
        if (!JoinUrlTemplate.Contains("{id}", StringComparison.Ordinal))
            problems.Add("Providers:GoToMeeting:JoinUrlTemplate lacks {id}.");
        if (HttpTimeout <= TimeSpan.Zero)
            problems.Add("Providers:GoToMeeting:HttpTimeout is not positive.");
        if (CallsPerSecond is < 1 or > 1_000_000)
            problems.Add("Providers:GoToMeeting:CallsPerSecond is not a whole number from 1 to 1000000.");
        return problems;
    }
}
