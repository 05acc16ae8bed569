using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Embed;

/// <summary>A page of another origin that calls the embeds as a browser does for it.</summary>
internal sealed class EmbedPage(TestServer parley, string key, string? origin) : IDisposable
{
    private readonly HttpClient _http = parley.NewClient();

    public string Path { get; } = $"/embed/api/{key}";

    public async Task<EmbedReply> SendAsync(
        HttpMethod method,
        string path = "",
        object? body = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, Path + path);
        request.Content = body is null ? null : JsonContent.Create(body);
        foreach (var (name, value) in origin is null ? headers : [("Origin", origin), .. headers])
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var reply = await _http.SendAsync(request);
        var text = await reply.Content.ReadAsStringAsync();
        return new EmbedReply(
            reply.StatusCode,
            reply
                .Headers.Concat(reply.Content.Headers)
                .ToDictionary(
                    header => header.Key,
                    header => string.Join(", ", header.Value),
                    StringComparer.OrdinalIgnoreCase
                ),
            text.Length == 0 ? null : JsonNode.Parse(text)
        );
    }

    public Task<EmbedReply> ScheduleAsync(object wish, string? once = null) =>
        SendAsync(HttpMethod.Post, "/meetings", wish, once is null ? [] : [("Idempotency-Key", once)]);

    public void Dispose() => _http.Dispose();
}

internal sealed record EmbedReply(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers, JsonNode? Body)
{
    public string? Allowed => Headers.GetValueOrDefault("Access-Control-Allow-Origin");

    public string Code => Body!["code"]!.GetValue<string>();

    public string? Text(string name) => Body![name]?.GetValue<string>();

    public string Fields => string.Join(' ', Body!["errors"]!.AsObject().Select(error => error.Key));
}
