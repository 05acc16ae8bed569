using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>"Test connection" and "Test app": tries what can be tried, and says for each what to do if it did not work.</summary>
public sealed class ConnectionChecks(
    Db db,
    ProviderApps apps,
    ConnectionDirectory directory,
    ConnectedAccounts accounts,
    TokenRefresh tokens,
    ProviderCalls calls,
    IHttpClientFactory clients,
    IClock clock
)
{
    internal const string HttpClientName = "provider-app-check";

    public async Task<Answer<CheckReport>> TestConnectionAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindAsync(workspaceId, connectionId, cancellationToken) is not { } entry)
        {
            return ConnectionProblems.NotFound();
        }

        var checks = new List<Check> { await AppCheckAsync(workspaceId, entry, cancellationToken) };
        var live = await tokens.LiveAsync(workspaceId, entry.Id, cancellationToken);
        checks.Add(Of("token", "There is a valid access token.", live.Failure));
        if (live.Succeeded)
        {
            checks.Add(await IdentityCheckAsync(workspaceId, entry, cancellationToken));
            var upcoming = await calls.CallAsync(
                workspaceId,
                entry.Id,
                "meetings.upcoming",
                (provider, access, token) => provider.ListUpcomingAsync(access, token),
                cancellationToken
            );
            checks.Add(Of("meetings", $"{entry.Provider.Name} lists the meetings to come.", upcoming.Failure));
            // What the calls found out belongs to the answer.
            entry = (await directory.FindAsync(workspaceId, entry.Id, cancellationToken))!;
            checks.Add(ScopesCheck(entry));
            checks.Add(LifetimeCheck(entry));
        }

        return CheckReport.Of(checks);
    }

    public async Task<Answer<CheckReport>> TestAppAsync(
        string workspaceId,
        ProviderRegistration registration,
        string purpose,
        CancellationToken cancellationToken
    )
    {
        var name = registration.Provider.Descriptor.Name;
        var redirectUri = apps.RedirectUri(registration.Id);
        var (row, app) = await OpenAsync(workspaceId, registration.Id, purpose, cancellationToken);
        if (row is null)
        {
            return CheckReport.Of([NotSetUp(name, redirectUri)]);
        }

        if (app is null)
        {
            return CheckReport.Of([
                new Check(
                    "secret",
                    false,
                    "The stored client secret does not open where it lies.",
                    "Enter the client secret again."
                ),
            ]);
        }

        return CheckReport.Of([
            RedirectCheck(redirectUri),
            await AuthorizeCheckAsync(registration, app, redirectUri, cancellationToken),
            await ClientCheckAsync(registration, app, cancellationToken),
        ]);
    }

    private async Task<(ProviderApp? Row, OAuthApp? App)> OpenAsync(
        string workspaceId,
        string provider,
        string purpose,
        CancellationToken cancellationToken
    )
    {
        var row = await apps.FindAsync(workspaceId, provider, purpose, cancellationToken);
        try
        {
            return row is null
                ? (null, null)
                : (row, await db.ReadAsync(session => apps.OpenAsync(session, workspaceId, row.Id), cancellationToken));
        }
        catch (SecretTamperedException)
        {
            return (row, null);
        }
    }

    private async Task<Check> AppCheckAsync(
        string workspaceId,
        ConnectionEntry entry,
        CancellationToken cancellationToken
    )
    {
        var app = await apps.FindAsync(workspaceId, entry.Provider.Id, entry.Connection.Purpose, cancellationToken);
        return app is null
            ? NotSetUp(entry.Provider.Name, apps.RedirectUri(entry.Provider.Id))
            : new Check("app", true, $"The provider app {app.ClientId} is set up.", null);
    }

    private async Task<Check> IdentityCheckAsync(
        string workspaceId,
        ConnectionEntry entry,
        CancellationToken cancellationToken
    )
    {
        const string name = "identity";
        var asked = await calls.CallAsync(
            workspaceId,
            entry.Id,
            ProviderCalls.Identify,
            (provider, access, token) => provider.IdentifyAsync(access, token),
            cancellationToken
        );
        if (asked.Failure is { } failure)
        {
            return Of(name, "", failure);
        }

        var identity = asked.Value;
        if (identity.OrganizerKey is null)
        {
            return new Check(
                name,
                false,
                $"{entry.Provider.Name} does not say whose account this is{(identity.MissingScope is { } scope ? $": {scope} is missing" : "")}. Meetings work all the same.",
                identity.MissingScope is { } missing
                    ? $"Tick {missing} in the OAuth client, then refresh the connection."
                    : "Press Test again later."
            );
        }

        if (entry.OrganizerKey is null)
        {
            var recognised = await accounts.RecogniseAsync(workspaceId, entry.Id, identity, cancellationToken);
            if (recognised.Refusal is { } refusal)
            {
                return new Check(name, false, refusal.Message, "Disconnect this one; the other serves.");
            }
        }
        else
        {
            await accounts.NoteAsync(workspaceId, entry.Id, identity, cancellationToken);
        }

        if (entry.Connection.Purpose == ConnectionPurpose.Account && !identity.IsAdministrator)
        {
            return new Check(
                name,
                false,
                $"The account is {identity.Email ?? identity.Name ?? identity.OrganizerKey}, which has no administrator role at {entry.Provider.Name}.",
                "Have the role given to it and press Test again, or connect the account of someone who has it."
            );
        }

        return new Check(
            name,
            true,
            $"The account is {identity.Email ?? identity.Name ?? identity.OrganizerKey}.",
            null
        );
    }

    private static Check ScopesCheck(ConnectionEntry entry)
    {
        var missing = entry.Connection.Missing(entry.Provider);
        return missing.Count == 0
            ? new Check("scopes", true, "Nothing is missing.", null)
            : new Check(
                "scopes",
                false,
                "Missing: "
                    + string.Join(
                        "; ",
                        missing.Select(need =>
                            need.NeededFor.Count == 0
                                ? need.Scope
                                : $"{need.Scope} (for {string.Join(", ", need.NeededFor)})"
                        )
                    )
                    + ".",
                "Tick them in the OAuth client, then refresh the connection."
            );
    }

    private Check LifetimeCheck(ConnectionEntry entry)
    {
        var expires = entry.Connection.ConnectionExpiresAt;
        return expires is { } end && end - clock.GetCurrentInstant() <= Connection.ExpiringFrom
            ? new Check(
                "lifetime",
                false,
                $"The permission ends on {ConnectionView.Day(end)}.",
                "Refresh the connection before then."
            )
            : new Check(
                "lifetime",
                true,
                expires is { } far
                    ? $"The permission lasts until {ConnectionView.Day(far)}."
                    : "The permission does not end.",
                null
            );
    }

    private static Check RedirectCheck(string redirectUri)
    {
        var uri = new Uri(redirectUri);
        var fit = uri.Scheme == Uri.UriSchemeHttps || uri.IsLoopback;
        return new Check(
            "redirectUri",
            fit,
            $"The provider must know {redirectUri}, byte for byte; only connecting once proves that it does.",
            fit
                ? null
                : "Providers send people back over https only: set PublicUrl to the https address of this server."
        );
    }

    private async Task<Check> AuthorizeCheckAsync(
        ProviderRegistration registration,
        OAuthApp app,
        string redirectUri,
        CancellationToken cancellationToken
    )
    {
        const string name = "authorizeUrl";
        var host = new Uri(AuthorizeOrigin.Of(registration)).Host;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            using var client = clients.CreateClient(HttpClientName);
            var url = registration.OAuth.AuthorizeUrl(app, redirectUri, Ids.Unguessable(), Ids.Secret(48));
            using var reply = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            var status = (int)reply.StatusCode;
            return status switch
            {
                < 400 => new Check(name, true, $"{host} answers with its sign-in page.", null),
                < 500 => new Check(
                    name,
                    false,
                    $"{host} refuses the request (HTTP {status}).",
                    "Check the client id, and that the redirect URI is registered exactly as shown."
                ),
                _ => new Check(name, false, $"{host} fails (HTTP {status}).", "Try again later."),
            };
        }
        catch (Exception exception)
            when (exception is HttpRequestException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return new Check(
                name,
                false,
                $"{host} cannot be reached from this server.",
                "Check the server's way out (DNS, proxy, firewall) and the configured AuthorizeUrl."
            );
        }
    }

    /// <summary>A refresh token that nobody issued: whoever complains about the token has accepted the client (RFC 6749 §5.2).</summary>
    private static async Task<Check> ClientCheckAsync(
        ProviderRegistration registration,
        OAuthApp app,
        CancellationToken cancellationToken
    )
    {
        const string name = "client";
        var reply = await registration.OAuth.RefreshAsync(app, "parley-test-" + Ids.Secret(16), cancellationToken);
        return reply.Failure switch
        {
            null or { Kind: FailureKind.GrantDead } => new Check(
                name,
                true,
                "The token endpoint accepts the client id and secret.",
                null
            ),
            { Code: FailureCodes.InvalidClient } wrong => Of(name, "", wrong),
            var unclear => new Check(
                name,
                false,
                $"Whether the client id and secret are right could not be found out: {unclear.Message}",
                unclear.Next ?? "Try again later."
            ),
        };
    }

    private static Check NotSetUp(string name, string redirectUri) =>
        new(
            "app",
            false,
            $"No provider app is set up for {name}.",
            $"Register an OAuth client at {name}'s developer centre with the redirect URI {redirectUri}, then enter its client id and secret."
        );

    private static Check Of(string name, string good, ProviderFailure? failure) =>
        failure is null
            ? new Check(name, true, good, null)
            : new Check(name, false, failure.Message, failure.Next ?? "Try again later.");
}
