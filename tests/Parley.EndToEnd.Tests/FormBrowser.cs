using System.Net;
using System.Text.RegularExpressions;

namespace Parley.EndToEnd.Tests;

/// <summary>A person without script: keeps cookies, follows redirects, fills in plain forms and presses buttons.</summary>
public sealed partial class FormBrowser : IDisposable
{
    private readonly HttpClient _http = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }
    );

    public Uri Address { get; private set; } = new("about:blank");
    public string Html { get; private set; } = "";
    public HttpStatusCode Status { get; private set; }

    public Task OpenAsync(string url) => GoAsync(() => new HttpRequestMessage(HttpMethod.Get, new Uri(url)));

    /// <summary>Submits the form whose markup contains <paramref name="having"/> (a button's text, a field's name).</summary>
    public Task SubmitAsync(string having, params (string Name, string Value)[] fields)
    {
        var form =
            Forms()
                .Matches(Html)
                .FirstOrDefault(match => WebUtility.HtmlDecode(match.Value).Contains(having, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"{Address} shows no form with \"{having}\":\n{Html}");
        var tag = form.Groups["tag"].Value;
        var values = new List<KeyValuePair<string, string>>();
        foreach (Match input in Inputs().Matches(form.Value))
        {
            if (
                Attribute(input.Value, "name") is { } name
                && Attribute(input.Value, "type") is "hidden"
                && !fields.Any(field => field.Name == name)
            )
            {
                values.Add(new(name, Attribute(input.Value, "value") ?? ""));
            }
        }

        // The button pressed goes along with the form when it has a name.
        foreach (Match button in Buttons().Matches(form.Value))
        {
            if (
                WebUtility.HtmlDecode(button.Value).Contains(having, StringComparison.Ordinal)
                && Attribute(button.Value, "name") is { } name
            )
            {
                values.Add(new(name, Attribute(button.Value, "value") ?? ""));
            }
        }

        values.AddRange(fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value)));
        var target = new Uri(
            Address,
            Attribute(tag, "action") is { Length: > 0 } action ? action : Address.PathAndQuery
        );
        return GoAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, target) { Content = new FormUrlEncodedContent(values) }
        );
    }

    private async Task GoAsync(Func<HttpRequestMessage> first)
    {
        var next = first();
        for (var hop = 0; hop < 10; hop++)
        {
            using var request = next;
            if (request.Method == HttpMethod.Post)
            {
                request.Headers.TryAddWithoutValidation(
                    "Origin",
                    request.RequestUri!.GetLeftPart(UriPartial.Authority)
                );
            }

            using var reply = await _http.SendAsync(request);
            Address = request.RequestUri!;
            Status = reply.StatusCode;
            Html = await reply.Content.ReadAsStringAsync();
            if (reply.Headers.Location is not { } location)
            {
                return;
            }

            next = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, location));
        }

        throw new InvalidOperationException($"Too many redirects, last {Address}.");
    }

    private static string? Attribute(string tag, string name)
    {
        var match = Regex.Match(
            tag,
            $"\\s{name}=\"(?<value>[^\"]*)\"",
            RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1)
        );
        return match.Success ? WebUtility.HtmlDecode(match.Groups["value"].Value) : null;
    }

    [GeneratedRegex("(?<tag><form[^>]*>).*?</form>", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Forms();

    [GeneratedRegex("<input[^>]*>", RegexOptions.None, 1000)]
    private static partial Regex Inputs();

    [GeneratedRegex("<button.*?</button>", RegexOptions.Singleline, 1000)]
    private static partial Regex Buttons();

    public void Dispose() => _http.Dispose();
}
