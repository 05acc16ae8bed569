using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Hosting;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>The OAuth client registered with a provider, without its secret: a row of table <c>provider_app</c>.</summary>
public sealed record ProviderApp
{
    public const string Columns =
        "workspace_id, id, provider, purpose, kind, client_id, account_id, generation, created_at, updated_at";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required string Purpose { get; init; }
    public required string Kind { get; init; }
    public required string ClientId { get; init; }
    public string? AccountId { get; init; }
    public required long Generation { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }
}

/// <summary>What is set for a provider app. <see cref="ToString"/> hides the secrets.</summary>
public sealed record ProviderAppSettings
{
    public required string Kind { get; init; }
    public required string ClientId { get; init; }

    /// <summary>Null keeps the one that is stored.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>As the pages' forms send it.</summary>
    public static ProviderAppSettings Of(IFormCollection form) =>
        new()
        {
            Kind = ProviderApps.OAuthKind,
            ClientId = form["clientId"].ToString(),
            ClientSecret = form["clientSecret"].ToString() is { Length: > 0 } secret ? secret : null,
        };

    public override string ToString() => $"ProviderAppSettings {{ {Kind}, {ClientId} }}";
}

/// <summary>The OAuth clients of a workspace, per provider and purpose. Secrets go in and are only ever used, never shown.</summary>
public sealed class ProviderApps(
    Db db,
    Vault vault,
    Ids ids,
    IClock clock,
    ProviderCatalogue catalogue,
    ProviderAppChanges changes,
    ParleyOptions options
)
{
    public const string OAuthKind = "oauth";

    /// <summary>What must be registered at the provider, byte for byte.</summary>
    public string RedirectUri(string provider) => $"{options.Origin}/oauth/{provider}/callback";

    /// <returns>The purpose's own app, else the organizers'; null when there is neither.</returns>
    public static async Task<ProviderApp?> FindAsync(
        DbSession session,
        string workspaceId,
        string provider,
        string purpose
    ) =>
        await session.FirstOrDefaultAsync<ProviderApp>(
            $"SELECT {ProviderApp.Columns} FROM provider_app WHERE workspace_id = @workspaceId AND provider = @provider AND purpose IN (@purpose, 'organizer') ORDER BY CASE WHEN purpose = @purpose THEN 0 ELSE 1 END LIMIT 1",
            new
            {
                workspaceId,
                provider,
                purpose,
            }
        );

    public Task<ProviderApp?> FindAsync(
        string workspaceId,
        string provider,
        string purpose,
        CancellationToken cancellationToken
    ) => db.ReadAsync(session => FindAsync(session, workspaceId, provider, purpose), cancellationToken);

    /// <summary>The client with its secret, for one exchange with the provider.</summary>
    /// <exception cref="SecretTamperedException">The stored secret does not open where it lies.</exception>
    public async Task<OAuthApp?> OpenAsync(DbSession session, string workspaceId, string appId)
    {
        var row = await session.FirstOrDefaultAsync<SecretRow>(
            "SELECT client_id, client_secret, generation FROM provider_app WHERE workspace_id = @workspaceId AND id = @appId",
            new { workspaceId, appId }
        );
        return row is null
            ? null
            : new OAuthApp(
                row.ClientId,
                await vault.DecryptAsync(session, SecretOf(workspaceId, appId, row.Generation), row.ClientSecret)
            );
    }

    public async Task<Answer<ProviderApp>> PutAsync(
        string workspaceId,
        string provider,
        string purpose,
        ProviderAppSettings settings,
        CancellationToken cancellationToken
    )
    {
        if (settings.Kind == "serverToServer")
        {
            return new Problem(
                ProblemCodes.NotSupported,
                $"kind: \"serverToServer\" is not supported for {Name(provider)}."
            )
            {
                Next = "Send kind \"oauth\" and connect accounts by OAuth.",
                Errors = new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["kind"] = [$"\"serverToServer\" is not supported for {Name(provider)}"],
                },
            };
        }

        var errors = new FieldErrors();
        if (settings.Kind != OAuthKind)
        {
            errors.Add("kind", "must be \"oauth\" or \"serverToServer\"");
        }

        var clientId = errors.Text("clientId", settings.ClientId, 1, 500);
        var secret = settings.ClientSecret is null ? null : errors.Text("clientSecret", settings.ClientSecret, 1, 2000);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var answer = await db.WriteAsync<Answer<ProviderApp>>(
            session => PutAsync(session, workspaceId, provider, purpose, clientId, secret),
            cancellationToken
        );
        if (answer.Succeeded)
        {
            changes.Announce(answer.Value);
        }

        return answer;
    }

    internal async Task<Answer<ProviderApp>> PutAsync(
        DbSession session,
        string workspaceId,
        string provider,
        string purpose,
        string clientId,
        string? secret
    )
    {
        var now = clock.GetCurrentInstant();
        var old = await session.FirstOrDefaultAsync<ProviderApp>(
            $"SELECT {ProviderApp.Columns} FROM provider_app WHERE workspace_id = @workspaceId AND provider = @provider AND purpose = @purpose{session.Dialect.ForUpdate}",
            new
            {
                workspaceId,
                provider,
                purpose,
            }
        );
        if (secret is null)
        {
            // A secret belongs to its client: another client id needs its own.
            if (old is null || old.ClientId != clientId)
            {
                var errors = new FieldErrors();
                errors.Add("clientSecret", "is required");
                return errors.ToProblem();
            }

            secret = (await OpenAsync(session, workspaceId, old.Id))!.ClientSecret;
        }

        var app = new ProviderApp
        {
            WorkspaceId = workspaceId,
            Id = old?.Id ?? ids.New("app"),
            Provider = provider,
            Purpose = purpose,
            Kind = OAuthKind,
            ClientId = clientId,
            Generation = (old?.Generation ?? 0) + 1,
            CreatedAt = old?.CreatedAt ?? now,
            UpdatedAt = now,
        };
        await session.ExecuteAsync(
            """
            INSERT INTO provider_app (workspace_id, id, provider, purpose, kind, client_id, client_secret, generation, created_at, updated_at)
            VALUES (@WorkspaceId, @Id, @Provider, @Purpose, @Kind, @ClientId, @secret, @Generation, @CreatedAt, @UpdatedAt)
            ON CONFLICT (workspace_id, id) DO UPDATE SET kind = excluded.kind, client_id = excluded.client_id,
                client_secret = excluded.client_secret, generation = excluded.generation, updated_at = excluded.updated_at
            """,
            new
            {
                app.WorkspaceId,
                app.Id,
                app.Provider,
                app.Purpose,
                app.Kind,
                app.ClientId,
                secret = await vault.EncryptAsync(session, SecretOf(workspaceId, app.Id, app.Generation), secret),
                app.Generation,
                app.CreatedAt,
                app.UpdatedAt,
            }
        );
        return app;
    }

    private string Name(string provider) => catalogue.Find(provider)?.Provider.Descriptor.Name ?? provider;

    private static SecretCell SecretOf(string workspaceId, string appId, long generation) =>
        new(workspaceId, "provider_app", appId, "client_secret", generation);

    private sealed record SecretRow
    {
        public required string ClientId { get; init; }
        public required byte[] ClientSecret { get; init; }
        public required long Generation { get; init; }
    }
}
