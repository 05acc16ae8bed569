using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Parley.Server.Storage;

[assembly: AssemblyFixture(typeof(Parley.Server.Tests.Hosting.PostgresEnd))]

namespace Parley.Server.Tests.Hosting;

/// <summary>
/// A PostgreSQL of our own for one test run: the system's binaries, a temporary directory, a spare port, gone at the end.
/// As root it runs as the package's <c>postgres</c> user, because the server refuses root.
/// </summary>
public sealed class PostgresCluster
{
    private static readonly Lazy<Task<PostgresCluster?>> Shared = new(StartAsync);
    private static int s_databases;
    private readonly Lazy<Task<string>> _migrated;

    private readonly Func<Task> _stop;
    private readonly string _directory;
    private bool _stopped;

    private PostgresCluster(int port, Func<Task> stop, string directory)
    {
        (Port, _stop, _directory) = (port, stop, directory);
        _migrated = new Lazy<Task<string>>(MigratedAsync);
    }

    public int Port { get; }

    /// <summary>Null when the machine has no PostgreSQL; tests that need it are then skipped by name, or fail in CI.</summary>
    public static Task<PostgresCluster?> GetAsync() => Shared.Value;

    /// <summary>Stops it and removes its files, gigabytes after a whole run; nothing when it was never asked for.</summary>
    public static async Task StopAsync()
    {
        if (Shared.IsValueCreated && await Shared.Value is { } cluster)
        {
            await cluster._stop();
            cluster._stopped = true;
            Directory.Delete(cluster._directory, recursive: true);
        }
    }

    public static bool Installed => BinDirectory() is not null;

    /// <returns>A connection string to an empty database of its own.</returns>
    public Task<string> CreateDatabaseAsync() => CreateAsync("template0");

    /// <summary>As one that a server has been started on before: every table is there, no row. Hundreds of tests need one, and a
    /// copy is had in a third of the time.</summary>
    public async Task<string> CreateMigratedDatabaseAsync() => await CreateAsync(await _migrated.Value);

    private async Task<string> MigratedAsync()
    {
        var connection = await CreateDatabaseAsync();
        await using (var db = new PostgresDb(connection))
        {
            await db.OpenAsync(CancellationToken.None);
        }

        return new NpgsqlConnectionStringBuilder(connection).Database!;
    }

    private async Task<string> CreateAsync(string template)
    {
        var name = $"parley_{Environment.ProcessId}_{Interlocked.Increment(ref s_databases)}";
        await using var connection = new NpgsqlConnection(For("postgres"));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name} TEMPLATE {template}";
        await command.ExecuteNonQueryAsync();
        return For(name);
    }

    private string For(string database) =>
        $"Host=127.0.0.1;Port={Port};Username=parley;Database={database};Maximum Pool Size=40;Timeout=15";

    private static string? BinDirectory() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory
                .GetDirectories("/usr/lib/postgresql")
                .OrderDescending(StringComparer.Ordinal)
                .Select(version => Path.Combine(version, "bin"))
                .FirstOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            : null;

    private static async Task<PostgresCluster?> StartAsync()
    {
        if (BinDirectory() is not { } bin)
        {
            return null;
        }

        var directory = Directory.CreateTempSubdirectory("parley-pg-").FullName;
        var asRoot = string.Equals(Environment.UserName, "root", StringComparison.Ordinal);
        if (asRoot)
        {
            await RunAsync("chown", "postgres", directory);
        }

        var data = Path.Combine(directory, "data");
        var port = SparePort();
        await AsServerUserAsync(
            asRoot,
            Path.Combine(bin, "initdb"),
            "-D",
            data,
            "-U",
            "parley",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync"
        );
        var options =
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={directory} -c fsync=off -c full_page_writes=off -c jit=off -c max_connections=400 -c shared_buffers=64MB";
        await AsServerUserAsync(
            asRoot,
            Path.Combine(bin, "pg_ctl"),
            "-D",
            data,
            "-o",
            options,
            "-w",
            "-l",
            Path.Combine(directory, "log"),
            "start"
        );
        var cluster = new PostgresCluster(port, StopAsync, directory);
        // Where the run is broken off: no server is left behind, its files are.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (!cluster._stopped)
            {
                StopAsync().Wait(TimeSpan.FromSeconds(5));
            }
        };
        return cluster;

        Task StopAsync() =>
            AsServerUserAsync(asRoot, Path.Combine(bin, "pg_ctl"), "-D", data, "-m", "immediate", "stop");
    }

    private static Task AsServerUserAsync(bool asRoot, string program, params string[] arguments) =>
        asRoot ? RunAsync("runuser", ["-u", "postgres", "--", program, .. arguments]) : RunAsync(program, arguments);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Output goes to files of their own: a server that inherits a pipe would keep it open for ever.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = Path.GetTempPath() };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec \"$@\" >/dev/null 2>&1");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(program);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}."
            );
        }
    }

    private static int SparePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>
/// Ends the run's PostgreSQL after the last test. Not when the process exits: removing its files can take longer than the runner waits for
/// that, which then calls the whole run failed.
/// </summary>
public sealed class PostgresEnd : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await PostgresCluster.StopAsync();
}
