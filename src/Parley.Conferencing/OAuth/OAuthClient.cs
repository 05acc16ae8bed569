using System.Net.Http.Headers;
using System.Text;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.OAuth;

/// <summary>OAuth 2.0 code flow (RFC 6749 §4.1) with PKCE, driven by <see cref="OAuthSettings"/>. Sends each request once.</summary>
public sealed class OAuthClient : IOAuthClient
{
    private const int AnswerLimit = 256 * 1024;
    private readonly OAuthSettings _settings;
    private readonly ProviderHttp _http;
    private readonly IClock _clock;

    internal OAuthClient(OAuthSettings settings, ProviderHttp http, IClock clock) =>
        (_settings, _http, _clock) = (settings, http, clock);

    public string AuthorizeUrl(OAuthApp app, string redirectUri, string state, string codeVerifier)
    {
        var query = new List<KeyValuePair<string, string>>
        {
            new("response_type", "code"),
            new("client_id", app.ClientId),
            new("redirect_uri", redirectUri),
            new("state", state),
            new("code_challenge", Pkce.Challenge(codeVerifier)),
            new("code_challenge_method", "S256"),
        };
        if (_settings.RequestedScopes.Count > 0)
            query.Add(new("scope", string.Join(' ', _settings.RequestedScopes)));
        var url = _settings.Endpoints.AuthorizeUrl;
        var joint =
            !url.Contains('?', StringComparison.Ordinal) ? "?"
            : url[^1] is '?' or '&' ? ""
            : "&";
        return url + joint + string.Join('&', query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
    }

    public Task<ProviderResult<TokenReply>> ExchangeCodeAsync(
        OAuthApp app,
        string code,
        string redirectUri,
        string codeVerifier,
        CancellationToken cancellationToken
    ) =>
        RequestTokenAsync(
            app,
            [
                new("grant_type", "authorization_code"),
                new("code", code),
                new("redirect_uri", redirectUri),
                new("code_verifier", codeVerifier),
            ],
            cancellationToken
        );

    public Task<ProviderResult<TokenReply>> RefreshAsync(
        OAuthApp app,
        string refreshToken,
        CancellationToken cancellationToken
    ) =>
        RequestTokenAsync(
            app,
            [new("grant_type", "refresh_token"), new("refresh_token", refreshToken)],
            cancellationToken
        );

    public Task<ProviderResult<TokenReply>> RequestAccountTokenAsync(
        OAuthApp app,
        string accountId,
        CancellationToken cancellationToken
    ) =>
        RequestTokenAsync(
            app,
            [new("grant_type", "account_credentials"), new("account_id", accountId)],
            cancellationToken
        );

    public async Task<ProviderResult<Nothing>> RevokeAsync(
        OAuthApp app,
        string token,
        CancellationToken cancellationToken
    )
    {
        if (_settings.Endpoints.RevokeUrl is not { Length: > 0 } url)
        {
            return new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.RevocationNotOffered,
                Message = $"No address is known at which {_settings.ProviderName} takes tokens back.",
            };
        }
        KeyValuePair<string, string>[] form = [new("token", token)];
        var sent = await PostAsync(url, app, form, cancellationToken);
        if (sent.Failure is { } failure)
            return failure;
        // RFC 7009 §2.2: 200, whether or not the token was still valid; the body is ignored.
        if (sent.Value is { IsSuccess: true, IsMarkup: false })
            return default(Nothing);
        return Errors.Classify(sent.Value, Secrets(app, form));
    }

    private OAuthErrors Errors => new(_settings.ProviderName, _clock, _settings.Refusals);

    private async Task<ProviderResult<TokenReply>> RequestTokenAsync(
        OAuthApp app,
        KeyValuePair<string, string>[] form,
        CancellationToken cancellationToken
    )
    {
        var sent = await PostAsync(_settings.Endpoints.TokenUrl, app, form, cancellationToken);
        if (sent.Failure is { } failure)
            return failure;
        var reply = sent.Value;
        if (
            reply is { IsSuccess: true, BodyUnreadable: false, Object: { } body }
            && TokenReplyReader.Read(body, _settings.DefaultExpiresIn) is { } tokens
        )
            return tokens;
        return Errors.Classify(reply, Secrets(app, form));
    }

    private async Task<ProviderResult<WireReply>> PostAsync(
        string url,
        OAuthApp app,
        KeyValuePair<string, string>[] form,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Authorization = Authorization(app);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        return await _http.SendAsync(request, AnswerLimit, cancellationToken);
    }

    private AuthenticationHeaderValue Authorization(OAuthApp app) =>
        _settings.Authentication switch
        {
            ClientAuthentication.Basic => new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{app.ClientId}:{app.ClientSecret}"))
            ),
            _ => throw new InvalidOperationException($"Unknown client authentication {_settings.Authentication}."),
        };

    private static string[] Secrets(OAuthApp app, KeyValuePair<string, string>[] form) =>
        [
            app.ClientSecret,
            .. form.Where(pair => pair.Key is "code" or "refresh_token" or "token" or "code_verifier")
                .Select(pair => pair.Value),
        ];
}
