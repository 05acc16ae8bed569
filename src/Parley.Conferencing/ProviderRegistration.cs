using Parley.Conferencing.OAuth;

namespace Parley.Conferencing;

/// <summary>A provider as the product uses it: its adapter and its OAuth side.</summary>
public sealed record ProviderRegistration(IConferencingProvider Provider, IOAuthClient OAuth)
{
    public string Id => Provider.Descriptor.Id;
}

/// <summary>All providers by id. Of two registrations of one id the later holds.</summary>
public sealed class ProviderCatalogue
{
    private readonly Dictionary<string, ProviderRegistration> _byId = new(StringComparer.Ordinal);

    public ProviderCatalogue(IEnumerable<ProviderRegistration> registrations)
    {
        foreach (var registration in registrations)
        {
            _byId[registration.Id] = registration;
        }
    }

    public IReadOnlyCollection<ProviderRegistration> All => _byId.Values;

    public ProviderRegistration? Find(string id) => _byId.GetValueOrDefault(id);
}
