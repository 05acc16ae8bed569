using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Parley.Server.Access;
using Parley.Server.Hosting;

namespace Parley;

/// <summary>What an operator does at the terminal, without the server: <c>user reset-password</c>, <c>workspace add</c>.</summary>
internal static class OperatorCommands
{
    public static Command User()
    {
        var email = new Argument<string>("email") { Description = "The address the person signs in with" };
        var reset = new Command("reset-password", "Print a link that sets a new password, once")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        reset.Arguments.Add(email);
        reset.SetAction(
            (parse, cancellation) =>
                RunAsync(
                    parse,
                    operations => operations.ResetPasswordAsync(parse.GetRequiredValue(email)),
                    cancellation
                )
        );
        var user = new Command("user", "People who sign in");
        user.Subcommands.Add(reset);
        return user;
    }

    public static Command Workspace()
    {
        var name = new Argument<string>("name") { Description = "What the workspace is called" };
        var add = new Command("add", "Make a workspace and print the link that makes its owner")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        add.Arguments.Add(name);
        add.SetAction(
            (parse, cancellation) =>
                RunAsync(parse, operations => operations.AddWorkspaceAsync(parse.GetRequiredValue(name)), cancellation)
        );
        var workspace = new Command("workspace", "Tenants of this installation");
        workspace.Subcommands.Add(add);
        return workspace;
    }

    private static Task<int> RunAsync(
        ParseResult parse,
        Func<Operations, Task<OperationResult>> operation,
        CancellationToken cancellationToken
    ) =>
        Verbs.RunAsync(async () =>
        {
            var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "Parley" });
            builder.Configuration.Sources.Clear();
            Verbs.Configure(builder.Configuration, parse.UnmatchedTokens);
            builder.Logging.ClearProviders();
            builder.AddParley();
            await using var app = builder.Build();
            var result = await Operations.RunAsync(app.Services, operation, cancellationToken);
            await (result.Succeeded ? Console.Out : Console.Error).WriteLineAsync(result.Text);
            return result.Succeeded ? 0 : 1;
        });
}
