using Parley.Server.Tests.Hosting;

namespace Parley.EndToEnd.Tests;

// Apart from the rest, which the benchmarks share: they bring no cluster.
public sealed partial class Place
{
    /// <summary>As <see cref="StartAsync"/>, on an empty PostgreSQL database of its own.</summary>
    public static async Task<Place> OnPostgresAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        var cluster =
            await PostgresCluster.GetAsync()
            ?? throw new InvalidOperationException("PostgreSQL is not installed (apt-get install postgresql).");
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            // Calls are counted here: none but the ones a test makes.
            ["Provisioning__ListInterval"] = "00:00:00",
            ["Database__Provider"] = "postgres",
            ["Database__ConnectionString"] = await cluster.CreateDatabaseAsync(),
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            all[name] = value;
        }

        return await StartAsync(all);
    }
}
