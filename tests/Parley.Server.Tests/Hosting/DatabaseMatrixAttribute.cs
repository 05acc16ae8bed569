using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Parley.Server.Tests.Hosting;

public enum DatabaseKind
{
    Sqlite,
    Postgres,
}

/// <summary>One case per engine. Where PostgreSQL is absent its case is skipped by name — and fails in CI, where it must not be.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DatabaseMatrixAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod,
        DisposalTracker disposalTracker
    )
    {
        // ./test fast leaves the second engine out, by name and not in silence.
        var skip =
            Environment.GetEnvironmentVariable("PARLEY_TEST_ENGINES") == "sqlite" ? "left out by ./test fast"
            : PostgresCluster.Installed || Environment.GetEnvironmentVariable("CI") == "true" ? null
            : "PostgreSQL is not installed (apt-get install postgresql)";
        return ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>([
            new TheoryDataRow<DatabaseKind>(DatabaseKind.Sqlite),
            new TheoryDataRow<DatabaseKind>(DatabaseKind.Postgres) { Skip = skip },
        ]);
    }

    public override bool SupportsDiscoveryEnumeration() => true;
}
