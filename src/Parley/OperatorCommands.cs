using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Parley.Server.Access;
using Parley.Server.Hosting;

namespace Parley;

/// <summary>
/// What an operator does beside the running server: <c>user reset-password</c> and <c>workspace add</c>. They open the database
/// themselves, so with SQLite the server must be stopped first; the refusal says so.
/// </summary>
internal static class OperatorCommands
{
    public static Command User()
    {
        var email = new Argument<string>("email") { Description = "The address the person signs in with" };
        var reset = new Command("reset-password", "Print a link, good for one hour, that sets a new password")
        {
            email,
        };
        reset.TreatUnmatchedTokensAsErrors = false;
        reset.SetAction(
            (parse, cancellation) =>
                RunAsync(
                    parse.UnmatchedTokens,
                    operations => operations.ResetPasswordAsync(parse.GetRequiredValue(email)),
                    cancellation
                )
        );
        var user = new Command("user", "Members");
        user.Subcommands.Add(reset);
        return user;
    }

    public static Command Workspace()
    {
        var name = new Argument<string>("name") { Description = "What the workspace is called" };
        var add = new Command("add", "Make another workspace and print the link that makes its owner") { name };
        add.TreatUnmatchedTokensAsErrors = false;
        add.SetAction(
            (parse, cancellation) =>
                RunAsync(
                    parse.UnmatchedTokens,
                    operations => operations.AddWorkspaceAsync(parse.GetRequiredValue(name)),
                    cancellation
                )
        );
        var workspace = new Command("workspace", "Workspaces");
        workspace.Subcommands.Add(add);
        return workspace;
    }

    private static Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        Func<Operations, Task<OperationResult>> operation,
        CancellationToken cancellationToken
    ) =>
        RunAsync(
            arguments,
            (_, operations) => operation(operations),
            readsOnly: false,
            toError: false,
            cancellationToken
        );

    /// <param name="readsOnly">See <see cref="Operations.RunAsync"/>.</param>
    /// <param name="toError">What is said goes to standard error also when all went well: standard output is for the data.</param>
    internal static Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        Func<IServiceProvider, Operations, Task<OperationResult>> operation,
        bool readsOnly,
        bool toError,
        CancellationToken cancellationToken
    ) =>
        Verbs.RunAsync(async () =>
        {
            var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "Parley" });
            builder.Configuration.Sources.Clear();
            Verbs.Configure(builder.Configuration, arguments);
            builder.Logging.ClearProviders();
            builder.AddParley();
            await using var app = builder.Build();
            var result = await Operations.RunAsync(
                app.Services,
                operations => operation(app.Services, operations),
                readsOnly,
                cancellationToken
            );
            await (result.Succeeded && !toError ? Console.Out : Console.Error).WriteLineAsync(result.Text);
            return result.Succeeded ? 0 : 1;
        });
}
