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

    public Task<ProviderResult<AccountIdentity>> IdentifyAsync(ProviderAccess access, CancellationToken token) =>
        real.IdentifyAsync(access, token);

    public async Task<ProviderResult<CreatedMeeting>> CreateAsync(
        ProviderAccess access,
        MeetingSpec spec,
        CancellationToken token
    )
    {
        var reply = await real.CreateAsync(access, spec, token);
        if (HoldCreateReplies)
        {
            Interlocked.Increment(ref _held);
            await _released.Task;
        }

        return reply;
    }

    public Task<ProviderResult<Meeting>> GetAsync(ProviderAccess access, string meetingId, CancellationToken token) =>
        real.GetAsync(access, meetingId, token);

    public Task<ProviderResult<Nothing>> UpdateAsync(
        ProviderAccess access,
        string meetingId,
        MeetingSpec spec,
        CancellationToken token
    ) => real.UpdateAsync(access, meetingId, spec, token);

    public Task<ProviderResult<Nothing>> DeleteAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken token
    ) => real.DeleteAsync(access, meetingId, token);

    public Task<ProviderResult<HostLink>> StartAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken token
    ) => real.StartAsync(access, meetingId, token);

    public Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingAsync(
        ProviderAccess access,
        CancellationToken token
    ) => real.ListUpcomingAsync(access, token);

    public IReadOnlyList<string> Differences(MeetingSpec desired, Meeting observed) =>
        real.Differences(desired, observed);

    public string? DeriveJoinUrl(string meetingId, string? lastJoinUrl) => real.DeriveJoinUrl(meetingId, lastJoinUrl);

    public bool IsTrustedLink(string url) => real.IsTrustedLink(url);
}
