namespace Parley.Server.Provisioning;

/// <summary>
/// Rings when effects were planned or released, so that the provisioner need not wait for its next look; <see cref="EffectRelay"/> rings
/// for the other processes. Only a hint.
/// </summary>
public sealed class EffectSignal : IDisposable
{
    private readonly SemaphoreSlim _bell = new(0, 1);
    private readonly SemaphoreSlim _relay = new(0, 1);

    /// <summary>Something was planned or released by this process. Added to; only rings bells.</summary>
    public Action? Announced { get; set; }

    /// <summary>There may be something to do, for this process.</summary>
    public void Ring() => Ring(_bell);

    /// <summary>There is something new to do, for whoever gets to it first.</summary>
    public void Announce()
    {
        Ring(_bell);
        Ring(_relay);
        Announced?.Invoke();
    }

    /// <summary>Completes once something was announced here that the others have not been told of.</summary>
    internal Task AnnouncedAsync(CancellationToken cancellationToken) => _relay.WaitAsync(cancellationToken);

    private static void Ring(SemaphoreSlim bell)
    {
        try
        {
            bell.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is ringing already: one look serves all.
        }
    }

    /// <summary>Completes when rung or after <paramref name="atMost"/>.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        _bell.WaitAsync(atMost, cancellationToken);

    public void Dispose()
    {
        _bell.Dispose();
        _relay.Dispose();
    }
}
