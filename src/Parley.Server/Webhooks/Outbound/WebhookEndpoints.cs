using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>An endpoint with its secret, which is shown once.</summary>
public sealed record NewWebhookEndpoint(WebhookEndpoint Endpoint, string Secret)
{
    public override string ToString() => $"NewWebhookEndpoint {{ {Endpoint.Id} }}";
}

/// <summary>Endpoints: made, changed, removed; their secrets in the vault.</summary>
public sealed class WebhookEndpoints(Db db, Vault vault, Ids ids, IClock clock, WebhookTarget target)
{
    /// <summary>How long the former secret signs as well after a change, unless the caller says otherwise.</summary>
    public static readonly Duration UsualOverlap = Duration.FromHours(24);

    public const int LongestOverlapHours = 7 * 24;

    private const int MostPerWorkspace = 50;

    public Task<WebhookEndpoint?> FindAsync(string workspaceId, string id, CancellationToken cancellationToken) =>
        db.ReadAsync(session => FindAsync(session, workspaceId, id), cancellationToken);

    internal static Task<WebhookEndpoint?> FindAsync(
        DbSession session,
        string workspaceId,
        string id,
        bool lockIt = false
    ) =>
        session.FirstOrDefaultAsync<WebhookEndpoint>(
            $"SELECT {WebhookEndpoint.Columns} FROM webhook_endpoint WHERE workspace_id = @workspaceId AND id = @id"
                + (lockIt ? session.Dialect.ForUpdate : ""),
            new { workspaceId, id }
        );

    /// <summary>Oldest first.</summary>
    public Task<Page<WebhookEndpoint>> PageAsync(
        string workspaceId,
        Cursor after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            session =>
                session.OldestFirstAsync<WebhookEndpoint>(
                    $"SELECT {WebhookEndpoint.Columns} FROM webhook_endpoint WHERE workspace_id = @workspaceId",
                    new { workspaceId },
                    after,
                    limit
                ),
            cancellationToken
        );

    /// <param name="keep">Runs in the same transaction with the new id.</param>
    public Task<Answer<NewWebhookEndpoint>> CreateAsync(
        string workspaceId,
        WebhookSettings settings,
        Func<DbSession, string, Task>? keep,
        CancellationToken cancellationToken
    )
    {
        if (settings.Check(target) is { } wrong)
        {
            return Task.FromResult<Answer<NewWebhookEndpoint>>(wrong);
        }

        return db.WriteAsync<Answer<NewWebhookEndpoint>>(
            async session =>
            {
                var there = await session.ScalarAsync<long>(
                    "SELECT COUNT(*) FROM webhook_endpoint WHERE workspace_id = @workspaceId",
                    new { workspaceId }
                );
                if (there >= MostPerWorkspace)
                {
                    return new Problem(ProblemCodes.Conflict, $"A workspace has at most {MostPerWorkspace} endpoints.")
                    {
                        Next = "Remove one that is no longer needed.",
                    };
                }

                var now = clock.GetCurrentInstant();
                var id = ids.New("wh");
                var secret = WebhookSignature.NewSecret();
                await session.ExecuteAsync(
                    """
                    INSERT INTO webhook_endpoint (workspace_id, id, url, description, events, secret, generation, active, created_at, updated_at)
                    VALUES (@workspaceId, @id, @Url, @Description, @events, @secret, 1, @Active, @now, @now)
                    """,
                    new
                    {
                        workspaceId,
                        id,
                        settings.Url,
                        settings.Description,
                        events = string.Join(' ', settings.Events),
                        secret = await vault.EncryptAsync(session, Cell(workspaceId, id, "secret", 1), secret),
                        settings.Active,
                        now,
                    }
                );
                if (keep is not null)
                {
                    await keep(session, id);
                }

                await NoteAsync(session, AuditActions.WebhookCreated, workspaceId, id, settings.Url);
                return new NewWebhookEndpoint((await FindAsync(session, workspaceId, id))!, secret);
            },
            cancellationToken
        );
    }

    public Task<Answer<WebhookEndpoint>> ChangeAsync(
        WebhookEndpoint endpoint,
        WebhookSettings settings,
        Precondition demanded,
        CancellationToken cancellationToken
    )
    {
        if (settings.Check(target) is { } wrong)
        {
            return Task.FromResult<Answer<WebhookEndpoint>>(wrong);
        }

        return db.WriteAsync<Answer<WebhookEndpoint>>(
            async session =>
            {
                if (await FindAsync(session, endpoint.WorkspaceId, endpoint.Id, lockIt: true) is not { } current)
                {
                    return WebhooksApi.NotFound();
                }

                if (demanded.Refuse(current.State, "The endpoint") is { } changedMeanwhile)
                {
                    return changedMeanwhile;
                }

                await session.ExecuteAsync(
                    """
                    UPDATE webhook_endpoint SET url = @Url, description = @Description, events = @events, active = @Active,
                        stopped_because = CASE WHEN @Active = 1 THEN NULL ELSE stopped_because END, updated_at = @now
                    WHERE workspace_id = @WorkspaceId AND id = @Id
                    """,
                    new
                    {
                        endpoint.WorkspaceId,
                        endpoint.Id,
                        settings.Url,
                        settings.Description,
                        events = string.Join(' ', settings.Events),
                        settings.Active,
                        now = clock.GetCurrentInstant(),
                    }
                );
                await NoteAsync(
                    session,
                    AuditActions.WebhookChanged,
                    endpoint.WorkspaceId,
                    endpoint.Id,
                    settings.Url,
                    before: new { host = HostOf(endpoint.Url), endpoint.Active },
                    after: new { host = HostOf(settings.Url), settings.Active }
                );
                return (await FindAsync(session, endpoint.WorkspaceId, endpoint.Id))!;
            },
            cancellationToken
        );
    }

