using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Parley.Conferencing.Tests;

/// <summary>A request as it left, body included.</summary>
public sealed record SentRequest(
    string Method,
    string Url,
    string Body,
    HttpRequestHeaders Headers,
    string? ContentType
);

/// <summary>The network of a test: answers what was registered, in order, and throws on any other call.</summary>
public sealed class ScriptedHandler : HttpMessageHandler
{
    private readonly Dictionary<string, Queue<Func<CancellationToken, Task<HttpResponseMessage>>>> _script = new(
        StringComparer.Ordinal
    );

    public List<SentRequest> Sent { get; } = [];

    public ScriptedHandler On(
        string route,
        HttpStatusCode status,
        string body = "",
        string type = "application/json"
    ) => On(route, () => Reply(status, body, type));

    public ScriptedHandler On(string route, Func<HttpResponseMessage> reply) =>
        On(route, _ => Task.FromResult(reply()));

    public ScriptedHandler On(string route, Exception failure) =>
        On(route, _ => Task.FromException<HttpResponseMessage>(failure));

    /// <summary>Each registration of a route answers one call of it.</summary>
    public ScriptedHandler On(string route, Func<CancellationToken, Task<HttpResponseMessage>> reply)
    {
        if (!_script.TryGetValue(route, out var replies))
            _script[route] = replies = new();
        replies.Enqueue(reply);
        return this;
    }

    public static HttpResponseMessage Reply(HttpStatusCode status, string body = "", string type = "application/json")
    {
        var response = new HttpResponseMessage(status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        if (body.Length > 0)
            response.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return response;
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Sent.Add(
            new SentRequest(
                request.Method.Method,
                request.RequestUri!.AbsoluteUri,
                body,
                request.Headers,
                request.Content?.Headers.ContentType?.ToString()
            )
        );
        var route = $"{request.Method} {request.RequestUri!.AbsolutePath}";
        if (!_script.TryGetValue(route, out var replies) || !replies.TryDequeue(out var reply))
            throw new InvalidOperationException($"No answer is registered for {route}.");
        return await reply(cancellationToken);
    }
}
