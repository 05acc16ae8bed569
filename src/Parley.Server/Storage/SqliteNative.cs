using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Parley.Server.Storage;

/// <summary>Binds the managed provider to the system's libsqlite3, so that the engine is patched with the system.</summary>
internal static class SqliteNative
{
    /// <summary>3.39.2 fixed CVE-2022-35737.</summary>
    private static readonly Version Floor = new(3, 39, 2);
    private static readonly Lock Gate = new();
    private static bool s_bound;

    /// <exception cref="StartupException">The library is absent or older than 3.39.2.</exception>
    public static void Bind()
    {
        lock (Gate)
        {
            if (s_bound)
            {
                return;
            }

            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
            try
            {
                raw.SetProvider(new SQLite3Provider_e_sqlite3());
                raw.FreezeProvider();
            }
            catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException)
            {
                throw new StartupException(
                    "The SQLite library (libsqlite3) is not installed. On Debian: apt-get install libsqlite3-0",
                    exception
                );
            }

            var version = Version.Parse(raw.sqlite3_libversion().utf8_to_string());
            if (version < Floor)
            {
                throw new StartupException(
                    $"libsqlite3 {version} is older than {Floor}, which fixed a memory error. Update the system's libsqlite3 package."
                );
            }

            s_bound = true;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (!string.Equals(name, "e_sqlite3", StringComparison.Ordinal))
        {
            return 0;
        }

        foreach (var candidate in (string[])["libsqlite3.so.0", "libsqlite3", "libsqlite3.dylib"])
        {
            if (NativeLibrary.TryLoad(candidate, out var handle))
            {
                return handle;
            }
        }

        return 0;
    }
}
