using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Zoom.Webhooks;

/// <summary>One signed POST, as the real service makes it (reference §7): three seconds, no redirects, no proxy.</summary>
internal sealed class ZoomHookPost(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private const int LongestAnswer = 64 * 1024;
    private readonly HttpClient http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            MaxConnectionsPerServer = 16,
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestAnswer,
    };

    /// <returns>Status 0 and no text: no answer in time.</returns>
    public async Task<(int Status, string Answer)> SendAsync(
        string url,
        string body,
        string secret,
        Instant now,
        CancellationToken cancellationToken
    )
    {
        string stamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using HttpRequestMessage request = new(HttpMethod.Post, url)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.TryAddWithoutValidation("user-agent", "Zoom Marketplace/1.0a");
        request.Headers.TryAddWithoutValidation("x-zm-request-timestamp", stamp);
        request.Headers.TryAddWithoutValidation("x-zm-request-id", Secrets.Text(16));
        request.Headers.TryAddWithoutValidation("x-zm-signature", $"v0={Hmac(secret, $"v0:{stamp}:{body}")}");
        using CancellationTokenSource bound = new(Patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(
            bound.Token,
            cancellationToken
        );
        try
        {
            using HttpResponseMessage reply = await http.SendAsync(request, either.Token);
            return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync(either.Token));
        }
        catch (Exception failed)
            when (failed is HttpRequestException
                || (failed is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return (0, "");
        }
    }

    /// <summary><c>endpoint.url_validation</c>: whether whoever is there holds the secret.</summary>
    /// <returns>Null: yes. Else why not.</returns>
    public async Task<string?> ValidateAsync(
        string url,
        string secret,
        Instant now,
        CancellationToken cancellationToken
    )
    {
        string plain = Secrets.Text(16);
        string body = new JsonObject
        {
            ["event"] = "endpoint.url_validation",
            ["event_ts"] = now.ToUnixTimeMilliseconds(),
            ["payload"] = new JsonObject { ["plainToken"] = plain },
        }.ToJsonString();
        (int status, string answer) = await SendAsync(url, body, secret, now, cancellationToken);
        if (status != 200)
        {
            return status == 0 ? "It did not answer within 3 seconds." : $"It answered {status}, not 200.";
        }

        try
        {
            JsonNode? told = JsonNode.Parse(answer);
            return told?["plainToken"]?.ToString() == plain && told["encryptedToken"]?.ToString() == Hmac(secret, plain)
                ? null
                : "It answered with a wrong encryptedToken: the secret token is another one there.";
        }
        catch (Exception unreadable) when (unreadable is System.Text.Json.JsonException or InvalidOperationException)
        {
            return "Its answer is not the JSON that is asked for.";
        }
    }

    public void Dispose() => http.Dispose();

    private static string Hmac(string secret, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));
}
