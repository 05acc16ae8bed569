using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;

namespace Parley.Server.Tests.Connections;

/// <summary>A provider a test steers: whose account a code belongs to, what a refresh answers, which calls fail.</summary>
internal sealed class FakeProvider(
    string id,
    string name,
    bool rotates = true,
    Func<ProviderDescriptor, ProviderDescriptor>? shape = null
) : IConferencingProvider, IOAuthClient
{
    /// <summary>In every token, so that a search finds any that got out.</summary>
    public const string Canary = "canary-7f3a";
    private readonly ConcurrentDictionary<string, string> _challenges = new(StringComparer.Ordinal);
    private int _issued;
    private int _exchanges;
    private int _refreshes;
    private int _identifications;
    private int _accountTokens;

    public AccountIdentity Account { get; set; } =
        new()
        {
            OrganizerKey = "7000000000000000001",
            AccountKey = "42",
            Email = "olivia@example.org",
            Name = "Olivia Organizer",
        };
    public IReadOnlyList<string>? Granted { get; set; } = ["meet:", "who:"];
    public Func<string, ProviderResult<TokenReply>?> OnExchange { get; set; } = _ => null;
    public Func<string, Task<ProviderResult<TokenReply>?>> OnRefresh { get; set; } =
        _ => Task.FromResult<ProviderResult<TokenReply>?>(null);
    public Func<string, ProviderFailure?> OnCall { get; set; } = _ => null;
    public Func<string, ProviderFailure?> OnIdentify { get; set; } = _ => null;
    public ProviderFailure? OnRevoke { get; set; }

    /// <summary>By client id and account id.</summary>
    public Func<OAuthApp, string, ProviderFailure?> OnAccountToken { get; set; } = (_, _) => null;

    /// <summary>The region every token reply names.</summary>
    public string? Region { get; set; }
    public IProviderEvents? Events { get; set; }
    public ConcurrentQueue<ProviderAccess> AccessesSeen { get; } = [];
    public int AccountTokens => _accountTokens;
    public ConcurrentQueue<string> Revoked { get; } = [];
    public ConcurrentQueue<string> RefreshTokensSeen { get; } = [];
    public ConcurrentQueue<string> RedirectUrisSeen { get; } = [];
    public int Exchanges => _exchanges;
    public int Refreshes => _refreshes;
    public int Identifications => _identifications;
    public int WireCalls => _exchanges + _refreshes + _identifications;

    public ProviderDescriptor Descriptor => (shape ?? (plain => plain))(Plain);

    private ProviderDescriptor Plain =>
        new()
        {
            Id = id,
            Name = name,
            Scopes =
            [
                new ScopeNeed("meet:", ["create", "get", "update", "delete", "start", "upcoming"]),
                new ScopeNeed("who:", ["identify"]),
            ],
            Capabilities = ["create", "get", "update", "delete", "start", "upcoming", .. MoreCapabilities],
            Issuers = [$"https://{id}.example/issuer"],
            Refresh = new RefreshSemantics { Rotates = rotates },
            Rate = new RateAllowance(1000, Duration.FromSeconds(1), RateScope.PerApp),
            ConnectionLifetime = Duration.FromDays(365),
            DailyWrites = DailyWrites,
        };

    // Its capabilities name neither; a test that needs them says who is in the account.
    public IMeetingRecords Records => RecordsOfAccount ?? throw new NotSupportedException();

    public IAccountDirectory Directory => DirectoryOfAccount ?? throw new NotSupportedException();

    public IMeetingRecords? RecordsOfAccount { get; set; }
    public IAccountDirectory? DirectoryOfAccount { get; set; }
    public IReadOnlyList<string> MoreCapabilities { get; init; } = [];
    public DailyWriteAllowance? DailyWrites { get; init; }

    public string AuthorizeUrl(OAuthApp app, string redirectUri, string state, string codeVerifier)
    {
        var challenge = System.Buffers.Text.Base64Url.EncodeToString(
            SHA256.HashData(Encoding.ASCII.GetBytes(codeVerifier))
        );
        _challenges[challenge] = redirectUri;
        return $"https://{Descriptor.Id}.example/authorize?client_id={app.ClientId}&redirect_uri={Uri.EscapeDataString(redirectUri)}"
            + $"&state={state}&code_challenge={challenge}&code_challenge_method=S256";
    }

    public Task<ProviderResult<TokenReply>> ExchangeCodeAsync(
        OAuthApp app,
        string code,
        string redirectUri,
        string codeVerifier,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref _exchanges);
        RedirectUrisSeen.Enqueue(redirectUri);
        var challenge = System.Buffers.Text.Base64Url.EncodeToString(
            SHA256.HashData(Encoding.ASCII.GetBytes(codeVerifier))
        );
        _challenges.ShouldContainKey(challenge, "the verifier belongs to no authorize request");
        return Task.FromResult(OnExchange(code) ?? Tokens());
    }

    public async Task<ProviderResult<TokenReply>> RefreshAsync(
        OAuthApp app,
        string refreshToken,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref _refreshes);
        RefreshTokensSeen.Enqueue(refreshToken);
        return await OnRefresh(refreshToken) ?? Tokens();
    }

    public Task<ProviderResult<TokenReply>> RequestAccountTokenAsync(
        OAuthApp app,
        string accountId,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref _accountTokens);
        return Task.FromResult<ProviderResult<TokenReply>>(
            OnAccountToken(app, accountId) is { } failure ? failure : Tokens(withRefreshToken: false)
        );
    }

    public Task<ProviderResult<Nothing>> RevokeAsync(OAuthApp app, string token, CancellationToken cancellationToken)
    {
        Revoked.Enqueue(token);
        return Task.FromResult<ProviderResult<Nothing>>(OnRevoke is { } failure ? failure : default(Nothing));
    }

    public TokenReply Tokens(bool withRefreshToken = true)
    {
        var number = Interlocked.Increment(ref _issued);
        return new TokenReply
        {
            AccessToken = $"access-{number}-{Canary}",
            RefreshToken = withRefreshToken ? $"refresh-{number}-{Canary}" : null,
            ExpiresIn = Duration.FromHours(1),
            Scopes = Granted,
            Principal = Account.Email,
            ApiBaseUrl = Region,
        };
    }

    public Task<ProviderResult<AccountIdentity>> IdentifyAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref _identifications);
        AccessesSeen.Enqueue(access);
        return Task.FromResult<ProviderResult<AccountIdentity>>(
            OnIdentify(access.AccessToken) is { } failure ? failure : Account
        );
    }

    public Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    )
    {
        AccessesSeen.Enqueue(access);
        return Task.FromResult(
            OnCall(access.AccessToken) is { } failure ? failure : ProviderResult.From<IReadOnlyList<Meeting>>([])
        );
    }

    public Task<ProviderResult<HostLink>> StartAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public Task<ProviderResult<CreatedMeeting>> CreateAsync(
        ProviderAccess access,
        MeetingSpec spec,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

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

    public Task<ProviderResult<Nothing>> DeleteAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public string? NormalizeMeetingId(string id) => id;

    public IReadOnlyList<string> Differences(MeetingSpec desired, Meeting observed) => [];

    public string? DeriveJoinUrl(string meetingId, string? lastJoinUrl) => null;

    public bool IsTrustedLink(string url) => true;

    public static ProviderFailure Failure(FailureKind kind, string code, string message = "It failed.") =>
        new()
        {
            Kind = kind,
            Code = code,
            Message = message,
        };

    public static readonly ProviderFailure TokenRefused = Failure(FailureKind.TokenRefused, FailureCodes.TokenRefused);
    public static readonly ProviderFailure InvalidGrant = Failure(FailureKind.GrantDead, FailureCodes.InvalidGrant);
    public static readonly ProviderFailure Lost = Failure(FailureKind.Unknown, FailureCodes.Timeout);
}
