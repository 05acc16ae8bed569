using System.Net.Http.Headers;

namespace Parley.Conferencing.Wire;

/// <summary>A request of an interface that takes a bearer token (RFC 6750) and speaks JSON.</summary>
internal static class BearerRequest
{
    /// <param name="json">The body; null for none.</param>
    public static HttpRequestMessage Create(HttpMethod method, string url, string accessToken, byte[]? json = null)
    {
        var request = new HttpRequestMessage(method, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (json is not null)
        {
            request.Content = new ByteArrayContent(json);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        else if (method != HttpMethod.Get)
        {
            // The socket handler silently repeats a request without content when a kept-alive connection dies under it;
            // with content, even empty, it does not. A write is sent once.
            request.Content = new ByteArrayContent([]);
        }
        return request;
    }

    public static string Join(string baseUrl, string path) => baseUrl.TrimEnd('/') + "/" + path;
}
