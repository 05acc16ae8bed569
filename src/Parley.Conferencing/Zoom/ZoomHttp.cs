using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>How Zoom is spoken to: a request with its token, an answer read or classified; reads are tried again, writes never.</summary>
internal sealed class ZoomHttp(ZoomOptions options, ProviderHttp http, ReadRetry reads, PacedReads paced, IClock clock)
{
    // Enough for any account, and an end to a list that never ends.
    private const int MostPages = 5000;
    private const int MostRestarts = 2;

    private readonly ZoomErrors _errors = new(clock);

    // Readable topics on the wire; the body is JSON for a machine and never part of a page.
    private static readonly ZoomJson Writing = new(
        new JsonSerializerOptions(ZoomJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
    );

    public static byte[] Json(ZoomMeetingRequest request) =>
        JsonSerializer.SerializeToUtf8Bytes(request, Writing.ZoomMeetingRequest);

    public static byte[] Json(ZoomStatusRequest request) =>
        JsonSerializer.SerializeToUtf8Bytes(request, Writing.ZoomStatusRequest);

    public Task<ProviderResult<T>> ReadAsync<T>(
        ProviderAccess access,
        string path,
        ZoomAsked asked,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken,
        int answerLimit = ProviderHttp.SingleAnswerLimit
    )
        where T : class =>
        paced.RunAsync(
            access,
            () =>
                reads.RunAsync(
                    async token =>
                        Read(
                            await SendAsync(access, HttpMethod.Get, path, json: null, token, answerLimit),
                            access,
                            asked,
                            type
                        ),
                    cancellationToken
                ),
            cancellationToken
        );

    /// <summary>A write: sent once.</summary>
    public async Task<ProviderResult<T>> WriteAsync<T>(
        ProviderAccess access,
        HttpMethod method,
        string path,
        byte[] json,
        ZoomAsked asked,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
        where T : class => Read(await SendAsync(access, method, path, json, cancellationToken), access, asked, type);

    /// <summary>A write that answers 204 without a body: sent once.</summary>
    public async Task<ProviderResult<Nothing>> DoAsync(
        ProviderAccess access,
        HttpMethod method,
        string path,
        byte[]? json,
        ZoomAsked asked,
        CancellationToken cancellationToken
    )
    {
        var sent = await SendAsync(access, method, path, json, cancellationToken);
        if (sent.Failure is { } failure)
            return failure;
        var reply = sent.Value;
        return reply.StatusCode switch
        {
            204 => default(Nothing),
            // A 200 counts when its body is empty or JSON that is no error in disguise.
            200
                when reply is { BodyUnreadable: false, IsMarkup: false }
                    && (reply.Body.IsEmpty || (reply.Object is not null && ZoomErrorBody.Read(reply).Code is null)) =>
                default(Nothing),
            _ => _errors.Classify(reply, asked, access.AccessToken),
        };
    }

    /// <summary>
    /// A list, page by page, to its end. A page token that lapsed (15 minutes) begins it anew, so <paramref name="visit"/> may see an
    /// entry again: it keeps apart what it has seen.
    /// </summary>
    /// <param name="path">With at least one query parameter.</param>
    /// <returns>Null when all was read.</returns>
    public async Task<ProviderFailure?> PagesAsync<TPage, TItem>(
        ProviderAccess access,
        string path,
        ZoomAsked asked,
        JsonTypeInfo<TPage> type,
        Func<TItem, CancellationToken, ValueTask<ProviderFailure?>> visit,
        CancellationToken cancellationToken
    )
        where TPage : ZoomPage<TItem>
        where TItem : class
    {
        var (token, restarts) = ("", 0);
        for (var pages = 0; pages < MostPages; pages++)
        {
            var query = token.Length == 0 ? path : $"{path}&next_page_token={Uri.EscapeDataString(token)}";
            var answer = await ReadAsync(access, query, asked, type, cancellationToken, ProviderHttp.ListAnswerLimit);
            if (answer.Failure is { } failure)
            {
                if (token.Length == 0 || !ZoomErrors.IsPageTokenTrouble(failure) || restarts++ == MostRestarts)
                    return failure;
                token = "";
                continue;
            }
            foreach (var item in answer.Value.Rows() ?? [])
            {
                if (item is null)
                    return ZoomErrors.Nameless();
                if (await visit(item, cancellationToken) is { } trouble)
                    return trouble;
            }
            var next = answer.Value.NextPageToken?.Trim() ?? "";
            if (next.Length == 0)
                return null;
            // The same page again and again is no list.
            if (next == token)
                return ZoomErrors.Nameless();
            token = next;
        }
        return ZoomErrors.Nameless();
    }

    private ProviderResult<T> Read<T>(
        ProviderResult<WireReply> sent,
        ProviderAccess access,
        ZoomAsked asked,
        JsonTypeInfo<T> type
    )
        where T : class
    {
        if (sent.Failure is { } failure)
            return failure;
        var reply = sent.Value;
        if (reply is not { StatusCode: 200 or 201, IsMarkup: false, BodyUnreadable: false })
            return _errors.Classify(reply, asked, access.AccessToken);
        // An error in disguise would pass for a thing that tells nothing. No answer of ours has a code beside a message; 0 is none.
        if (
            reply.Body.Span.IndexOf("\"code\""u8) >= 0
            && ZoomErrorBody.Read(reply) is { Code: not null, Text: not null }
        )
            return _errors.Classify(reply, asked, access.AccessToken);
        return reply.Object is not null && JsonReplies.One(reply.Body.Span, type) is { } value
            ? value
            : _errors.Classify(reply, asked, access.AccessToken);
    }

    private async Task<ProviderResult<WireReply>> SendAsync(
        ProviderAccess access,
        HttpMethod method,
        string path,
        byte[]? json,
        CancellationToken cancellationToken,
        int answerLimit = ProviderHttp.SingleAnswerLimit
    )
    {
        var url = BearerRequest.Join(ZoomBase.For(access.ApiBaseUrl, options.ApiBaseUrl), path);
        using var request = BearerRequest.Create(method, url, access.AccessToken, json);
        return await http.SendAsync(request, answerLimit, cancellationToken);
    }
}
