namespace Parley.Server.Provisioning;

/// <summary>Rings when effects were planned or released, so that the provisioner need not wait for its next look. Only a hint.</summary>
public sealed class EffectSignal : IDisposable
{
    private readonly SemaphoreSlim _bell = new(0, 1);

    public void Ring()
    {
        try
        {
            _bell.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is ringing already: one look serves all.
        }
    }

    /// <summary>Completes when rung or after <paramref name="atMost"/>.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        _bell.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _bell.Dispose();
}
