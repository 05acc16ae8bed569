using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Audit;
using Parley.Server.Hosting;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

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
    /// <summary>What must be registered at the provider, byte for byte.</summary>
    public string RedirectUri(string provider) => $"{options.Origin}/oauth/{provider}/callback";

    /// <returns>The purpose's own app, else the organizers' where the provider lets one serve both; null when there is neither.</returns>
    public async Task<ProviderApp?> FindAsync(DbSession session, string workspaceId, string provider, string purpose) =>
        await session.FirstOrDefaultAsync<ProviderApp>(
            $"SELECT {ProviderApp.Columns} FROM provider_app WHERE workspace_id = @workspaceId AND provider = @provider AND purpose IN (@purpose, @fallback) ORDER BY CASE WHEN purpose = @purpose THEN 0 ELSE 1 END LIMIT 1",
            new
            {
                workspaceId,
                provider,
                purpose,
                fallback = DescriptorOf(provider) is { OneAppServesAllPurposes: false }
                    ? purpose
                    : ConnectionPurpose.Organizer,
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
        var row = await SecretsAsync(session, workspaceId, appId);
        return row is null
            ? null
            : new OAuthApp(
                row.ClientId,
                await vault.DecryptAsync(
                    session,
                    SecretOf(workspaceId, appId, "client_secret", row.Generation),
                    row.ClientSecret
                )
            );
    }

    /// <summary>Whether the app's own credentials are asked for tokens of this account.</summary>
    internal static async Task<bool> SpeaksForAsync(
        DbSession session,
        string workspaceId,
        string appId,
        string accountId
    ) =>
        await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM provider_app WHERE workspace_id = @workspaceId AND id = @appId AND kind = @kind AND account_id = @accountId",
            new
            {
                workspaceId,
                appId,
                accountId,
                kind = ProviderAppKind.ServerToServer,
            }
        ) == 1;

    /// <summary>What the provider signs the app's events with; null when none is stored.</summary>
    /// <exception cref="SecretTamperedException">The stored secret does not open where it lies.</exception>
    public async Task<string?> OpenWebhookSecretAsync(DbSession session, string workspaceId, string appId) =>
        await SecretsAsync(session, workspaceId, appId) is { WebhookSecret: { } stored } row
            ? await vault.DecryptAsync(session, SecretOf(workspaceId, appId, "webhook_secret", row.Generation), stored)
            : null;

    public async Task<Answer<ProviderApp>> PutAsync(
        string workspaceId,
        string provider,
        string purpose,
        ProviderAppSettings settings,
        CancellationToken cancellationToken,
        Precondition? demanded = null
    )
    {
        if (Unsupported(provider, purpose, settings) is { } unsupported)
        {
            return unsupported;
        }

        var errors = new FieldErrors();
        var checkedSettings = Checked(settings, errors);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var answer = await db.WriteAsync<Answer<ProviderApp>>(
            session => PutAsync(session, workspaceId, provider, purpose, checkedSettings, demanded),
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
        ProviderAppSettings settings,
        Precondition? demanded = null
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
        if (demanded?.Refuse(ProviderApp.StateOf(old, purpose), "The provider app") is { } changedMeanwhile)
        {
            return changedMeanwhile;
        }

        // Secrets belong to their client: another client id needs its own.
        var same = old is not null && old.ClientId == settings.ClientId;
        if (settings.ClientSecret is null && !same)
        {
            var errors = new FieldErrors();
            errors.Add("clientSecret", "is required");
            return errors.ToProblem();
        }

        var secret = settings.ClientSecret ?? (await OpenAsync(session, workspaceId, old!.Id))!.ClientSecret;
        var webhookSecret = settings.WebhookSecretToken switch
        {
            null when same => await OpenWebhookSecretAsync(session, workspaceId, old!.Id),
            null or "" => null,
            { } given => given,
        };
        var app = new ProviderApp
        {
            WorkspaceId = workspaceId,
            Id = old?.Id ?? ids.New("app"),
            Provider = provider,
            Purpose = purpose,
            Kind = settings.Kind,
            ClientId = settings.ClientId,
            AccountId = settings.AccountId,
            HasWebhookSecret = webhookSecret is not null,
            Generation = (old?.Generation ?? 0) + 1,
            CreatedAt = old?.CreatedAt ?? now,
            UpdatedAt = now,
        };
        await session.ExecuteAsync(
            """
            INSERT INTO provider_app (workspace_id, id, provider, purpose, kind, client_id, client_secret, account_id, webhook_secret, generation, created_at, updated_at)
            VALUES (@WorkspaceId, @Id, @Provider, @Purpose, @Kind, @ClientId, @secret, @AccountId, @webhookSecret, @Generation, @CreatedAt, @UpdatedAt)
            ON CONFLICT (workspace_id, id) DO UPDATE SET kind = excluded.kind, client_id = excluded.client_id, client_secret = excluded.client_secret,
                account_id = excluded.account_id, webhook_secret = excluded.webhook_secret, generation = excluded.generation, updated_at = excluded.updated_at
            """,
            new
            {
                app.WorkspaceId,
                app.Id,
                app.Provider,
                app.Purpose,
                app.Kind,
                app.ClientId,
                secret = await vault.EncryptAsync(
                    session,
                    SecretOf(workspaceId, app.Id, "client_secret", app.Generation),
                    secret
                ),
                app.AccountId,
                webhookSecret = webhookSecret is null
                    ? null
                    : await vault.EncryptAsync(
                        session,
                        SecretOf(workspaceId, app.Id, "webhook_secret", app.Generation),
                        webhookSecret
                    ),
                app.Generation,
                app.CreatedAt,
                app.UpdatedAt,
            }
        );
        await AuditTrail.NoteAsync(
            session,
            now,
            workspaceId,
            new AuditNote(AuditActions.ProviderAppSaved, "provider_app", app.Id, $"{provider}, {purpose}")
            {
                Before = old is null ? null : new { old.ClientId, old.Kind },
                After = new { app.ClientId, app.Kind },
            }
        );
        return app;
    }

    /// <summary>Why nobody can connect for this purpose, and what to set up first.</summary>
    internal Problem None(string provider, string purpose)
    {
        var descriptor = DescriptorOf(provider);
        var name = descriptor?.Name ?? provider;
        var register = $"with the redirect URI {RedirectUri(provider)}";
        if (purpose == ConnectionPurpose.Account && descriptor is { OneAppServesAllPurposes: false })
        {
            var kinds = KindsOf(descriptor, purpose).Contains(ProviderAppKind.ServerToServer, StringComparer.Ordinal)
                ? $"an app administrators consent to ({register}) or a server-to-server app (account id, client id and secret)"
                : $"an app administrators consent to ({register})";
            return new Problem(
                ProblemCodes.Conflict,
                $"No {name} app for reports is set up in this workspace, and {name} does not let the organizers' app read them."
            )
            {
                Next =
                    $"Register {kinds} at {name}, then enter it on the page Video conferencing under \"Separate {name} app for reports\" or with PUT /api/v1/providers/{provider}/apps/account.",
            };
        }

        return new Problem(ProblemCodes.Conflict, $"No provider app is set up for {name} in this workspace.")
        {
            Next =
                $"Register an OAuth client at {name}'s developer centre {register}, then enter its client id and secret on the page Video conferencing or with PUT /api/v1/providers/{provider}/app.",
        };
    }

    private static ProviderAppSettings Checked(ProviderAppSettings settings, FieldErrors errors)
    {
        if (settings.Kind is not (ProviderAppKind.OAuth or ProviderAppKind.ServerToServer))
        {
            errors.Add("kind", "must be \"oauth\" or \"serverToServer\"");
        }

        var server = settings.Kind == ProviderAppKind.ServerToServer;
        if (!server && settings.AccountId is not null)
        {
            errors.Add("accountId", "goes with kind \"serverToServer\" only");
        }

        return new ProviderAppSettings
        {
            Kind = settings.Kind,
            ClientId = errors.Text("clientId", settings.ClientId, 1, 500),
            ClientSecret = settings.ClientSecret is { } secret ? errors.Text("clientSecret", secret, 1, 2000) : null,
            AccountId = server ? errors.Text("accountId", settings.AccountId, 1, 200) : null,
            WebhookSecretToken = settings.WebhookSecretToken is { Length: > 0 } token
                ? errors.Text("webhookSecretToken", token, 1, 500)
                : settings.WebhookSecretToken,
        };
    }

    // Never silently accepted: what this provider has no use for is named.
    private Problem? Unsupported(string provider, string purpose, ProviderAppSettings settings)
    {
        var registration = catalogue.Find(provider);
        var name = registration?.Provider.Descriptor.Name ?? provider;
        var kinds = KindsOf(registration?.Provider.Descriptor, purpose);
        if (
            settings.Kind is ProviderAppKind.OAuth or ProviderAppKind.ServerToServer
            && !kinds.Contains(settings.Kind, StringComparer.Ordinal)
        )
        {
            var elsewhere =
                registration?.Provider.Descriptor.AppKinds.Any(other =>
                    other.Value.Contains(settings.Kind, StringComparer.Ordinal)
                )
                ?? false;
            return Unsupported(
                "kind",
                $"\"{settings.Kind}\" is not supported for {name}{(elsewhere ? $" with the purpose \"{purpose}\"" : "")}",
                settings.Kind == ProviderAppKind.ServerToServer
                    ? "Send kind \"oauth\" and connect accounts by OAuth."
                    : $"Send kind {string.Join(" or ", kinds.Select(kind => $"\"{kind}\""))}."
            );
        }

        var takesAccount = kinds.Contains(ProviderAppKind.ServerToServer, StringComparer.Ordinal);
        return settings.WebhookSecretToken is not null && registration?.Provider.Events is null
                ? NotUsed("webhookSecretToken")
            : settings.AccountId is not null && !takesAccount ? NotUsed("accountId")
            : null;

        static Problem NotUsed(string field) =>
            Unsupported(field, "is not used by this provider", $"Leave {field} out.");
    }

    private static Problem Unsupported(string field, string what, string next) =>
        new(ProblemCodes.NotSupported, $"{field}: {what}.")
        {
            Next = next,
            Errors = new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [what] },
        };

    internal static IReadOnlyList<string> KindsOf(ProviderDescriptor? descriptor, string purpose) =>
        descriptor?.AppKinds.GetValueOrDefault(purpose) ?? [ProviderAppKind.OAuth];

    private ProviderDescriptor? DescriptorOf(string provider) => catalogue.Find(provider)?.Provider.Descriptor;

    private static SecretCell SecretOf(string workspaceId, string appId, string field, long generation) =>
        new(workspaceId, "provider_app", appId, field, generation);

    private static Task<SecretRow?> SecretsAsync(DbSession session, string workspaceId, string appId) =>
        session.FirstOrDefaultAsync<SecretRow>(
            "SELECT client_id, client_secret, webhook_secret, generation FROM provider_app WHERE workspace_id = @workspaceId AND id = @appId",
            new { workspaceId, appId }
        );

    private sealed record SecretRow
    {
        public required string ClientId { get; init; }
        public required byte[] ClientSecret { get; init; }
        public byte[]? WebhookSecret { get; init; }
        public required long Generation { get; init; }
    }
}
