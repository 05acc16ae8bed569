using Parley.Conferencing;

namespace Parley.Server.Tests.Hosting;

/// <summary>
/// The real adapter, in less of a hurry to be polite (the twin has no limit of its own) and with a place where a test can hold an
/// answer back, as a process does that stands still between the reply and writing it down.
/// </summary>
public sealed class SteeredProvider(IConferencingProvider real) : IConferencingProvider
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>While set, replies to creates are kept back until <see cref="Release"/>.</summary>
    public bool HoldCreateReplies { get; set; }

    /// <summary>Creates whose reply is being held.</summary>
    public int Held => _held;
    private int _held;

    public void Release() => _released.TrySetResult();

    public ProviderDescriptor Descriptor { get; } =
        real.Descriptor with
        {
            Rate = real.Descriptor.Rate with { Calls = 100_000 },
        };

    public IMeetingRecords Records => real.Records;

    public IAccountDirectory Directory => real.Directory;

    /// <summary>What reads deliveries; GoTo Meeting has none of its own.</summary>
    public IProviderEvents? Events { get; set; } = real.Events;

    public Task<ProviderResult<AccountIdentity>> IdentifyAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    ) => real.IdentifyAsync(access, cancellationToken);

    public async Task<ProviderResult<CreatedMeeting>> CreateAsync(
        ProviderAccess access,
        MeetingSpec spec,
        CancellationToken cancellationToken
    )
    {
        var reply = await real.CreateAsync(access, spec, cancellationToken);
        if (HoldCreateReplies)
        {
            Interlocked.Increment(ref _held);
            await _released.Task;
        }

        return reply;
    }

    /// <summary>What becomes of the answer to a reading of one meeting.</summary>
    public Func<ProviderResult<Meeting>, ProviderResult<Meeting>> OnGet { get; set; } = told => told;

    public async Task<ProviderResult<Meeting>> GetAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) => OnGet(await real.GetAsync(access, meetingId, cancellationToken));

    public Task<ProviderResult<UpdatedMeeting>> UpdateAsync(
        ProviderAccess access,
        string meetingId,
        MeetingSpec spec,
        CancellationToken cancellationToken
    ) => real.UpdateAsync(access, meetingId, spec, cancellationToken);

    public Task<ProviderResult<Nothing>> DeleteAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) => real.DeleteAsync(access, meetingId, cancellationToken);

    public Task<ProviderResult<HostLink>> StartAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) => real.StartAsync(access, meetingId, cancellationToken);

    public Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingAsync(
        ProviderAccess access,
        CancellationToken cancellationToken
    ) => real.ListUpcomingAsync(access, cancellationToken);

    public string? NormalizeMeetingId(string id) => real.NormalizeMeetingId(id);

    public IReadOnlyList<string> Differences(MeetingSpec desired, Meeting observed) =>
        real.Differences(desired, observed);

    public string? DeriveJoinUrl(string meetingId, string? lastJoinUrl) => real.DeriveJoinUrl(meetingId, lastJoinUrl);

    public bool IsTrustedLink(string url) => real.IsTrustedLink(url);
}
