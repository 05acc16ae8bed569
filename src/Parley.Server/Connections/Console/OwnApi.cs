using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Web;

namespace Parley.Server.Connections.Console;

/// <summary>A call of Parley's own API.</summary>
/// <param name="Path">Escaped, with the query: <c>/api/v1/connections/con_1/meetings?limit=10</c>.</param>
/// <param name="Key">Idempotency-Key: the same call sent again makes nothing more.</param>
public sealed record OwnApiRequest(string Method, string Path, JsonObject? Body, string? Key = null);

/// <param name="Headers">Those that say something about the answer: Location, ETag, Retry-After.</param>
public sealed record OwnApiReply(
    int Status,
    string Body,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    TimeSpan Duration
)
{
    public bool Succeeded => Status < 400;

    public override string ToString() => $"OwnApiReply {{ {Status} }}";
}

/// <summary>
/// Calls the API's endpoints from within, as the member who looks at a page: the very code that answers clients, without the wire,
/// the key and the rate limit. Who may do what is the calling page's to decide, for the endpoint's own policy asks for a key.
/// </summary>
public sealed class OwnApi(EndpointDataSource endpoints, TimeProvider time)
{
    private const string Prefix = "/api/v1/";
    private static readonly string[] TellingHeaders = ["Location", "ETag", "Retry-After"];

    /// <exception cref="ArgumentException">Not an address of the API.</exception>
    public async Task<OwnApiReply> SendAsync(HttpContext page, OwnApiRequest request)
    {
        var url = new Uri(new Uri("http://parley.invalid"), request.Path);
        var path = PathString.FromUriComponent(url);
        var (endpoint, values) = Find(request.Method, path);
        await using var scope = page.RequestServices.CreateAsyncScope();
        using var answer = new MemoryStream();
        var inner = new DefaultHttpContext
        {
            RequestServices = scope.ServiceProvider,
            User = page.User,
            RequestAborted = page.RequestAborted,
            TraceIdentifier = page.TraceIdentifier,
        };
        inner.Request.Method = request.Method;
        inner.Request.Scheme = page.Request.Scheme;
        inner.Request.Host = page.Request.Host;
        inner.Request.Path = path;
        inner.Request.QueryString = new QueryString(url.Query);
        inner.Request.RouteValues = values;
        if (request.Key is { } key)
        {
            inner.Request.Headers["Idempotency-Key"] = key;
        }

        if (request.Body is { } body)
        {
            var bytes = Encoding.UTF8.GetBytes(body.ToJsonString(Json.Api));
            inner.Request.Body = new MemoryStream(bytes);
            inner.Request.ContentLength = bytes.Length;
            inner.Request.ContentType =
                request.Method == HttpMethods.Patch ? "application/merge-patch+json" : "application/json";
        }

        inner.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        inner.SetEndpoint(endpoint);
        var started = time.GetTimestamp();
        await endpoint.RequestDelegate!(inner);
        await inner.Response.CompleteAsync();
        return new OwnApiReply(
            inner.Response.StatusCode,
            Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length),
            TellingHeaders
                .Where(inner.Response.Headers.ContainsKey)
                .Select(name => KeyValuePair.Create(name, inner.Response.Headers[name].ToString()))
                .ToList(),
            time.GetElapsedTime(started)
        );
    }

    // As routing would: of those that match, the one with the most literal path.
    private (RouteEndpoint Endpoint, RouteValueDictionary Values) Find(string method, PathString path)
    {
        foreach (
            var endpoint in endpoints
                .Endpoints.OfType<RouteEndpoint>()
                .Where(candidate => Takes(candidate, method))
                .OrderBy(candidate => candidate.RoutePattern.InboundPrecedence)
        )
        {
            var values = new RouteValueDictionary();
            var matcher = new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []);
            if (matcher.TryMatch(path, values))
            {
                return (endpoint, values);
            }
        }

        throw new ArgumentException($"The API has no {method} at this address.", nameof(path));
    }

    private static bool Takes(RouteEndpoint endpoint, string method) =>
        ("/" + endpoint.RoutePattern.RawText!.TrimStart('/')).StartsWith(Prefix, StringComparison.Ordinal)
        && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { } metadata
        && metadata.HttpMethods.Contains(method, StringComparer.OrdinalIgnoreCase);
}
