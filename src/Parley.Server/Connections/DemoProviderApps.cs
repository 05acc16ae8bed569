using Parley.Conferencing;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>Registers the sandbox's clients, each for its purpose, in the first workspace, so that Connect works at once. What someone set stays.</summary>
internal sealed class DemoProviderApps(Db db, ProviderApps apps, ProviderCatalogue catalogue, ParleyOptions options)
    : IStartupStep
{
    // After the first workspace was made.
    public int Order => 500;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var demo in options.Demo.ProviderApps.Where(app => catalogue.Find(app.Provider) is not null))
        {
            await db.WriteAsync(
                async session =>
                {
                    var workspaceId = await session.FirstOrDefaultAsync<string>(
                        "SELECT id FROM workspace ORDER BY created_at, id LIMIT 1 /* all workspaces: the demo lives in the first */"
                    );
                    if (
                        workspaceId is not null
                        // An app of another purpose that stands in is none of this purpose.
                        && (await apps.FindAsync(session, workspaceId, demo.Provider, demo.Purpose))?.Purpose
                            != demo.Purpose
                    )
                    {
                        await apps.PutAsync(
                            session,
                            workspaceId,
                            demo.Provider,
                            demo.Purpose,
                            new ProviderAppSettings
                            {
                                Kind = ProviderAppKind.OAuth,
                                ClientId = demo.ClientId,
                                ClientSecret = demo.ClientSecret,
                            }
                        );
                    }
                },
                cancellationToken
            );
        }
    }
}
