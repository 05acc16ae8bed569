using Parley.Conferencing.OAuth;

namespace Parley.Conferencing;

/// <summary>A provider as the product uses it: its adapter and its OAuth side.</summary>
public sealed record ProviderRegistration(IConferencingProvider Provider, IOAuthClient OAuth)
{
    public string Id => Provider.Descriptor.Id;
}

/// <summary>All providers by id, in the order they were registered.</summary>
public sealed class ProviderCatalogue(IEnumerable<ProviderRegistration> registrations)
{
    private readonly Dictionary<string, ProviderRegistration> _byId = registrations.ToDictionary(
        registration => registration.Id,
        StringComparer.Ordinal
    );

    public IReadOnlyCollection<ProviderRegistration> All => _byId.Values;

    public ProviderRegistration? Find(string id) => _byId.GetValueOrDefault(id);
}
