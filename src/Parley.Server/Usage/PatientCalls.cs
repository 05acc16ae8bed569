using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;

namespace Parley.Server.Usage;

/// <summary>Reads for a run. Each may be asked for again: after a pause the provider names, else a few times with growing ones.</summary>
internal sealed class PatientCalls(ProviderCalls calls, TimeProvider time)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(25),
    ];

    /// <summary>Tries after the first one, at most, when an answer was lost.</summary>
    public static int Most => Pauses.Length;

    // Told to slow down so often for one read, the run gives up until its next time.
    private const int TooOftenThrottled = 30;

    /// <param name="tries">Tries after the first one when the answer was lost, asked after each; null: <see cref="Most"/>.</param>
    public async Task<ProviderResult<T>> AskAsync<T>(
        UsageProgress progress,
        string operation,
        Func<IConferencingProvider, ProviderAccess, CancellationToken, Task<ProviderResult<T>>> call,
        CancellationToken cancellationToken,
        Func<int>? tries = null
    )
    {
        var run = progress.Run;
        var (lost, throttled) = (0, 0);
        while (true)
        {
            var result = await calls.CallAsync(
                run.WorkspaceId,
                run.ConnectionId,
                operation,
                (provider, access, token) =>
                {
                    progress.Calling();
                    return call(provider, Counted(access, progress), token);
                },
                cancellationToken
            );
            if (result.Failure is not { } failure)
            {
                return result;
            }

            TimeSpan pause;
            switch (failure.Kind)
            {
                case FailureKind.Throttled
                    when !failure.DailyQuota
                        && ++throttled <= TooOftenThrottled
                        && (failure.RetryAfter is not { } named || named.ToTimeSpan() <= LongestPause):
                    pause = failure.RetryAfter?.ToTimeSpan() ?? Pauses[Math.Min(throttled, Pauses.Length) - 1];
                    break;
                case FailureKind.NeverSent or FailureKind.Unknown when lost < (tries?.Invoke() ?? Most):
                    pause = Pauses[lost++];
                    break;
                default:
                    return result;
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>The further requests of one call count too.</summary>
    private static ProviderAccess Counted(ProviderAccess access, UsageProgress progress) =>
        access with
        {
            Pace = async token =>
            {
                var isFurther = access.Pace is { } pace && await pace(token);
                if (isFurther)
                {
                    progress.Calling();
                }

                return isFurther;
            },
        };
}