    /// <summary>A new secret; the one there is signs as well for <paramref name="overlap"/>.</summary>
    /// <param name="expected">Generation the caller has seen, so that a form sent twice changes it once; null: whatever it is.</param>
    public Task<Answer<NewWebhookEndpoint>> RotateAsync(
        WebhookEndpoint endpoint,
        Duration overlap,
        long? expected,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync<Answer<NewWebhookEndpoint>>(
            async session =>
            {
                var row = await session.FirstOrDefaultAsync<SecretRow>(
                    $"SELECT secret, former_secret, former_until, generation FROM webhook_endpoint WHERE workspace_id = @WorkspaceId AND id = @Id{session.Dialect.ForUpdate}",
                    new { endpoint.WorkspaceId, endpoint.Id }
                );
                if (row is null)
                {
                    return WebhooksApi.NotFound();
                }

                if (expected is { } seen && seen != row.Generation)
                {
                    return new Problem(ProblemCodes.Conflict, "The secret was changed a moment ago, and shown then.")
                    {
                        Next = "Make another one if nobody kept it.",
                    };
                }

                var now = clock.GetCurrentInstant();
                var next = row.Generation + 1;
                var former = await vault.DecryptAsync(
                    session,
                    Cell(endpoint.WorkspaceId, endpoint.Id, "secret", row.Generation),
                    row.Secret
                );
                var secret = WebhookSignature.NewSecret();
                await session.ExecuteAsync(
                    "UPDATE webhook_endpoint SET secret = @secret, former_secret = @former, former_until = @until, generation = @next, updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
                    new
                    {
                        endpoint.WorkspaceId,
                        endpoint.Id,
                        secret = await vault.EncryptAsync(
                            session,
                            Cell(endpoint.WorkspaceId, endpoint.Id, "secret", next),
                            secret
                        ),
                        former = await vault.EncryptAsync(
                            session,
                            Cell(endpoint.WorkspaceId, endpoint.Id, "former_secret", next),
                            former
                        ),
                        until = now + overlap,
                        next,
                        now,
                    }
                );
                await NoteAsync(
                    session,
                    AuditActions.WebhookSecretRotated,
                    endpoint.WorkspaceId,
                    endpoint.Id,
                    endpoint.Url
                );
                return new NewWebhookEndpoint((await FindAsync(session, endpoint.WorkspaceId, endpoint.Id))!, secret);
            },
            cancellationToken
        );

    /// <summary>Whatever is not delivered yet is dropped with it.</summary>
    /// <returns>False: there was none.</returns>
    public Task<bool> RemoveAsync(string workspaceId, string id, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                var gone = await FindAsync(session, workspaceId, id);
                var removed = await session.ExecuteAsync(
                    "DELETE FROM webhook_endpoint WHERE workspace_id = @workspaceId AND id = @id",
                    new { workspaceId, id }
                );
                if (gone is null || removed == 0)
                {
                    return false;
                }

                await NoteAsync(session, AuditActions.WebhookDeleted, workspaceId, id, gone.Url);
                return true;
            },
            cancellationToken
        );

    private Task NoteAsync(
        DbSession session,
        string action,
        string workspaceId,
        string id,
        string? url,
        object? before = null,
        object? after = null
    ) =>
        AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            workspaceId,
            new AuditNote(action, "webhook", id, HostOf(url)) { Before = before, After = after }
        );

    // Paths and queries of such addresses are often secrets.
    internal static string? HostOf(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) ? address.Authority : null;

    /// <summary>What signs now: the secret, and the former one while it holds.</summary>
    /// <exception cref="SecretTamperedException">A stored secret does not open where it lies.</exception>
    internal Task<IReadOnlyList<string>> SecretsAsync(WebhookEndpoint endpoint, CancellationToken cancellationToken) =>
        db.ReadAsync<IReadOnlyList<string>>(
            async session =>
            {
                var row = await session.FirstAsync<SecretRow>(
                    "SELECT secret, former_secret, former_until, generation FROM webhook_endpoint WHERE workspace_id = @WorkspaceId AND id = @Id",
                    new { endpoint.WorkspaceId, endpoint.Id }
                );
                var secrets = new List<string>
                {
                    await vault.DecryptAsync(
                        session,
                        Cell(endpoint.WorkspaceId, endpoint.Id, "secret", row.Generation),
                        row.Secret
                    ),
                };
                if (row.FormerSecret is { } former && row.FormerUntil > clock.GetCurrentInstant())
                {
                    secrets.Add(
                        await vault.DecryptAsync(
                            session,
                            Cell(endpoint.WorkspaceId, endpoint.Id, "former_secret", row.Generation),
                            former
                        )
                    );
                }

                return secrets;
            },
            cancellationToken
        );

    private static SecretCell Cell(string workspaceId, string id, string field, long generation) =>
        new(workspaceId, "webhook_endpoint", id, field, generation);

    private sealed record SecretRow
    {
        public required byte[] Secret { get; init; }
        public byte[]? FormerSecret { get; init; }
        public Instant? FormerUntil { get; init; }
        public required long Generation { get; init; }
    }
}
