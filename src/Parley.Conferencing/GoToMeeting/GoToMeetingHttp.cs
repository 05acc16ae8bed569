using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>How GoTo is spoken to: a request with its token, an answer read or classified; reads are tried again, writes never.</summary>
internal sealed class GoToMeetingHttp(ProviderHttp http, ReadRetry reads, IClock clock)
{
    private readonly GoToMeetingErrors _errors = new(clock);

    // Readable subjects on the wire; the body is JSON for a machine and never part of a page.
    private static readonly JsonTypeInfo<MeetingRequest> RequestType = new GoToMeetingJson(
        new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
    ).MeetingRequest;

    public Task<ProviderResult<T>> ReadAsync<T>(
        string url,
        Asked asked,
        string accessToken,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
        where T : class =>
        reads.RunAsync(
            async token =>
                Read(await SendAsync(HttpMethod.Get, url, accessToken, body: null, token), asked, accessToken, type),
            cancellationToken
        );

    public Task<ProviderResult<IReadOnlyList<T>>> ReadListAsync<T>(
        string url,
        Asked asked,
        string accessToken,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
        where T : class =>
        reads.RunAsync<IReadOnlyList<T>>(
            async token =>
            {
                var sent = await SendAsync(
                    HttpMethod.Get,
                    url,
                    accessToken,
                    body: null,
                    token,
                    ProviderHttp.ListAnswerLimit
                );
                if (sent.Failure is { } failure)
                    return failure;
                if (sent.Value is not { StatusCode: 200, IsMarkup: false, BodyUnreadable: false } reply)
                    return _errors.Classify(sent.Value, asked, accessToken);
                return JsonReplies.All(reply.Body.Span, type) is { } items
                    ? ProviderResult.From(items)
                    : _errors.Classify(reply, asked, accessToken);
            },
            cancellationToken
        );

    public ProviderResult<T> Read<T>(
        ProviderResult<WireReply> sent,
        Asked asked,
        string accessToken,
        JsonTypeInfo<T> type
    )
        where T : class
    {
        if (sent.Failure is { } failure)
            return failure;
        var reply = sent.Value;
        if (reply is not { StatusCode: 200 or 201, IsMarkup: false, BodyUnreadable: false })
            return _errors.Classify(reply, asked, accessToken);
        // A shut-down host may answer 200; its message would pass for a meeting that tells nothing.
        if (reply.Body.Span.IndexOf("no longer valid"u8) >= 0 && ErrorBody.Read(reply).SaysHostRetired)
            return _errors.Classify(reply, asked, accessToken);
        return JsonReplies.One(reply.Body.Span, type) is { } value
            ? value
            : _errors.Classify(reply, asked, accessToken);
    }

    public ProviderResult<Nothing> Done(ProviderResult<WireReply> sent, string accessToken)
    {
        if (sent.Failure is { } failure)
            return failure;
        var reply = sent.Value;
        // 204 is documented. A 200 counts when its body is empty or JSON that is no error in disguise.
        return reply.Status switch
        {
            System.Net.HttpStatusCode.NoContent => default(Nothing),
            System.Net.HttpStatusCode.OK
                when reply is { BodyUnreadable: false, IsMarkup: false } && IsHarmless(reply) => default(Nothing),
            _ => _errors.Classify(reply, Asked.OneMeeting, accessToken),
        };
    }

    private static bool IsHarmless(WireReply reply) =>
        reply.Body.IsEmpty
        || (reply.Object is not null && ErrorBody.Read(reply) is { Code: null, SaysHostRetired: false });

    public async Task<ProviderResult<WireReply>> SendAsync(
        HttpMethod method,
        string url,
        string accessToken,
        MeetingRequest? body,
        CancellationToken cancellationToken,
        int answerLimit = ProviderHttp.SingleAnswerLimit
    )
    {
        var json = body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, RequestType);
        using var request = BearerRequest.Create(method, url, accessToken, json);
        return await http.SendAsync(request, answerLimit, cancellationToken);
    }

    /// <summary>
    /// A list read while it arrives. Tried again as any read until its first item is here; from then on the caller has seen
    /// items, and a repetition would show them twice.
    /// </summary>
    public Task<ProviderResult<StreamedList<T>>> OpenListAsync<T>(
        string url,
        Asked asked,
        string accessToken,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
        where T : class =>
        reads.RunAsync<StreamedList<T>>(
            async token =>
            {
                using var request = BearerRequest.Create(HttpMethod.Get, url, accessToken);
                var opened = await http.OpenListAsync(request, type, token, cancellationToken);
                if (opened.Failure is { } failure)
                    return failure;
                if (opened.Value.List is { } list)
                    return list;
                var reply = opened.Value.Reply!;
                return
                    reply is { StatusCode: 200, BodyUnreadable: false, IsMarkup: false }
                    && JsonReplies.One(reply.Body.Span, type) is { } only
                    && !ErrorBody.Read(reply).SaysHostRetired
                    ? StreamedList<T>.OfOne(only)
                    : _errors.Classify(reply, asked, accessToken);
            },
            cancellationToken
        );
}
