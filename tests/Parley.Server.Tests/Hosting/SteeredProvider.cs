using Parley.Conferencing;

namespace Parley.Server.Tests.Hosting;

/// <summary>
/// The real adapter, in less of a hurry to be polite (the twin has no limit of its own) and with a place where a test can hold an
/// answer back, as a process does that stands still between the reply and writing it down.
/// </summary>
public sealed class SteeredProvider(IConferencingProvider real, int? dailyWrites = null) : IConferencingProvider
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
            DailyWrites = dailyWrites is { } calls ? new DailyWriteAllowance(calls) : real.Descriptor.DailyWrites,
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
        if (OnCreate(spec) is { } refused)
        {
            return refused;
        }

        var reply = OnCreated(await real.CreateAsync(access, spec, cancellationToken));
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

    /// <summary>A create that does not reach the wire; null: it does.</summary>
    public Func<MeetingSpec, ProviderFailure?> OnCreate { get; set; } = _ => null;

    /// <summary>What becomes of the answer to a create.</summary>
    public Func<ProviderResult<CreatedMeeting>, ProviderResult<CreatedMeeting>> OnCreated { get; set; } = told => told;

    /// <summary>An update answered without the wire; null: it goes there.</summary>
    public Func<MeetingSpec, ProviderResult<UpdatedMeeting>?> OnUpdate { get; set; } = _ => null;

    public async Task<ProviderResult<UpdatedMeeting>> UpdateAsync(
        ProviderAccess access,
        string meetingId,
        MeetingSpec spec,
        CancellationToken cancellationToken
    ) => OnUpdate(spec) ?? await real.UpdateAsync(access, meetingId, spec, cancellationToken);

    /// <summary>A removal that does not reach the wire; null: it does.</summary>
    public Func<ProviderFailure?> OnDelete { get; set; } = () => null;

    public async Task<ProviderResult<Nothing>> DeleteAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) => OnDelete() is { } refused ? refused : await real.DeleteAsync(access, meetingId, cancellationToken);

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
