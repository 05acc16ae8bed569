using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Calls at the Zoom twin.</summary>
internal static class ZoomCalls
{
    public const string Redirect = "http://127.0.0.1:5080/oauth/zoom/callback";
    public const string Zoe = "zoe@northwind.example";
    public const string Bruno = "bruno@northwind.example";
    public const string Adele = "adele@northwind.example";
    public const string Nora = "nora@contoso.example";
    public const string Alma = "alma@contoso.example";
    public const string Sol = "sol@solo.example";
    public const string Northwind = "NwAcc0unt7hQ2sT5vX8zBg";
    public const string Contoso = "CtAcc0unt4kL7pR1mW9yDf";
    public const string ZoeId = "zoeU5er1dAb3Cd5Ef7Gh9J";

    /// <summary>An app of the twin: <c>organizer</c>, <c>account</c> or <c>server</c>.</summary>
    public static async Task<JsonNode> ZoomAppAsync(this Twin twin, string app = "organizer") =>
        (await twin.ControlAsync("clients?provider=zoom"))["items"]!
            .AsArray()
            .Single(one => one!["app"]?.GetValue<string>() == app)!;

    public static async Task<(string Id, string Secret)> ZoomClientAsync(this Twin twin, string app = "organizer")
    {
        JsonNode client = await twin.ZoomAppAsync(app);
        return (client["clientId"]!.GetValue<string>(), client["clientSecret"]!.GetValue<string>());
    }

    /// <summary>An access token without the browser.</summary>
    public static async Task<string> ZoomTokenAsync(this Twin twin, string account = Zoe, string extra = "") =>
        (await twin.ZoomTokensAsync(account, extra))["accessToken"]!.GetValue<string>();

    public static Task<JsonNode> ZoomTokensAsync(this Twin twin, string account = Zoe, string extra = "") =>
        twin.ControlAsync("tokens", $$"""{"provider":"zoom","account":"{{account}}"{{extra}}}""");

    /// <summary>A token of the administrators' app.</summary>
    public static Task<string> ZoomAdminTokenAsync(this Twin twin, string account = Adele) =>
        twin.ZoomTokenAsync(account, ""","app":"account" """);

    /// <summary>A server-to-server token of Northwind.</summary>
    public static async Task<string> ZoomServerTokenAsync(this Twin twin) =>
        (await twin.ControlAsync("tokens", """{"provider":"zoom","app":"server"}"""))[
            "accessToken"
        ]!.GetValue<string>();

    public static Task<JsonNode> ZoomSettingsAsync(this Twin twin, string fields) =>
        twin.ControlAsync("settings", $$"""{"provider":"zoom",{{fields}}}""");

    public static async Task<(HttpStatusCode Status, JsonNode? Body)> ZoomAsync(
        this Twin twin,
        string path,
        string? token,
        HttpMethod? method = null,
        string? body = null
    )
    {
        using HttpRequestMessage request = new(method ?? HttpMethod.Get, $"/zoom/v2/{path}");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = body is null ? null : Twin.Json(body);
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        string text = await reply.Content.ReadAsStringAsync();
        return (reply.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public static int Code(this JsonNode? body) => body!["code"]!.GetValue<int>();

    public static async Task<string> ZoomAuthorizeUrlAsync(
        this Twin twin,
        string app = "organizer",
        string? challenge = null,
        string redirect = Redirect,
        string extra = "&state=s-1"
    ) =>
        $"/zoom/oauth/authorize?response_type=code&client_id={(await twin.ZoomClientAsync(app)).Id}"
        + $"&redirect_uri={Uri.EscapeDataString(redirect)}"
        + (challenge is null ? "" : $"&code_challenge={challenge}&code_challenge_method=S256")
        + extra;

    /// <summary>Signs in and gives back the page that follows; its status and its redirect, if any.</summary>
    public static async Task<(string Html, Uri? Location)> ZoomSignInAsync(
        this Twin twin,
        string authorizeUrl,
        string email
    )
    {
        using HttpResponseMessage signedIn = await twin.PostFormAsync(
            "/zoom/oauth/signin",
            ("request", QueryOf(authorizeUrl)),
            ("email", email),
            ("password", "sandbox")
        );
        string html = await signedIn.Content.ReadAsStringAsync();
        signedIn.StatusCode.ShouldBe(HttpStatusCode.SeeOther, html);
        using HttpResponseMessage page = await twin.Http.GetAsync(signedIn.Headers.Location);
        return (await page.Content.ReadAsStringAsync(), page.Headers.Location);
    }

    /// <summary>Presses a button of a consent or approval page.</summary>
    public static async Task<HttpResponseMessage> ZoomPressAsync(
        this Twin twin,
        string authorizeUrl,
        string html,
        string decision,
        string path = "consent"
    ) =>
        await twin.PostFormAsync(
            $"/zoom/oauth/{path}",
            ("request", QueryOf(authorizeUrl)),
            ("formKey", Twin.Hidden(html, "formKey")),
            ("decision", decision)
        );

    /// <summary>Signs in, allows, and returns where the browser is sent.</summary>
    public static async Task<Uri> ZoomConsentAsync(
        this Twin twin,
        string authorizeUrl,
        string email = Zoe,
        string decision = "allow"
    )
    {
        (string html, Uri? location) = await twin.ZoomSignInAsync(authorizeUrl, email);
        if (location is not null)
        {
            return location;
        }

        using HttpResponseMessage decided = await twin.ZoomPressAsync(authorizeUrl, html, decision);
        decided.StatusCode.ShouldBe(HttpStatusCode.SeeOther, html);
        return decided.Headers.Location!;
    }

    public static async Task<(HttpStatusCode Status, JsonNode Body)> ZoomTokenCallAsync(
        this Twin twin,
        string app,
        params (string Name, string Value)[] fields
    )
    {
        (string id, string secret) = await twin.ZoomClientAsync(app);
        using HttpRequestMessage request = new(HttpMethod.Post, "/zoom/oauth/token");
        request.Headers.Authorization = Twin.Basic(id, secret);
        request.Content = new FormUrlEncodedContent(
            fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value))
        );
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        return (reply.StatusCode, await Twin.ReadAsync(reply));
    }

    public static Task<(HttpStatusCode Status, JsonNode Body)> ZoomRefreshAsync(
        this Twin twin,
        string token,
        string app = "organizer"
    ) => twin.ZoomTokenCallAsync(app, ("grant_type", "refresh_token"), ("refresh_token", token));

    /// <summary>The whole of Connect: tokens of a user who allows.</summary>
    public static async Task<JsonNode> ZoomConnectAsync(this Twin twin, string email = Zoe, string app = "organizer")
    {
        Uri back = await twin.ZoomConsentAsync(await twin.ZoomAuthorizeUrlAsync(app), email);
        (HttpStatusCode status, JsonNode tokens) = await twin.ZoomTokenCallAsync(
            app,
            ("grant_type", "authorization_code"),
            ("code", Twin.Query(back, "code")!),
            ("redirect_uri", Redirect)
        );
        status.ShouldBe(HttpStatusCode.OK, tokens.ToJsonString());
        return tokens;
    }

    public static string Text(this JsonNode? body, string field) => body![field]!.GetValue<string>();

    private static string QueryOf(string url) => url[url.IndexOf('?', StringComparison.Ordinal)..];
}
