using System.Collections.Concurrent;
using System.Globalization;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Tests.Connections;

namespace Parley.Server.Tests.Meetings;

/// <summary>A provider that makes, starts and removes meetings as asked; refuses what a test tells it to.</summary>
internal sealed class AnsweringProvider : IConferencingProvider, IOAuthClient
{
    private readonly FakeProvider _account = new("gotomeeting", "GoTo Meeting");
    private int _made;

    public ConcurrentDictionary<string, MeetingSpec> Meetings { get; } = new(StringComparer.Ordinal);
    public ProviderFailure? OnCreate { get; set; }
    public ProviderFailure? OnStart { get; set; }

    public ProviderDescriptor Descriptor => _account.Descriptor;
    public IMeetingRecords Records => _account.Records;
    public IAccountDirectory Directory => _account.Directory;
    public IReadOnlyList<string> LinkSources => ["https://host.gotomeeting.example", "https://*.gotomeeting.example"];

    public Task<ProviderResult<CreatedMeeting>> CreateAsync(
        ProviderAccess access,
        MeetingSpec spec,
        CancellationToken cancellationToken
    )
    {
        if (OnCreate is { } failure)
        {
            return Task.FromResult<ProviderResult<CreatedMeeting>>(failure);
        }

        var id = (850_000_000 + Interlocked.Increment(ref _made)).ToString(CultureInfo.InvariantCulture);
        Meetings[id] = spec;
        return Task.FromResult<ProviderResult<CreatedMeeting>>(
            new CreatedMeeting { Id = id, JoinUrl = $"https://meet.gotomeeting.example/{id}" }
        );
    }

    public Task<ProviderResult<HostLink>> StartAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) =>
        Task.FromResult<ProviderResult<HostLink>>(
            OnStart is { } failure ? failure : new HostLink(DashboardWorld.HostUrl, ExpiresAt: null)
        );

    public Task<ProviderResult<Nothing>> DeleteAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        Meetings.TryRemove(meetingId, out _);
        return Task.FromResult<ProviderResult<Nothing>>(default(Nothing));
    }

    public Task<ProviderResult<Meeting>> GetAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<ProviderResult<UpdatedMeeting>> UpdateAsync(
        ProviderAccess access,
        string meetingId,
        MeetingSpec spec,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<ProviderResult<AccountIdentity>> IdentifyAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    ) => _account.IdentifyAsync(access, cancellationToken);

    public Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    ) => _account.ListUpcomingAsync(access, cancellationToken);

    public string? NormalizeMeetingId(string id) => id;

    public IReadOnlyList<string> Differences(MeetingSpec desired, Meeting observed) => [];

    public string? DeriveJoinUrl(string meetingId, string? lastJoinUrl) => null;

    public bool IsTrustedLink(string url) => true;

    public string AuthorizeUrl(OAuthApp app, string redirectUri, string state, string codeVerifier) =>
        _account.AuthorizeUrl(app, redirectUri, state, codeVerifier);

    public Task<ProviderResult<TokenReply>> ExchangeCodeAsync(
        OAuthApp app,
        string code,
        string redirectUri,
        string codeVerifier,
        CancellationToken cancellationToken
    ) => _account.ExchangeCodeAsync(app, code, redirectUri, codeVerifier, cancellationToken);

    public Task<ProviderResult<TokenReply>> RefreshAsync(
        OAuthApp app,
        string refreshToken,
        CancellationToken cancellationToken
    ) => _account.RefreshAsync(app, refreshToken, cancellationToken);

    public Task<ProviderResult<TokenReply>> RequestAccountTokenAsync(
        OAuthApp app,
        string accountId,
        CancellationToken cancellationToken
    ) => _account.RequestAccountTokenAsync(app, accountId, cancellationToken);

    public Task<ProviderResult<Nothing>> RevokeAsync(OAuthApp app, string token, CancellationToken cancellationToken) =>
        _account.RevokeAsync(app, token, cancellationToken);
}
