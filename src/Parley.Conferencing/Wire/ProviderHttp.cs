using System.Net;
using System.Text.Json.Serialization.Metadata;
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
    public Task<ProviderResult<WireReply>> SendAsync(
        HttpRequestMessage request,
        int answerLimit,
        CancellationToken cancellationToken
    ) =>
        GuardedAsync<WireReply>(
            async token =>
            {
                using var client = clients.CreateClient(clientName);
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                return await ReadAsync(response, answerLimit, token);
            },
            cancellationToken
        );

    /// <summary>
    /// One exchange whose answer is a list too long to hold: up to its first item within the time-out, from there on the time-out
    /// is for each silence. Anything but 200 with an array comes back whole, to be classified.
    /// </summary>
    /// <param name="opening">Ends the opening alone (a budget for all attempts), not the reading of the list.</param>
    /// <param name="cancellationToken">Ends the reading of the list.</param>
    /// <exception cref="OperationCanceledException">Only when one of the tokens was cancelled.</exception>
    public Task<ProviderResult<OpenedList<T>>> OpenListAsync<T>(
        HttpRequestMessage request,
        JsonTypeInfo<T> type,
        CancellationToken opening,
        CancellationToken cancellationToken
    )
        where T : class =>
        GuardedAsync<OpenedList<T>>(
            async token =>
            {
                using var client = clients.CreateClient(clientName);
                var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
                var handedOn = false;
                try
                {
                    if (response.StatusCode != HttpStatusCode.OK)
                        return new OpenedList<T>(null, await ReadAsync(response, SingleAnswerLimit, token));
                    var raw = await response.Content.ReadAsStreamAsync(token);
                    var body = new PatientStream(raw, SingleAnswerLimit, timeout, time);
                    if (await body.PeekAsync(token) != (byte)'[')
                        return new OpenedList<T>(null, await ReadAsync(Head(response), body, SingleAnswerLimit, token));
                    var list = new StreamedList<T>(response, body, type, providerName, cancellationToken);
                    if (await list.MoveAsync() is { } failure)
                    {
                        await list.DisposeAsync();
                        return failure;
                    }
                    handedOn = true;
                    return new OpenedList<T>(list, null);
                }
                finally
                {
                    if (!handedOn)
                        response.Dispose();
                }
            },
            opening
        );

    private async Task<ProviderResult<T>> GuardedAsync<T>(
        Func<CancellationToken, Task<ProviderResult<T>>> exchange,
        CancellationToken cancellationToken
    )
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await exchange(either.Token);
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

    private static WireReply Head(HttpResponseMessage response) =>
        new()
        {
            Status = response.StatusCode,
            Body = ReadOnlyMemory<byte>.Empty,
            MediaType = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant(),
            RetryAfter = Header(response, "Retry-After"),
            RateLimitType = Header(response, "X-RateLimit-Type"),
        };

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static async Task<WireReply> ReadAsync(
        HttpResponseMessage response,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var reply = Head(response);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await ReadAsync(reply, body, limit, cancellationToken);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return reply with { BodyBroken = true };
        }
    }

    private static async Task<WireReply> ReadAsync(
        WireReply reply,
        Stream body,
        int limit,
        CancellationToken cancellationToken
    )
    {
        try
        {
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
