using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Access;

/// <param name="Text">For the operator's terminal: a link, or what is wrong.</param>
public sealed record OperationResult(bool Succeeded, string Text);

/// <summary>What operators do from the command line. Whoever can open the database and has the master key may.</summary>
public sealed class Operations(Db db, Workspaces workspaces, FirstRun firstRun, PasswordResets resets)
{
    /// <summary>Opens the database, checks the master key and runs one operation, without serving anything.</summary>
    /// <param name="readsOnly">It changes nothing, and so works beside a running server whatever the engine.</param>
    /// <exception cref="StartupException">The database cannot be opened: to write with SQLite, because the server runs.</exception>
    public static async Task<OperationResult> RunAsync(
        IServiceProvider services,
        Func<Operations, Task<OperationResult>> operation,
        bool readsOnly,
        CancellationToken cancellationToken
    )
    {
        var db = services.GetRequiredService<Db>();
        await (readsOnly ? db.OpenForReadingAsync(cancellationToken) : db.OpenAsync(cancellationToken));
        await services.GetRequiredService<MasterKeyCheck>().RunAsync(cancellationToken);
        return await operation(services.GetRequiredService<Operations>());
    }

    public async Task<OperationResult> ResetPasswordAsync(string email) =>
        await resets.LinkForEmailAsync(email) is { } link
            ? new OperationResult(true, $"Open this link within an hour; it works once:\n{link}")
            : new OperationResult(false, $"No active member signs in as {email}.");

    public async Task<OperationResult> AddWorkspaceAsync(string name)
    {
        var tidy = name.Trim();
        if (tidy.Length is 0 or > 100 || tidy.Any(char.IsControl))
        {
            return new OperationResult(false, "A workspace's name has 1 to 100 characters, on one line.");
        }

        var link = await db.WriteAsync(async session =>
            await firstRun.IssueLinkAsync(session, await workspaces.AddAsync(session, tidy))
        );
        return new OperationResult(true, $"{tidy} is made. Open this link once to become its owner:\n{link}");
    }
}
