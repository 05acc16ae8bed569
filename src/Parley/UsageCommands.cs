using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server;
using Parley.Server.Usage;

namespace Parley;

/// <summary><c>parley usage export</c>: the usage report without the web, for scheduled jobs.</summary>
internal static class UsageCommands
{
    public static Command Usage()
    {
        var connection = new Option<string>("--connection")
        {
            Description = "Id of the administrator's connection, con_…",
            Required = true,
        };
        var asOf = new Option<string?>("--as-of")
        {
            Description = "A moment (2026-12-01T09:00:00Z) or a day (2026-12-01: its end); now when left out",
        };
        var locale = new Option<string?>("--locale")
        {
            Description = "How CSV writes dates: en-US, en-GB, de, es, fr, it, ja, ko, zh-CN",
        };
        var format = new Option<string>("--format")
        {
            Description = "csv or json",
            DefaultValueFactory = _ => UsageExport.Csv,
        };
        var file = new Option<string?>("--out") { Description = "File to write; standard output when left out" };
        var export = new Command("export", "Write the usage report: who organizes meetings, what the seats cost")
        {
            connection,
            asOf,
            locale,
            format,
            file,
        };
        export.TreatUnmatchedTokensAsErrors = false;
        export.SetAction(
            (parse, cancellation) =>
                OperatorCommands.RunAsync(
                    parse.UnmatchedTokens,
                    (services, _) =>
                        services
                            .GetRequiredService<UsageExport>()
                            .RunAsync(
                                new UsageExportRequest(
                                    parse.GetRequiredValue(connection),
                                    parse.GetValue(asOf),
                                    parse.GetValue(locale),
                                    parse.GetRequiredValue(format)
                                ),
                                () => Target(parse.GetValue(file)),
                                cancellation
                            ),
                    readsOnly: true,
                    toError: parse.GetValue(file) is null,
                    cancellation
                )
        );
        var usage = new Command("usage", "Usage report");
        usage.Subcommands.Add(export);
        return usage;
    }

    /// <exception cref="StartupException">The file cannot be written.</exception>
    private static Stream Target(string? file)
    {
        if (file is null)
        {
            return Console.OpenStandardOutput();
        }

        try
        {
            return new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{file} cannot be written: {exception.Message}", exception);
        }
    }
}
