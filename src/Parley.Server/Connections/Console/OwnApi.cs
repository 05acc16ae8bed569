using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
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
/// the key and the rate limit. Authorization policies are not run, for they ask for a key; so only endpoints are called whose policy is
/// nothing but a key's scope, and which keep members within their own reach themselves.
/// </summary>
public sealed class OwnApi(EndpointDataSource endpoints, TimeProvider time)
{
    private const string Prefix = "/api/v1/";
    private static readonly string[] TellingHeaders = ["Location", "ETag", "Retry-After"];

    /// <exception cref="ArgumentException">Not an address of the API.</exception>
    /// <exception cref="InvalidOperationException">The endpoint relies on a policy that is not run here.</exception>
    public async Task<OwnApiReply> SendAsync(HttpContext page, OwnApiRequest request)
    {
        var url = new Uri(new Uri("http://parley.invalid"), request.Path);
        var path = PathString.FromUriComponent(url);
        var (endpoint, values) = Find(request.Method, path);
        if (Obstacle(endpoint) is { } obstacle)
        {
            throw new InvalidOperationException($"{request.Method} {endpoint.RoutePattern.RawText} {obstacle}.");
        }

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

    /// <summary>Why an endpoint must not be called without its authorization policies; null: it may.</summary>
    internal static string? Obstacle(RouteEndpoint endpoint)
    {
        var metadata = endpoint.Metadata;
        if (
            metadata.GetMetadata<KeepsWithinReach>() is not { } reach
            || endpoint.RoutePattern.GetParameter(reach.Parameter) is null
        )
        {
            return "does not keep members within their reach";
        }

        // A scope is one assertion; a role, a claim or a second assertion is something else.
        var requirements = metadata
            .GetOrderedMetadata<AuthorizationPolicy>()
            .SelectMany(policy => policy.Requirements)
            .Where(requirement => requirement is not DenyAnonymousAuthorizationRequirement)
            .ToList();
        var named = metadata
            .GetOrderedMetadata<IAuthorizeData>()
            .Any(data => data.Roles is not null || data.Policy is not null);
        return metadata.GetMetadata<RequiredScope>() is not { Name: not Scope.Admin } ? "takes an administrator's key"
            : named || requirements is not [AssertionRequirement] ? "asks for more than a key with a scope"
            : null;
    }

    // As routing would: of those that match, the one with the most literal path.
    internal (RouteEndpoint Endpoint, RouteValueDictionary Values) Find(string method, PathString path)
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
