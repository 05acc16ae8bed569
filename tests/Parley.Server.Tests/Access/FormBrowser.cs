using System.Net;
using System.Text.RegularExpressions;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Access;

/// <summary>One browser with its cookies that fills in forms as people do: open the page, send what it holds.</summary>
internal sealed partial class FormBrowser(TestServer server) : IDisposable
{
    public HttpClient Http { get; } = server.NewBrowser();

    public Task<HttpResponseMessage> GetAsync(string path) => Http.GetAsync(path);

    public Task<string> ReadAsync(string path) => Http.GetStringAsync(path);

    /// <summary>Opens <paramref name="page"/> and sends one of its forms.</summary>
    public async Task<HttpResponseMessage> SubmitAsync(
        string page,
        string action,
        params (string Name, string Value)[] fields
    )
    {
        var opened = await Http.GetAsync(page);
        var html = await opened.Content.ReadAsStringAsync();
        var filled = fields.Select(field => KeyValuePair.Create(field.Name, field.Value));
        // The one form anybody may send has no token.
        return await Http.PostAsync(
            action,
            new FormUrlEncodedContent(
                html.Contains("data-strangers-form", StringComparison.Ordinal)
                    ? filled
                    : filled.Append(new("_csrf", TokenOf(html)))
            )
        );
    }

    public Task<HttpResponseMessage> SignInAsync(
        string email = TestServer.OwnerEmail,
        string password = TestServer.OwnerPassword,
        string returnTo = ""
    ) => SubmitAsync("/sign-in", "/sign-in", ("email", email), ("password", password), ("returnTo", returnTo));

    public static string TokenOf(string html)
    {
        var match = Csrf().Match(html);
        match.Success.ShouldBeTrue("the page has no form");
        return WebUtility.HtmlDecode(match.Groups["token"].Value);
    }

    public void Dispose() => Http.Dispose();

    [GeneratedRegex("name=\"_csrf\" value=\"(?<token>[^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex Csrf();
}
