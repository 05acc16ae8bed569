namespace Parley.Conferencing.Wire;

/// <summary>
/// Reads of a call that may make several. Each waits for its place in the provider's rate, and those after the first are patient with a
/// 429: what was read so far would have to be read again, which is more calls still. About the first one the caller is told at once.
/// </summary>
internal sealed class PacedReads(TimeProvider time)
{
    /// <summary>Who asks us to stay away longer than this is told on: the caller may have better to do.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(1);
    private const int Attempts = 4;

    public async Task<ProviderResult<T>> RunAsync<T>(
        ProviderAccess access,
        Func<Task<ProviderResult<T>>> read,
        CancellationToken cancellationToken
    )
    {
        var isFurther = access.Pace is { } pace && await pace(cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            var result = await read();
            if (
                !isFurther
                || attempt == Attempts
                || result.Failure is not { Kind: FailureKind.Throttled, DailyQuota: false } throttled
                || (throttled.RetryAfter?.ToTimeSpan() ?? Usual * attempt) is var wait && wait > Longest
            )
                return result;
            await Task.Delay(wait, time, cancellationToken);
            await access.Pace!(cancellationToken);
        }
    }
}
