using System.Security.Cryptography;
using System.Text;

namespace Parley.Server.Storage;

/// <summary>One numbered step of the schema; forward only.</summary>
internal sealed record MigrationScript(int Number, string Name, string Sql)
{
    /// <summary>Tells an edited script from the one that was applied.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>The embedded scripts in order, in the dialect's words.</summary>
    public static IReadOnlyList<MigrationScript> All(Dialect dialect)
    {
        var assembly = typeof(MigrationScript).Assembly;
        return assembly
            .GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                var file = name.Split('.')[^2];
                var number = int.Parse(file.Split('_')[0], System.Globalization.CultureInfo.InvariantCulture);
                return new MigrationScript(number, file, dialect.Translate(reader.ReadToEnd()));
            })
            .OrderBy(script => script.Number)
            .ToList();
    }

    /// <exception cref="StartupException">The database is newer than this program, or an applied script was changed.</exception>
    public static IReadOnlyList<MigrationScript> Missing(
        IReadOnlyList<MigrationScript> all,
        IReadOnlyDictionary<long, string> applied
    )
    {
        var newest = applied.Keys.DefaultIfEmpty(0).Max();
        // Numbers may have gaps: two changes that were made at the same time.
        var known = all.Select(script => script.Number).DefaultIfEmpty(0).Max();
        if (newest > known)
        {
            throw new StartupException(
                $"The database has schema {newest}, this program knows {known}. Start the newer version of Parley."
            );
        }

        foreach (var script in all)
        {
            if (
                applied.TryGetValue(script.Number, out var checksum)
                && !string.Equals(checksum, script.Checksum, StringComparison.Ordinal)
            )
            {
                throw new StartupException(
                    $"Migration {script.Name} was applied in another form than this program carries. Restore the matching version."
                );
            }
        }

        return all.Where(script => !applied.ContainsKey(script.Number)).ToList();
    }
}
