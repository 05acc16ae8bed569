using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>Zoom behind the common contract. Everything peculiar to Zoom is in this folder.</summary>
public sealed class ZoomProvider : IConferencingProvider
{
    private static readonly Duration HostLinkLife = Duration.FromHours(2);
    private static readonly Duration BasicLimit = Duration.FromMinutes(40);
    private const int BasicUser = 1;

    private readonly ZoomClient _client;
    private readonly ZoomUpcoming _upcoming;
    private readonly ZoomIdentity _identity;
    private readonly IClock _clock;
    private readonly LinkTrust _links;

    internal ZoomProvider(
        ZoomOptions options,
        ZoomHttp http,
        IMeetingRecords records,
        IAccountDirectory directory,
        IClock clock
    )
    {
        (_client, Records, Directory, _clock) = (new ZoomClient(http), records, directory, clock);
        _upcoming = new ZoomUpcoming(_client, clock);
        _identity = new ZoomIdentity(http, _client);
        _links = new LinkTrust(options.JoinHosts, options.TrustedInsecureOrigins);
    }

    public ProviderDescriptor Descriptor => ZoomDescriptor.Value;
    public IMeetingRecords Records { get; }
    public IAccountDirectory Directory { get; }
    public IProviderEvents Events { get; } = new ZoomEvents();

