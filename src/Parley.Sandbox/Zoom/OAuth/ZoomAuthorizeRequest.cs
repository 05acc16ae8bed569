using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.OAuth;

/// <summary>An authorize request (reference §1.1). It chooses no scopes: those are the app's.</summary>
internal sealed record ZoomAuthorizeRequest
{
    public required ZoomApp App { get; init; }
    public required string RedirectUri { get; init; }
    public required string? State { get; init; }
    public required string? Challenge { get; init; }
    public required string? ChallengeMethod { get; init; }

    /// <summary>The query as it came, so that forms can carry it on.</summary>
    public required string Query { get; init; }

    /// <summary>A request, or what the person at the screen is told: Zoom sends nobody back with an error of these.</summary>
    public static (ZoomAuthorizeRequest? Request, ZoomPageProblem? Problem) Read(ZoomTables zoom, string query)
    {
        Dictionary<string, StringValues> fields = QueryHelpers.ParseQuery(query);
        string? Field(string name) =>
            fields.TryGetValue(name, out StringValues value) && value.ToString() is { Length: > 0 } text ? text : null;
        static (ZoomAuthorizeRequest?, ZoomPageProblem?) Refuse(int code, string message) =>
            (null, new ZoomPageProblem(code, message));

        ZoomSwitches switches = zoom.Switches;
        if (zoom.AppByClient(Field("client_id") ?? "") is not { Kind: not ZoomAppKind.ServerToServer } app)
        {
            return Refuse(4702, "Invalid client_id");
        }

        if (
            Field("redirect_uri") is not { } redirect
            || !app.RedirectUris.Contains(redirect, StringComparer.Ordinal)
            || (switches.HttpsRedirect && !redirect.StartsWith("https://", StringComparison.Ordinal))
        )
        {
            return Refuse(4700, "Invalid redirect url");
        }

        if (Field("response_type") != "code")
        {
            return Refuse(4705, "Invalid response type");
        }

        if (Field("scope") is not null && switches.AuthorizeScope == "refused")
        {
            return Refuse(4711, "Invalid scope");
        }

        string? challenge = Field("code_challenge");
        string? method = challenge is null ? null : Field("code_challenge_method") ?? "plain";
        bool fits = method switch
        {
            null => Field("code_challenge_method") is null,
            "S256" => challenge!.Length == 43 && challenge.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'),
            "plain" => challenge!.Length is >= 43 and <= 128,
            _ => false,
        };
        if (!fits)
        {
            return Refuse(4700, "Invalid code challenge");
        }

        return (
            new ZoomAuthorizeRequest
            {
                App = app,
                RedirectUri = redirect,
                State = Field("state"),
                Challenge = challenge,
                ChallengeMethod = method,
                Query = query,
            },
            null
        );
    }

    public string CodeUri(string code) => With("code", code);

    public string DeclinedUri() => With("error", "access_denied");

    /// <summary>Scheme, host and port of the redirect URI: Chromium applies form-action to redirects too.</summary>
    public string RedirectOrigin =>
        Uri.TryCreate(RedirectUri, UriKind.Absolute, out Uri? uri) ? $"{uri.Scheme}://{uri.Authority}" : "";

    private string With(string name, string value)
    {
        string uri = QueryHelpers.AddQueryString(RedirectUri, name, value);
        return State is null ? uri : QueryHelpers.AddQueryString(uri, "state", State);
    }
}

/// <summary>What Zoom's own page says instead of sending the browser back.</summary>
public sealed record ZoomPageProblem(int Code, string Message)
{
    public string Number => Code.ToString(CultureInfo.InvariantCulture);
}
