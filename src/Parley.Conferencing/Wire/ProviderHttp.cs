using System.Net;
using System.Net.Http.Headers;
using NodaTime;

namespace Parley.Conferencing.Wire;

/// <summary>
/// One exchange with a provider: a time-out over the whole of it, a cap on the answer, and every failure of the network as
/// a <see cref="ProviderFailure"/> that says whether the request can have reached the provider. Sends once, never again.
/// </summary>
/// <param name="providerName">As people say it, for messages.</param>
internal sealed class ProviderHttp(
    IHttpClientFactory clients,
    string clientName,
    string providerName,
    TimeSpan timeout,
    TimeProvider time
)
{
    /// <summary>Bytes accepted of an answer about one thing.</summary>
    public const int SingleAnswerLimit = 1024 * 1024;

    /// <summary>Bytes accepted of a list.</summary>
    public const int ListAnswerLimit = 32 * 1024 * 1024;

    public string ProviderName => providerName;

    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<ProviderResult<WireReply>> SendAsync(
        HttpRequestMessage request,
        int answerLimit,
        CancellationToken cancellationToken
    )
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var client = clients.CreateClient(clientName);
            using var response = await client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            return await ReadAsync(response, answerLimit, either.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException canceled)
        {
            // SocketsHttpHandler reports its connect time-out as a cancellation; nothing was sent then.
            return !deadline.IsCancellationRequested && canceled.InnerException is TimeoutException
                ? NeverSent(FailureCodes.ConnectionRefused, "did not accept a connection in time")
                : Unknown(
                    FailureCodes.Timeout,
                    $"{providerName} did not answer completely within {timeout.TotalSeconds:0.#} seconds."
                );
        }
        catch (HttpRequestException failure)
        {
            return Classify(failure);
        }
        catch (IOException)
        {
            return Unknown(
                FailureCodes.ConnectionLost,
                $"The connection to {providerName} broke before the answer was complete."
            );
        }
    }

    private static async Task<WireReply> ReadAsync(
        HttpResponseMessage response,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var reply = new WireReply
        {
            Status = response.StatusCode,
            Body = ReadOnlyMemory<byte>.Empty,
            MediaType = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant(),
            RetryAfter = response.Headers.NonValidated.TryGetValues("Retry-After", out var values)
                ? values.ToString()
                : null,
        };
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            await using var capped = new CappedStream(body, limit);
            using var buffer = new MemoryStream();
            await capped.CopyToAsync(buffer, cancellationToken);
            return reply with { Body = buffer.GetBuffer().AsMemory(0, (int)buffer.Length) };
        }
        catch (AnswerTooLargeException)
        {
            return reply with { BodyTooLarge = true };
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return reply with { BodyBroken = true };
        }
    }

    private ProviderFailure Classify(HttpRequestException failure) =>
        failure.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => NeverSent(
                FailureCodes.HostNotFound,
                "could not be found by its host name"
            ),
            HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError => NeverSent(
                FailureCodes.ConnectionRefused,
                "did not accept a connection"
            ),
            HttpRequestError.SecureConnectionError => NeverSent(
                FailureCodes.TlsFailed,
                "could not be spoken to securely (TLS)"
            ),
            HttpRequestError.ConfigurationLimitExceeded => Unknown(
                FailureCodes.Unreadable,
                $"{providerName} sent headers larger than we accept."
            ),
            _ => Unknown(
                FailureCodes.ConnectionLost,
                $"The connection to {providerName} broke before the answer was complete."
            ),
        };

    private ProviderFailure NeverSent(string code, string what) =>
        new()
        {
            Kind = FailureKind.NeverSent,
            Code = code,
            Message = $"{providerName} {what}; nothing was sent.",
            Next = "Check the network, name resolution and the configured address.",
        };

    private static ProviderFailure Unknown(string code, string message) =>
        new()
        {
            Kind = FailureKind.Unknown,
            Code = code,
            Message = message,
        };
}
