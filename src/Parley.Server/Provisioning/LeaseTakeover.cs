using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>
/// SQLite's instance lock proves that every earlier holder is dead: their leases end at once, and what they were sending is looked at now
/// instead of when the leases would have lapsed. On PostgreSQL other processes may be alive, so leases lapse by themselves.
/// </summary>
internal sealed class LeaseTakeover(Db db) : IStartupStep
{
    public int Order => 50;

    public Task RunAsync(CancellationToken cancellationToken) =>
        db.Dialect == Dialect.Sqlite
            ? db.WriteAsync(
                async session =>
                {
                    await session.ExecuteAsync("UPDATE lease SET until = 0 /* all workspaces: after a restart */");
                    await session.ExecuteAsync(
                        "UPDATE effect SET not_before = 0 WHERE state IN ('SENDING', 'RECONCILING') /* all workspaces: after a restart */"
                    );
                },
                cancellationToken
            )
            : Task.CompletedTask;
}
