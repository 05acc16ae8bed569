using NodaTime;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Access;

/// <summary>The tenants. One is made at the first start; more by <c>parley workspace add</c>.</summary>
public sealed class Workspaces(Ids ids, IClock clock, Vault vault)
{
    /// <summary>Fixed, so that several processes starting on one empty database make one workspace between them.</summary>
    public const string FirstId = "ws_first";

    /// <returns>The id of the first workspace, made now if there was none.</returns>
    public async Task<string> EnsureFirstAsync(DbSession session)
    {
        var existing = await session.FirstOrDefaultAsync<string>(
            "SELECT id FROM workspace ORDER BY created_at, id LIMIT 1 /* all workspaces: the first of them */"
        );
        if (existing is not null)
        {
            return existing;
        }

        await InsertAsync(session, FirstId, "Parley");
        return FirstId;
    }

    public async Task<string> AddAsync(DbSession session, string name)
    {
        var id = ids.New("ws");
        await InsertAsync(session, id, name);
        return id;
    }

    private async Task InsertAsync(DbSession session, string id, string name)
    {
        var made = await session.ExecuteAsync(
            "INSERT INTO workspace (id, name, created_at) VALUES (@id, @name, @now) ON CONFLICT (id) DO NOTHING /* all workspaces: a new one */",
            new
            {
                id,
                name,
                now = clock.GetCurrentInstant(),
            }
        );
        if (made > 0)
        {
            await vault.AddWorkspaceAsync(session, id);
        }
    }
}