    public Task<ProviderResult<AccountIdentity>> IdentifyAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    ) => _identity.IdentifyAsync(access, cancellationToken);

    public async Task<ProviderResult<CreatedMeeting>> CreateAsync(
        ProviderAccess access,
        MeetingSpec spec,
        CancellationToken cancellationToken
    )
    {
        if (ZoomMapper.Objection(spec) is { } objection)
            return objection;
        if (ZoomClient.Self(access) is not { } user)
            return ZoomErrors.NobodysMeetings();
        var created = await _client.CreateAsync(access, user, ZoomMapper.ToWire(spec), cancellationToken);
        if (created.Failure is { } failure)
            return failure;
        if (ZoomMapper.Created(created.Value) is not { } meeting)
            return ZoomErrors.Nameless();
        var made = created.Value;
        var writes = 1;
        if (spec.PasscodeRequired && meeting.Passcode is null)
        {
            writes++;
            made = await WithPasscodeAsync(access, meeting.Id, made, cancellationToken);
            meeting = ZoomMapper.Created(made)!;
        }
        return meeting with
        {
            Writes = writes,
            Warnings =
            [
                .. ZoomChanges.Warnings(spec, made),
                .. await CutShortAsync(access, spec, user, cancellationToken),
            ],
        };
    }

    public async Task<ProviderResult<Meeting>> GetAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        var read = await ReadAsync(access, meetingId, cancellationToken);
        return read.Failure is { } failure ? failure : ZoomMapper.Observed(read.Value)!;
    }

    /// <summary>Read, compare, send only what differs, read again: each change counts against the hundred of the day, so a needless one is not sent.</summary>
    public async Task<ProviderResult<UpdatedMeeting>> UpdateAsync(
        ProviderAccess access,
        string meetingId,
        MeetingSpec spec,
        CancellationToken cancellationToken
    )
    {
        if (ZoomMapper.Objection(spec) is { } objection)
            return objection;
        var before = await ReadAsync(access, meetingId, cancellationToken);
        if (before.Failure is { } unread)
        {
            // The change was not sent, whatever became of the reading.
            return unread.Kind == FailureKind.Unknown ? unread with { Kind = FailureKind.NeverSent } : unread;
        }
        if (ZoomChanges.Needed(spec, before.Value) is not { } changes)
        {
            return new UpdatedMeeting
            {
                Sent = false,
                Warnings = ZoomChanges.Warnings(spec, before.Value),
                Now = ZoomMapper.Observed(before.Value),
            };
        }
        var patched = await _client.PatchAsync(access, ZoomIds.Meeting(meetingId)!, changes, cancellationToken);
        if (patched.Failure is { } failure)
            return failure;
        var after = await ReadAsync(access, meetingId, cancellationToken);
        if (after.Failure is { } lost)
        {
            // It was changed; only what Zoom made of it is not known. Gone since is gone.
            return lost.Kind == FailureKind.NotFound ? lost : new UpdatedMeeting();
        }
        IReadOnlyList<string> cut =
            changes.Duration is not null && ZoomMapper.Text(after.Value.HostId) is { } host
                ? await CutShortAsync(access, spec, ZoomClient.Self(access) ?? host, cancellationToken)
                : [];
        return new UpdatedMeeting
        {
            Warnings = [.. ZoomChanges.Warnings(spec, after.Value), .. cut],
            Now = ZoomMapper.Observed(after.Value),
        };
    }

    /// <summary>A meeting that is running is ended first: Zoom does not delete it before.</summary>
    public async Task<ProviderResult<Nothing>> DeleteAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        if (ZoomIds.Meeting(meetingId) is not { } id)
            return ZoomErrors.NoSuchMeeting();
        var deleted = await _client.DeleteAsync(access, id, cancellationToken);
        if (deleted.Failure?.ProviderCode != ZoomErrors.InProgress)
            return deleted;
        var ended = await _client.EndAsync(access, id, cancellationToken);
        return ended.Failure is null ? await _client.DeleteAsync(access, id, cancellationToken) : ended;
    }

    public async Task<ProviderResult<HostLink>> StartAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        var asked = _clock.GetCurrentInstant();
        var read = await ReadAsync(access, meetingId, cancellationToken);
        if (read.Failure is { } failure)
            return failure;
        if (ZoomMapper.Text(read.Value.StartUrl) is not { } url)
        {
            return new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.NotAllowed,
                Message =
                    $"{ZoomDescriptor.Name} gave no host link: the connected user is not the host of this meeting.",
                Next = "Connect the host's own account, or start the meeting in Zoom.",
            };
        }
        if (!IsTrustedLink(url))
        {
            return new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.UntrustedLink,
                Message =
                    $"{ZoomDescriptor.Name} answered with a host link to a host that is not trusted; it is withheld.",
                Next = "If the host is Zoom's, add it to Providers:Zoom:JoinHosts.",
            };
        }
        return new HostLink(url, asked + HostLinkLife);
    }

    public async Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    ) =>
        ZoomClient.Self(access) is { } user
            ? await _upcoming.ListAsync(access, user, ZoomScopes.List, cancellationToken)
            : ZoomErrors.NobodysMeetings();

    public string? NormalizeMeetingId(string id) => ZoomIds.Meeting(id);

    public IReadOnlyList<string> Differences(MeetingSpec desired, Meeting observed) =>
        ZoomMapper.Differences(desired, observed);

    /// <summary>Never: the link carries the passcode, and reading the meeting tells it.</summary>
    public string? DeriveJoinUrl(string meetingId, string? lastJoinUrl) => null;

    public bool IsTrustedLink(string url) => _links.IsTrusted(url);

    public IReadOnlyList<string> LinkSources => _links.Sources;

    private async Task<ProviderResult<ZoomMeetingReply>> ReadAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        if (ZoomIds.Meeting(meetingId) is not { } id)
            return ZoomErrors.NoSuchMeeting();
        var reply = await _client.GetAsync(access, id, cancellationToken);
        if (reply.Failure is { } failure)
            return failure;
        return ZoomIds.Meeting(reply.Value.Id) is not null ? reply.Value : ZoomErrors.Nameless();
    }

    /// <summary>
    /// Zoom makes a passcode up only where the host's settings ask for one; elsewhere it takes one of ours, which is a change of its own. The
    /// link may carry it, so the meeting is read anew.
    /// </summary>
    private async Task<ZoomMeetingReply> WithPasscodeAsync(
        ProviderAccess access,
        string id,
        ZoomMeetingReply made,
        CancellationToken cancellationToken
    )
    {
        var patched = await _client.PatchAsync(
            access,
            id,
            new ZoomMeetingRequest { Password = ZoomChanges.NewPasscode() },
            cancellationToken
        );
        if (patched.Failure is not null)
            return made;
        var read = await ReadAsync(access, id, cancellationToken);
        return read.Failure is null ? read.Value : made;
    }

    /// <summary>Whether Zoom will end the meeting after 40 minutes, asked only where it matters; silent when it cannot be told.</summary>
    private async Task<IReadOnlyList<string>> CutShortAsync(
        ProviderAccess access,
        MeetingSpec spec,
        string user,
        CancellationToken cancellationToken
    )
    {
        if (spec.Type != MeetingType.Scheduled || spec.EndsAt - spec.StartsAt <= BasicLimit)
            return [];
        var host = await _client.UserAsync(access, user, cancellationToken);
        return host.Succeeded && host.Value.Type == BasicUser
            ?
            [
                "Zoom ends meetings of Basic (free) hosts after 40 minutes: this one is longer, and the host has no licence.",
            ]
            : [];
    }
}
