namespace Parley.Conferencing.Wire;

/// <summary>
/// The requests after the first of a call that makes several. Each waits for its place in the provider's rate, and is patient with a
/// 429: what was read so far would have to be read again, which is more calls still. The first request is not for this: whoever made the
/// call is told at once and decides.
/// </summary>
internal sealed class FurtherReads(TimeProvider time)
{
    /// <summary>Who asks us to stay away longer than this is told on: the caller may have better to do.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(1);
    private const int Attempts = 6;

    public async Task<ProviderResult<T>> RunAsync<T>(
        ProviderAccess access,
        Func<Task<ProviderResult<T>>> read,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            if (access.Pace is { } pace)
                await pace(cancellationToken);
            var result = await read();
            if (
                attempt == Attempts
                || result.Failure is not { Kind: FailureKind.Throttled, DailyQuota: false } throttled
                || (throttled.RetryAfter?.ToTimeSpan() ?? Usual * attempt) is var wait && wait > Longest
            )
                return result;
            await Task.Delay(wait, time, cancellationToken);
        }
    }
}
