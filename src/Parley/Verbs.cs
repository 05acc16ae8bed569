using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Parley.Server;

namespace Parley;

/// <summary>The verbs of the one executable. Without a verb it serves.</summary>
internal static class Verbs
{
    private const int Failed = 1;
    private const int NotSupported = 2;

    public static RootCommand Root()
    {
        var root = new RootCommand("Parley, a self-hosted conferencing hub") { TreatUnmatchedTokensAsErrors = false };
        root.SetAction(
            (parse, cancellation) => RunAsync(() => ServeCommand.RunAsync(parse.UnmatchedTokens, cancellation))
        );
        root.Subcommands.Add(
            Verb(
                "serve",
                "Start the server (settings: appsettings.json, PARLEY_…, --Name value)",
                ServeCommand.RunAsync
            )
        );
        root.Subcommands.Add(
            Verb(
                "sandbox",
                "Start only the sandbox: twins of the providers, mail server, control API",
                SandboxCommand.RunAsync
            )
        );
        root.Subcommands.Add(OperatorCommands.User());
        root.Subcommands.Add(OperatorCommands.Workspace());
        foreach (var later in (string[])["doctor", "backup", "restore", "verify"])
        {
            root.Subcommands.Add(Later(later));
        }

        var keys = new Command("keys", "Master and data keys");
        keys.Subcommands.Add(Later("rotate", "keys rotate"));
        root.Subcommands.Add(keys);
        root.Subcommands.Add(UsageCommands.Usage());
        root.Subcommands.Add(ConnectCommand.Connect());
        return root;
    }

    /// <summary>Runs a verb; what keeps it from starting is told in one paragraph, without a stack trace.</summary>
    internal static async Task<int> RunAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (StartupException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return Failed;
        }
    }

    internal const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>appsettings.json, then PARLEY_… with __ between levels, then the command line.</summary>
    internal static void Configure(IConfigurationBuilder configuration, IReadOnlyList<string> arguments) =>
        configuration
            .AddInMemoryCollection([new("Urls", DefaultUrl)])
            .AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
            .AddEnvironmentVariables("PARLEY_")
            .AddCommandLine([.. arguments]);

    private static Command Verb(
        string name,
        string description,
        Func<IReadOnlyList<string>, CancellationToken, Task<int>> run
    )
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((parse, cancellation) => RunAsync(() => run(parse.UnmatchedTokens, cancellation)));
        return command;
    }

    private static Command Later(string name, string? verb = null)
    {
        var command = new Command(name, "Not supported yet") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(_ =>
        {
            Console.Error.WriteLine($"not_supported: the verb \"{verb ?? name}\" is not supported yet.");
            return NotSupported;
        });
        return command;
    }
}
