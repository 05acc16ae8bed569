using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>The calls of G2M REST v1, the Admin API and SCIM, each sent and its answer read; reads are tried again, writes never.</summary>
internal sealed class GoToMeetingClient(GoToMeetingOptions options, ProviderHttp http, ReadRetry reads, IClock clock)
{
    private readonly GoToMeetingErrors _errors = new(clock);

    // Readable subjects on the wire; the body is JSON for a machine and never part of a page.
    private static readonly JsonTypeInfo<MeetingRequest> RequestType = new GoToMeetingJson(
        new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
    ).MeetingRequest;

    /// <summary>A write: sent once. <c>POST /meetings</c> → 201, an array of one.</summary>
    public async Task<ProviderResult<MeetingReply>> CreateAsync(
        string accessToken,
        MeetingRequest meeting,
        CancellationToken cancellationToken
    )
    {
        var sent = await SendAsync(HttpMethod.Post, Meetings, accessToken, meeting, cancellationToken);
        return Read(sent, Asked.Collection, accessToken, GoToMeetingJson.Default.MeetingReply);
    }

    /// <summary>A write: sent once. <c>PUT /meetings/{id}</c> → 204.</summary>
    public async Task<ProviderResult<Nothing>> ReplaceAsync(
        string accessToken,
        string id,
        MeetingRequest meeting,
        CancellationToken cancellationToken
    ) => Done(await SendAsync(HttpMethod.Put, OneMeeting(id), accessToken, meeting, cancellationToken), accessToken);

    /// <summary>A write: sent once. <c>DELETE /meetings/{id}</c> → 204.</summary>
    public async Task<ProviderResult<Nothing>> DeleteAsync(
        string accessToken,
        string id,
        CancellationToken cancellationToken
    ) =>
        Done(
            await SendAsync(HttpMethod.Delete, OneMeeting(id), accessToken, body: null, cancellationToken),
            accessToken
        );

    public Task<ProviderResult<MeetingReply>> GetAsync(
        string accessToken,
        string id,
        CancellationToken cancellationToken
    ) =>
        ReadAsync(
            OneMeeting(id),
            Asked.OneMeeting,
            accessToken,
            GoToMeetingJson.Default.MeetingReply,
            cancellationToken
        );

    public Task<ProviderResult<StartReply>> StartAsync(
        string accessToken,
        string id,
        CancellationToken cancellationToken
    ) =>
        ReadAsync(
            OneMeeting(id) + "/start",
            Asked.OneMeeting,
            accessToken,
            GoToMeetingJson.Default.StartReply,
            cancellationToken
        );

    /// <summary>All of it: this API has no pages.</summary>
    public Task<ProviderResult<IReadOnlyList<MeetingReply>>> UpcomingAsync(
        string accessToken,
        CancellationToken cancellationToken
    ) =>
        ReadListAsync(
            Join(options.ApiBaseUrl, "upcomingMeetings"),
            accessToken,
            GoToMeetingJson.Default.MeetingReply,
            cancellationToken
        );

    public Task<ProviderResult<AdminMeReply>> AdminMeAsync(string accessToken, CancellationToken cancellationToken) =>
        ReadAsync(
            Join(options.AdminBaseUrl, "me?includeAdmins=false&includeInvitation=false"),
            Asked.Profile,
            accessToken,
            GoToMeetingJson.Default.AdminMeReply,
            cancellationToken
        );

    public Task<ProviderResult<ScimMeReply>> ScimMeAsync(string accessToken, CancellationToken cancellationToken) =>
        ReadAsync(
            Join(options.ScimBaseUrl, "Users/me"),
            Asked.Profile,
            accessToken,
            GoToMeetingJson.Default.ScimMeReply,
            cancellationToken
        );

    private string Meetings => Join(options.ApiBaseUrl, "meetings");

    private string OneMeeting(string id) => Join(options.ApiBaseUrl, "meetings/" + id);

    private static string Join(string baseUrl, string path) => baseUrl.TrimEnd('/') + "/" + path;

    private Task<ProviderResult<T>> ReadAsync<T>(
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

    private Task<ProviderResult<IReadOnlyList<T>>> ReadListAsync<T>(
        string url,
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
                    return _errors.Classify(sent.Value, Asked.Collection, accessToken);
                return JsonReplies.All(reply.Body.Span, type) is { } items
                    ? ProviderResult.From(items)
                    : _errors.Classify(reply, Asked.Collection, accessToken);
            },
            cancellationToken
        );

    private ProviderResult<T> Read<T>(
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

    private ProviderResult<Nothing> Done(ProviderResult<WireReply> sent, string accessToken)
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

    private async Task<ProviderResult<WireReply>> SendAsync(
        HttpMethod method,
        string url,
        string accessToken,
        MeetingRequest? body,
        CancellationToken cancellationToken,
        int answerLimit = ProviderHttp.SingleAnswerLimit
    )
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, RequestType));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        else if (method != HttpMethod.Get)
        {
            // The socket handler silently repeats a request without content when a kept-alive connection dies under it;
            // with content, even empty, it does not. A write is sent once.
            request.Content = new ByteArrayContent([]);
        }
        return await http.SendAsync(request, answerLimit, cancellationToken);
    }
}
