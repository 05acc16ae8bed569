using Polly;
using Polly.Retry;

namespace Parley.Conferencing.Wire;

/// <summary>
/// Tries a read again, twice at most and within a budget, when the answer was lost or the provider stumbled. For reads
/// alone: a write is repeated by the ledger or not at all.
/// </summary>
internal sealed class ReadRetry
{
    private readonly ResiliencePipeline<ProviderFailure?> _pipeline;
    private readonly TimeSpan _budget;
    private readonly TimeProvider _time;

    /// <param name="budget">All attempts together; the last one is cut short by it.</param>
    /// <param name="firstDelay">Before the second attempt; doubled before the third.</param>
    public ReadRetry(TimeSpan budget, TimeSpan firstDelay, TimeProvider time)
    {
        (_budget, _time) = (budget, time);
        _pipeline = new ResiliencePipelineBuilder<ProviderFailure?> { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions<ProviderFailure?>
                {
                    ShouldHandle = arguments => ValueTask.FromResult(IsPassing(arguments.Outcome.Result)),
                    MaxRetryAttempts = 2,
                    Delay = firstDelay,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = firstDelay > TimeSpan.Zero,
                }
            )
            .Build();
    }

    public async Task<ProviderResult<T>> RunAsync<T>(
        Func<CancellationToken, Task<ProviderResult<T>>> attempt,
        CancellationToken cancellationToken
    )
    {
        using var budget = new CancellationTokenSource(_budget, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        ProviderResult<T>? last = null;
        try
        {
            await _pipeline.ExecuteAsync(
                async token =>
                {
                    last = await attempt(token);
                    return last.Failure;
                },
                either.Token
            );
        }
        catch (OperationCanceledException)
            when (last is not null && budget.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The budget ended a later attempt or the wait before it: what the one before said stands.
        }
        return last ?? throw new InvalidOperationException("A read ended without an attempt.");
    }

    private static bool IsPassing(ProviderFailure? failure) =>
        failure
            is { Kind: FailureKind.NeverSent }
                or {
                    Kind: FailureKind.Unknown,
                    Code: FailureCodes.Timeout or FailureCodes.ConnectionLost or FailureCodes.ServerError
                };
}
