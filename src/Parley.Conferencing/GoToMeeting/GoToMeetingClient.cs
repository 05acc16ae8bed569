using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>The calls about meetings and about who connected: G2M REST v1, Admin <c>/me</c>, SCIM <c>/Users/me</c>.</summary>
internal sealed class GoToMeetingClient(GoToMeetingOptions options, GoToMeetingHttp http)
{
    /// <summary>A write: sent once. <c>POST /meetings</c> → 201, an array of one.</summary>
    public async Task<ProviderResult<MeetingReply>> CreateAsync(
        string accessToken,
        MeetingRequest meeting,
        CancellationToken cancellationToken
    ) =>
        http.Read(
            await http.SendAsync(HttpMethod.Post, Meetings, accessToken, meeting, cancellationToken),
            Asked.Collection,
            accessToken,
            GoToMeetingJson.Default.MeetingReply
        );

    /// <summary>A write: sent once. <c>PUT /meetings/{id}</c> → 204.</summary>
    public async Task<ProviderResult<Nothing>> ReplaceAsync(
        string accessToken,
        string id,
        MeetingRequest meeting,
        CancellationToken cancellationToken
    ) =>
        http.Done(
            await http.SendAsync(HttpMethod.Put, OneMeeting(id), accessToken, meeting, cancellationToken),
            accessToken
        );

    /// <summary>A write: sent once. <c>DELETE /meetings/{id}</c> → 204.</summary>
    public async Task<ProviderResult<Nothing>> DeleteAsync(
        string accessToken,
        string id,
        CancellationToken cancellationToken
    ) =>
        http.Done(
            await http.SendAsync(HttpMethod.Delete, OneMeeting(id), accessToken, body: null, cancellationToken),
            accessToken
        );

    public Task<ProviderResult<MeetingReply>> GetAsync(
        string accessToken,
        string id,
        CancellationToken cancellationToken
    ) =>
        http.ReadAsync(
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
        http.ReadAsync(
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
        http.ReadListAsync(
            BearerRequest.Join(options.ApiBaseUrl, "upcomingMeetings"),
            Asked.Collection,
            accessToken,
            GoToMeetingJson.Default.MeetingReply,
            cancellationToken
        );

    public Task<ProviderResult<AdminMeReply>> AdminMeAsync(string accessToken, CancellationToken cancellationToken) =>
        http.ReadAsync(
            BearerRequest.Join(options.AdminBaseUrl, "me?includeAdmins=false&includeInvitation=false"),
            Asked.Profile,
            accessToken,
            GoToMeetingJson.Default.AdminMeReply,
            cancellationToken
        );

    public Task<ProviderResult<ScimMeReply>> ScimMeAsync(string accessToken, CancellationToken cancellationToken) =>
        http.ReadAsync(
            BearerRequest.Join(options.ScimBaseUrl, "Users/me"),
            Asked.Profile,
            accessToken,
            GoToMeetingJson.Default.ScimMeReply,
            cancellationToken
        );

    private string Meetings => BearerRequest.Join(options.ApiBaseUrl, "meetings");

    private string OneMeeting(string id) => BearerRequest.Join(options.ApiBaseUrl, "meetings/" + id);
}
