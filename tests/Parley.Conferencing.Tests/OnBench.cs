namespace Parley.Conferencing.Tests;

/// <summary>Each test has a twin of its own, and its organizer's access to it.</summary>
public abstract class OnBench : IAsyncLifetime
{
    protected IProviderBench Bench { get; private set; } = null!;
    protected ProviderAccess Access { get; private set; } = null!;
    protected IConferencingProvider Provider => Bench.Provider;

    protected abstract Task<IProviderBench> StartBenchAsync();

    public async ValueTask InitializeAsync()
    {
        Bench = await StartBenchAsync();
        Access = await Bench.AccessAsync(Persona.Organizer);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Bench.DisposeAsync();
    }
}
