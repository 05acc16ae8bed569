using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using NodaTime;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>One answer, or why there was none. The body of an answer is never kept: it is none of ours.</summary>
public sealed record WebhookAnswer(int? Status, string? Error, TimeSpan Took)
{
    public bool IsTaken => Status is >= 200 and < 300;
}

/// <summary>
/// Delivers over a client that resolves names itself and connects only to addresses <see cref="WebhookTarget"/> allows; follows no redirect,
/// uses no proxy, keeps no cookies, reads no body.
/// </summary>
public sealed class WebhookPost : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    private readonly WebhookTarget _target;
    private readonly TimeProvider _time;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly HttpClient _client;

    public WebhookPost(WebhookTarget target, TimeProvider time)
        : this(target, time, Dns.GetHostAddressesAsync) { }

    /// <param name="resolve">What a host name leads to at this moment; asked once for each connection.</param>
    internal WebhookPost(
        WebhookTarget target,
        TimeProvider time,
        Func<string, CancellationToken, Task<IPAddress[]>> resolve
    )
    {
        (_target, _time, _resolve) = (target, time, resolve);
        _client = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionLifetime = TimeSpan.FromMinutes(1),
                ConnectCallback = ConnectAsync,
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version11,
        };
    }

    public async Task<WebhookAnswer> SendAsync(
        string url,
        string id,
        Instant at,
        string signature,
        string body,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", WebhookSignature.Timestamp(at));
        request.Headers.TryAddWithoutValidation("webhook-signature", signature);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Parley-Webhooks", "1"));
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Any request that was put together from what somebody typed: under the same guard.</summary>
    public async Task<WebhookAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        using var deadline = new CancellationTokenSource(Limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var response = await _client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            return new WebhookAnswer((int)response.StatusCode, null, _time.GetElapsedTime(started));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAnswer(null, "no answer in time", _time.GetElapsedTime(started));
        }
        catch (HttpRequestException failure)
        {
            // What the inside of somebody's network answers is not told (C21): only that there was no answer.
            var why =
                failure.InnerException is WebhookRefusedException refused ? refused.Message
                : failure.HttpRequestError == HttpRequestError.NameResolutionError ? "the host name leads nowhere"
                : failure.HttpRequestError == HttpRequestError.SecureConnectionError ? "no secure connection (TLS)"
                : "no connection";
            return new WebhookAnswer(null, why, _time.GetElapsedTime(started));
        }
    }

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var host = context.DnsEndPoint.Host;
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellationToken);
        if (addresses.Length == 0)
        {
            throw new WebhookRefusedException("the host name leads nowhere");
        }

        // One bad address among good ones is a name that means to mislead.
        foreach (var address in addresses)
        {
            if (_target.Objection(address) is { } objection)
            {
                throw new WebhookRefusedException($"the host {objection}");
            }

            if (_target.IsOwn(address))
            {
                continue;
            }

            if (context.InitialRequestMessage.RequestUri?.Scheme != Uri.UriSchemeHttps)
            {
                throw new WebhookRefusedException("outside of an operator's own networks the address must be https");
            }

            if (!WebhookTarget.IsUsualPort(context.DnsEndPoint.Port))
            {
                throw new WebhookRefusedException(
                    "outside of an operator's own networks the port must be 443 or above 1023"
                );
            }
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _client.Dispose();
}

/// <summary>We do not connect there; the message says why.</summary>
internal sealed class WebhookRefusedException(string message) : IOException(message);
