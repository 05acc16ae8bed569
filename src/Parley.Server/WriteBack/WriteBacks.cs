using System.Text.Json;
using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.WriteBack;

/// <summary>Write-backs: made, changed, removed; values of their secret headers in the vault.</summary>
public sealed class WriteBacks(Db db, Vault vault, Ids ids, IClock clock, WebhookTarget target)
{
    private const int MostPerWorkspace = 50;
    private static readonly HashSet<string> None = [];

    public Task<WriteBackRow?> FindAsync(string workspaceId, string id, CancellationToken cancellationToken) =>
        db.ReadAsync(session => FindAsync(session, workspaceId, id), cancellationToken);

    internal static Task<WriteBackRow?> FindAsync(DbSession session, string workspaceId, string id) =>
        session.FirstOrDefaultAsync<WriteBackRow>(
            $"SELECT {WriteBackRow.Columns} FROM write_back WHERE workspace_id = @workspaceId AND id = @id",
            new { workspaceId, id }
        );

    /// <summary>Oldest first.</summary>
    public Task<Page<WriteBackRow>> PageAsync(
        string workspaceId,
        Cursor after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            session =>
                session.OldestFirstAsync<WriteBackRow>(
                    $"SELECT {WriteBackRow.Columns} FROM write_back WHERE workspace_id = @workspaceId",
                    new { workspaceId },
                    after,
                    limit
                ),
            cancellationToken
        );

    /// <param name="keep">Runs in the same transaction with the new id.</param>
    public Task<Answer<WriteBackRow>> CreateAsync(
        string workspaceId,
        WriteBackSettings settings,
        Func<DbSession, string, Task>? keep,
        CancellationToken cancellationToken
    )
    {
        if (settings.Check(target, None, null) is { } wrong)
        {
            return Task.FromResult<Answer<WriteBackRow>>(wrong);
        }

        return db.WriteAsync<Answer<WriteBackRow>>(
            async session =>
            {
                var there = await session.ScalarAsync<long>(
                    "SELECT COUNT(*) FROM write_back WHERE workspace_id = @workspaceId",
                    new { workspaceId }
                );
                if (there >= MostPerWorkspace)
                {
                    return new Problem(
                        ProblemCodes.Conflict,
                        $"A workspace has at most {MostPerWorkspace} write-backs."
                    )
                    {
                        Next = "Remove one that is no longer needed.",
                    };
                }

                var id = ids.New("wb");
                await session.ExecuteAsync(
                    """
                    INSERT INTO write_back (workspace_id, id, name, url, method, content_type, body, headers, secrets, generation, events, system, active, created_at, updated_at)
                    VALUES (@workspaceId, @id, @Name, @Url, @Method, @ContentType, @Body, @headers, @secrets, 1, @events, @System, @Active, @now, @now)
                    """,
                    await ValuesAsync(session, workspaceId, id, settings, new(StringComparer.Ordinal), 1)
                );
                if (keep is not null)
                {
                    await keep(session, id);
                }

                var made = (await FindAsync(session, workspaceId, id))!;
                await NoteAsync(session, AuditActions.WriteBackCreated, made, after: Told(made));
                return made;
            },
            cancellationToken
        );
    }

    public Task<Answer<WriteBackRow>> ChangeAsync(
        string workspaceId,
        string id,
        WriteBackSettings settings,
        Precondition demanded,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync<Answer<WriteBackRow>>(
            async session =>
            {
                var row = await session.FirstOrDefaultAsync<WriteBackRow>(
                    $"SELECT {WriteBackRow.Columns} FROM write_back WHERE workspace_id = @workspaceId AND id = @id{session.Dialect.ForUpdate}",
                    new { workspaceId, id }
                );
                if (row is null)
                {
                    return WriteBacksApi.NotFound();
                }

                if (demanded.Refuse(row.State, "The write-back") is { } changedMeanwhile)
                {
                    return changedMeanwhile;
                }

                var known = await SecretsAsync(session, row);
                if (settings.Check(target, known.Keys.ToHashSet(StringComparer.Ordinal), row.Origin) is { } wrong)
                {
                    return wrong;
                }

                await session.ExecuteAsync(
                    """
                    UPDATE write_back SET name = @Name, url = @Url, method = @Method, content_type = @ContentType, body = @Body, headers = @headers,
                        secrets = @secrets, generation = @generation, events = @events, system = @System, active = @Active, updated_at = @now
                    WHERE workspace_id = @workspaceId AND id = @id
                    """,
                    await ValuesAsync(session, workspaceId, id, settings, known, row.Generation + 1)
                );
                var changed = (await FindAsync(session, workspaceId, id))!;
                await NoteAsync(session, AuditActions.WriteBackChanged, changed, Told(row), Told(changed));
                return changed;
            },
            cancellationToken
        );

    /// <summary>Whatever is not sent yet is dropped with it.</summary>
    /// <returns>False: there was none.</returns>
    public Task<bool> RemoveAsync(string workspaceId, string id, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                if (await FindAsync(session, workspaceId, id) is not { } row)
                {
                    return false;
                }

                await session.ExecuteAsync(
                    "DELETE FROM write_back WHERE workspace_id = @workspaceId AND id = @id",
                    new { workspaceId, id }
                );
                await NoteAsync(session, AuditActions.WriteBackDeleted, row);
                return true;
            },
            cancellationToken
        );

