using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>GoTo Meeting behind the common contract. Everything peculiar to GoTo is in this folder.</summary>
public sealed class GoToMeetingProvider : IConferencingProvider
{
    private readonly GoToMeetingOptions _options;
    private readonly GoToMeetingClient _client;
    private readonly LinkTrust _links;

    internal GoToMeetingProvider(
        GoToMeetingOptions options,
        GoToMeetingClient client,
        IMeetingRecords records,
        IAccountDirectory directory
    )
    {
        (_options, _client, Records, Directory) = (options, client, records, directory);
        Descriptor = GoToMeetingDescriptor.Value with
        {
            Rate = GoToMeetingDescriptor.Value.Rate with { Calls = options.CallsPerSecond },
        };
        _links = new LinkTrust(options.JoinHosts, options.TrustedInsecureOrigins);
    }

    public ProviderDescriptor Descriptor { get; }
    public IMeetingRecords Records { get; }
    public IAccountDirectory Directory { get; }

    /// <summary>
    /// Admin <c>/me</c>, which takes <c>identity:</c>; refused or absent (accounts off the Global platform), SCIM <c>/Users/me</c>, which takes
    /// <c>identity:scim.me</c>; refused too, an identity without key that names the missing scope. Each is asked once: the admin
    /// host answers 401 to a perfectly good token without the scope, so a refresh would go round in circles.
    /// </summary>
    public async Task<ProviderResult<AccountIdentity>> IdentifyAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    )
    {
        var admin = await _client.AdminMeAsync(access.AccessToken, cancellationToken);
        if (admin.Succeeded && !string.IsNullOrEmpty(admin.Value.Key))
            return GoToMeetingMapper.Identity(admin.Value);
        if (admin.Failure is { } refused && !IsAboutRights(refused))
            return refused;
        var scim = await _client.ScimMeAsync(access.AccessToken, cancellationToken);
        if (scim.Succeeded && !string.IsNullOrEmpty(scim.Value.Id))
            return GoToMeetingMapper.Identity(scim.Value);
        if (scim.Failure is { } refusedToo && !IsAboutRights(refusedToo))
            return refusedToo;
        return new AccountIdentity { MissingScope = GoToMeetingDescriptor.IdentityScope };
    }

    public async Task<ProviderResult<CreatedMeeting>> CreateAsync(
        ProviderAccess access,
        MeetingSpec spec,
        CancellationToken cancellationToken
    )
    {
        if (GoToMeetingMapper.Objection(spec) is { } objection)
            return objection;
        var created = await _client.CreateAsync(access.AccessToken, GoToMeetingMapper.ToWire(spec), cancellationToken);
        if (created.Failure is { } failure)
            return failure;
        return GoToMeetingMapper.Created(created.Value) is { } meeting
            ? meeting with
            {
                Warnings = GoToMeetingMapper.NotTaken(spec),
            }
            : GoToMeetingErrors.Nameless();
    }

    public async Task<ProviderResult<Meeting>> GetAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        if (GoToMeetingMapper.Digits(meetingId) is not { } id)
            return GoToMeetingErrors.NoSuchMeeting();
        var reply = await _client.GetAsync(access.AccessToken, id, cancellationToken);
        if (reply.Failure is { } failure)
            return failure;
        return GoToMeetingMapper.Observed(reply.Value) is { } meeting ? meeting : GoToMeetingErrors.Nameless();
    }

    public async Task<ProviderResult<UpdatedMeeting>> UpdateAsync(
        ProviderAccess access,
        string meetingId,
        MeetingSpec spec,
        CancellationToken cancellationToken
    )
    {
        if (GoToMeetingMapper.Digits(meetingId) is not { } id)
            return GoToMeetingErrors.NoSuchMeeting();
        if (GoToMeetingMapper.Objection(spec) is { } objection)
            return objection;
        var wire = GoToMeetingMapper.ToWire(spec);
        var replaced = await _client.ReplaceAsync(access.AccessToken, id, wire, cancellationToken);
        return replaced.Failure is { } failure
            ? failure
            : new UpdatedMeeting { Warnings = GoToMeetingMapper.NotTaken(spec) };
    }

    public async Task<ProviderResult<Nothing>> DeleteAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) =>
        GoToMeetingMapper.Digits(meetingId) is { } id
            ? await _client.DeleteAsync(access.AccessToken, id, cancellationToken)
            : GoToMeetingErrors.NoSuchMeeting();

    public async Task<ProviderResult<HostLink>> StartAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        if (GoToMeetingMapper.Digits(meetingId) is not { } id)
            return GoToMeetingErrors.NoSuchMeeting();
        var reply = await _client.StartAsync(access.AccessToken, id, cancellationToken);
        if (reply.Failure is { } failure)
            return failure;
        if (reply.Value.HostUrl is not { Length: > 0 } url)
            return GoToMeetingErrors.Nameless();
        if (!IsTrustedLink(url))
        {
            return new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.UntrustedLink,
                Message =
                    $"{GoToMeetingDescriptor.Name} answered with a host link to a host that is not trusted; it is withheld.",
                Next = "If the host is GoTo's, add it to Providers:GoToMeeting:JoinHosts.",
            };
        }
        // GoTo does not say how long the link lives.
        return new HostLink(url, ExpiresAt: null);
    }

    public async Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    )
    {
        var replies = await _client.UpcomingAsync(access.AccessToken, cancellationToken);
        if (replies.Failure is { } failure)
            return failure;
        return GoToMeetingMapper.Observed(replies.Value);
    }

    public string? NormalizeMeetingId(string id) => GoToMeetingMapper.Digits(id);

    public IReadOnlyList<string> Differences(MeetingSpec desired, Meeting observed) =>
        GoToMeetingMapper.Differences(desired, observed);

    public string? DeriveJoinUrl(string meetingId, string? lastJoinUrl)
    {
        if (GoToMeetingMapper.Digits(meetingId) is not { } id)
            return null;
        return IsTrustedLink(lastJoinUrl ?? "") && PutIn(id, lastJoinUrl!) is { } derived
            ? derived
            : _options.JoinUrlTemplate.Replace("{id}", id, StringComparison.Ordinal);
    }

    public bool IsTrustedLink(string url) => _links.IsTrusted(url);

    public IReadOnlyList<string> LinkSources => _links.Sources;

    // The id is the last path segment, https://global.gotomeeting.com/join/317680365; what follows the path belongs to the
    // other meeting.
    private static string? PutIn(string id, string lastJoinUrl)
    {
        var path = lastJoinUrl.Split('?', '#')[0].TrimEnd('/');
        var slash = path.LastIndexOf('/');
        return GoToMeetingMapper.Digits(path[(slash + 1)..]) is { Length: >= 6 } ? path[..(slash + 1)] + id : null;
    }

    private static bool IsAboutRights(ProviderFailure failure) =>
        failure.HttpStatus == 404
        || failure.Kind == FailureKind.MissingScope
        // A 403 that names the token means the token; any other 401 or 403 may be the scope.
        || (failure is { Kind: FailureKind.TokenRefused } && !GoToMeetingErrors.SaysInvalidToken(failure))
        || failure.Code == FailureCodes.NotAllowed;
}