    /// <summary>Writes down that it was tried by hand.</summary>
    internal Task NoteTestAsync(WriteBackRow row, CancellationToken cancellationToken) =>
        db.WriteAsync(session => NoteAsync(session, AuditActions.WriteBackTested, row), cancellationToken);

    // Paths, queries and headers may hold secrets: the host alone is told.
    private static object Told(WriteBackRow row) => new { host = WebhookEndpoints.HostOf(row.Url), row.Active };

    private Task NoteAsync(
        DbSession session,
        string action,
        WriteBackRow row,
        object? before = null,
        object? after = null
    ) =>
        AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            row.WorkspaceId,
            new AuditNote(action, "write_back", row.Id, row.Name) { Before = before, After = after }
        );

    /// <summary>All headers with their values.</summary>
    /// <exception cref="SecretTamperedException">The stored secrets do not open where they lie.</exception>
    internal Task<IReadOnlyList<(string Name, string Value)>> HeadersAsync(
        WriteBackRow row,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync<IReadOnlyList<(string, string)>>(
            async session =>
            {
                var secrets = await SecretsAsync(session, row);
                return row
                    .HeaderList.Select(header => (header.Name, header.Value ?? secrets[header.Name.ToLowerInvariant()]))
                    .ToList();
            },
            cancellationToken
        );

    private async Task<Dictionary<string, string>> SecretsAsync(DbSession session, WriteBackRow row)
    {
        var cell = await session.FirstOrDefaultAsync<SecretRow>(
            "SELECT secrets, generation FROM write_back WHERE workspace_id = @WorkspaceId AND id = @Id",
            new { row.WorkspaceId, row.Id }
        );
        return cell?.Secrets is { } sealedOnes
            ? JsonSerializer.Deserialize<Dictionary<string, string>>(
                await vault.DecryptAsync(session, Cell(row.WorkspaceId, row.Id, cell.Generation), sealedOnes),
                Json.Stored
            )!
            : new Dictionary<string, string>(StringComparer.Ordinal);
    }

    private async Task<object> ValuesAsync(
        DbSession session,
        string workspaceId,
        string id,
        WriteBackSettings settings,
        Dictionary<string, string> known,
        long generation
    )
    {
        var secrets = settings
            .Headers.Where(header => header.Secret)
            .ToDictionary(
                header => header.Name.ToLowerInvariant(),
                header => header.Value is { Length: > 0 } given ? given : known[header.Name.ToLowerInvariant()],
                StringComparer.Ordinal
            );
        return new
        {
            workspaceId,
            id,
            settings.Name,
            settings.Url,
            settings.Method,
            settings.ContentType,
            settings.Body,
            headers = JsonSerializer.Serialize(
                settings.Headers.Select(header => header.Secret ? header with { Value = null } : header),
                Json.Stored
            ),
            secrets = secrets.Count == 0
                ? null
                : await vault.EncryptAsync(
                    session,
                    Cell(workspaceId, id, generation),
                    JsonSerializer.Serialize(secrets, Json.Stored)
                ),
            generation,
            events = string.Join(' ', settings.Events),
            settings.System,
            settings.Active,
            now = clock.GetCurrentInstant(),
        };
    }

    private static SecretCell Cell(string workspaceId, string id, long generation) =>
        new(workspaceId, "write_back", id, "secrets", generation);

    private sealed record SecretRow
    {
        public byte[]? Secrets { get; init; }
        public required long Generation { get; init; }
    }
}
